"""A comparison on the terminal: tables, then what is in one only, then the largest differences."""

import re
from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from solver.comparison.compare import Comparison
from solver.comparison.heights import Heights
from solver.comparison.rows import Row, largest
from solver.report.tables import number, percent

# metrics that are shown without being asked for
_SHOWN = re.compile(
    r"(signed_)?warpage_um|bow_um|corner_um|curvature_[xy]_per_m|twist_per_m|shape|branch|stable|deflection"
    r"|bifurcation_temperature_degc|in_plane\.\w+|layers\.[^.]+\.max_von_mises_mpa|die_shift\.\w+|lithography\.\w+"
    r"|balance\.(support_force_n|pull_n)|contact\.(contact_fraction|max_gap_um|pull_kpa)|max_temperature_degc|resistances\.[^.]+|passed"
)
_BOLD_FROM = 0.02
_FEW = 3  # names of one kind, or parts, that are listed
_DIGITS = 5


def table(found: Comparison, everything: bool) -> Table:
    """Metrics of both.

    Args:
        found: the comparison.
        everything: True for all metrics, else those engineers read first.
    """
    shown = Table(title="A against B", title_justify="left", caption=_heads(found), caption_justify="left")
    shown.add_column("metric")
    for head in ("A", "B", "B - A", "relative"):
        shown.add_column(head, justify="right")
    for part, all_of_it in found.parts.items():
        wanted = [row for row in all_of_it if everything or is_first(row)]
        shown.add_section()
        shown.add_row(Text(part, style="bold"))
        for row in wanted:
            shown.add_row(*_cells(row))
    return shown


def is_first(row: Row) -> bool:
    """Whether engineers read it first."""
    return _SHOWN.fullmatch(row.metric) is not None


def _heads(found: Comparison) -> str:
    return f"A {found.a.words} ({found.a.folder})\nB {found.b.words} ({found.b.folder})"


def _cells(row: Row) -> tuple[Any, ...]:
    style = "bold" if row.size >= _BOLD_FROM else ""
    difference = number(row.difference) if row.difference is not None else "same" if row.same else "differs"
    return (
        row.metric,
        number(row.a, _DIGITS),
        number(row.b, _DIGITS),
        difference,
        Text(percent(row.relative), style=style),
    )


def lines(found: Comparison) -> Iterator[str]:
    """What is in one only, surfaces, and the largest differences."""
    for which, only in (("A", found.only_a), ("B", found.only_b)):
        if only:
            yield f"only in {which}: {'; '.join(_only(only))}"
    for one in found.surfaces:
        yield _surface(one)
    yield from _largest(found)


def _only(parts: dict[str, list[str]]) -> Iterator[str]:
    """`step reflow`; then kinds of metrics with the parts they are in, once for all parts with the same."""
    whole = [part for part, paths in parts.items() if not paths]
    if whole:
        yield ", ".join(whole)
    where: dict[str, list[str]] = {}
    for part, paths in parts.items():
        kinds: dict[str, list[str]] = {}
        for path in paths:
            kinds.setdefault(re.split(r"[.\[]", path, maxsplit=1)[0], []).append(path)
        shown = [path for same in kinds.values() for path in (same if len(same) <= _FEW else [_many(same)])]
        for name in shown:
            where.setdefault(name, []).append(part)
    together: dict[tuple[str, ...], list[str]] = {}
    for name, those in where.items():
        together.setdefault(tuple(those), []).append(name)
    for where_all, names in together.items():
        places = ", ".join(where_all) if len(where_all) <= _FEW else f"{len(where_all)} parts"
        yield f"{', '.join(names)} ({places})"


def _many(paths: list[str]) -> str:
    kind = re.split(r"[.\[]", paths[0], maxsplit=1)[0]
    return f"{kind}: {len(paths)} values"


def _surface(one: Heights) -> str:
    x, y = one.place_mm
    missing = f", {one.missing} nodes off the other surface" if one.missing else ""
    text = (
        f"heights of step {one.step}: largest difference {one.largest_um:.4g} um ({100 * one.relative:.3g} % of the "
        f"range) at ({x:.4g}, {y:.4g}) mm, root mean square {one.rms_um:.3g} um{missing}"
    )
    if one.turned_rms_um is not None:
        text += f"; with B turned by 90 degrees {one.turned_rms_um:.3g} um: it bends the other way of two equal ones"
    return text


def _largest(found: Comparison) -> Iterator[str]:
    for part, all_of_it in found.parts.items():
        for row in all_of_it:
            if is_first(row) and row.difference is None and not row.same:
                yield f"{row.metric} of {part}: {row.a} in A, {row.b} in B"
    first = {part: largest(filter(is_first, all_of_it)) for part, all_of_it in found.parts.items()}
    worst = max(((part, row) for part, row in first.items() if row), key=lambda one: one[1].size, default=None)
    count = sum(row.difference is not None for all_of_it in found.parts.values() for row in all_of_it)
    for what, one in (("largest relative difference", worst), (f"of all {count} numbers", found.largest)):
        if one is not None:
            part, row = one
            values = f"{number(row.a, _DIGITS)} and {number(row.b, _DIGITS)}"
            yield f"{what}: {percent(row.relative)}, {row.metric} of {part} ({values})"
