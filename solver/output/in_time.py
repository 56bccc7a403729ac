"""What a process with a memory has gone through, increment by increment: from the entries of summary.json alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]

READINGS = (
    "degree_of_cure_mean", "glass_transition_degc", "equivalent_inelastic_strain_mean",
    "equivalent_inelastic_strain_max", "inelastic_work_mean_mpa",
)  # fmt: skip
VOIGT = ("xx", "yy", "zz", "yz", "xz", "xy")
_SHAPE = (
    "warpage_um", "signed_warpage_um", "shape", "bow_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m",
    "twist_per_m", "branch",
)  # fmt: skip
HELD = 0.5  # part of the underside in contact, from which a stack has the shape of its plane and not its own
_SAME = 1e-9  # of a time, and of a warpage (um)


@dataclass(frozen=True)
class TimedStep:
    """A step of which it is known when it was.

    Attributes:
        number: of the step, from 1.
        entry: of the summary.
        begin, end: since the process began (s).
        points: its increments in turn, entries with `time_s`; last its end.
    """

    number: int
    entry: Entry
    begin: float
    end: float
    points: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """Name of the step, as the case has it."""
        return str(self.entry["name"])


def remembers(entry: Entry) -> bool:
    """True of a step in which something has a memory, and whose time is known."""
    there = any(point.get("block_means") for point in entry.get("curve") or ())
    return there and (entry.get("time_s") is not None or bool(increments(entry)))


def timed(steps: Sequence[Entry]) -> list[TimedStep]:
    """Steps whose time is known, in turn; none where no step has a memory. Others count as if they took no time.

    Args:
        steps: entries of the summary.
    """
    if not any(map(remembers, steps)):
        return []
    found: list[TimedStep] = []
    begin = 0.0
    for number, step in enumerate(steps, start=1):
        points, end = increments(step), step.get("time_s")
        if points or end is not None:
            if end is None:  # a step before did not say how long it took
                end = points[-1]["time_s"]
            elif not points or not _is_end(points[-1], step):
                points = (*points, step)
            found.append(TimedStep(number, step, begin, float(end), points))
            begin = float(end)
    return found


def increments(step: Entry) -> tuple[Entry, ...]:
    """Points of the curve of a step whose time is known: looks aside at other temperatures left out."""
    return tuple(point for point in step.get("curve") or () if point.get("time_s") is not None)


def columns(steps: Sequence[Entry]) -> dict[str, list[Any]]:
    """Columns of `history_in_time.csv`, a row per increment; none where nothing has a memory.

    Means over a block of stress and of the strain since birth (engineering shear) are named `BLOCK stress_xx_mpa` and
    `BLOCK strain_xx`.
    """
    rows = [(step, point) for step in timed(steps) for point in step.points]
    table: dict[str, list[Any]] = {}
    if not rows:
        return table
    table["step"] = [step.number for step, _ in rows]
    table["name"] = [step.name for step, _ in rows]
    for key in ("time_s", "temperature_degc", *_SHAPE, *READINGS):
        table[key] = [point.get(key) for _, point in rows]
    for block in dict.fromkeys(name for _, point in rows for name in point.get("block_means") or ()):
        means = [(point.get("block_means") or {}).get(block) for _, point in rows]
        for key, suffix in (("stress_mpa", "_mpa"), ("strain", "")):
            for place, axes in enumerate(VOIGT):
                head = f"{block} {key.removesuffix('_mpa')}_{axes}{suffix}"
                table[head] = [None if mean is None else mean[key][place] for mean in means]
    return table


def _is_end(point: Entry, step: Entry) -> bool:
    """False if the step went on, or lost layers in no time."""
    same = abs(point["warpage_um"] - step["warpage_um"]) <= _SAME * max(1.0, step["warpage_um"])
    return same and point["time_s"] >= step["time_s"] * (1.0 - _SAME)
