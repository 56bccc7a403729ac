"""The benchmarks: measure, print tables, keep the numbers, fill the pages of docs/.

    ./planish exec python3 -m benchmarks                     # everything, about 20 minutes on two cores
    ./planish exec python3 -m benchmarks --only panel ranks  # some sections; the others keep their numbers
    ./planish exec python3 -m benchmarks --write             # tables of docs/ from the numbers, nothing measured
    ./planish exec python3 -m benchmarks --quick --json /tmp/quick.json   # tiny sizes: does it all run?

Every program runs alone, from a cold start to its end, in a process of its own. Numbers go to benchmarks/results.json.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console

from benchmarks import (
    fronts,
    heat,
    lidded,
    machine,
    pages,
    panel,
    paths,
    plane,
    planish_process,
    plates,
    ranks,
    recipes,
    reduced,
    refinement,
    roofline,
    scaling_model,
    startup,
)
from benchmarks.problem import write_case
from benchmarks.table import Table

SECTIONS: dict[str, ModuleType] = {
    "panel": panel,
    "refinement": refinement,
    "lidded": lidded,
    "heat": heat,
    "ranks": ranks,
    "plane": plane,
    "roofline": roofline,
    "startup": startup,
    "reduced": reduced,
    "recipes": recipes,
    "paths": paths,
    "plates": plates,
    "fronts": fronts,
}
_ROOT = Path(__file__).parents[1]
RESULTS = _ROOT / "benchmarks" / "results.json"
_TINY = 4
_CONSOLE = Console(width=160, highlight=False)


def measure(names: Sequence[str], quick: bool, path: Path) -> tuple[dict[str, Any], list[str]]:
    """Measure some sections; each is kept in the file as soon as it is there, and those that say so in parts.

    Returns:
        All numbers there are, and the sections that failed, which keep their old ones.
    """
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    failed = []
    with tempfile.TemporaryDirectory() as directory:
        for solver in ("columns", "direct"):  # what is compiled once is in the caches before anything is timed
            case = write_case(Path(directory), _TINY)
            planish_process.solve(case, [f"analysis.solver={solver}"], 2, Path(directory))
        for name in names:
            before, start = machine.describe(), time.perf_counter()
            try:
                for numbers in _parts(SECTIONS[name].measure(Path(directory), quick)):
                    took = time.perf_counter() - start
                    found[name] = {"machine": before, "quick": quick, "seconds": took, "numbers": numbers}
                    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            except RuntimeError as error:
                print(f"{name}: {error}", file=sys.stderr, flush=True)
                failed.append(name)
                continue
            for table in SECTIONS[name].tables(found[name]["numbers"]):
                table.show(_CONSOLE)
    return found, failed


def _parts(measured: dict[str, Any] | Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Numbers of a section: all at once, or those so far as they come."""
    if isinstance(measured, dict):
        yield measured
    else:
        yield from measured


def tables(found: dict[str, Any]) -> list[Table]:
    """All tables of the numbers there are."""
    shown = [table for name in SECTIONS if name in found for table in SECTIONS[name].tables(found[name]["numbers"])]
    return [*shown, *scaling_model.tables(found), _machine(found)]


def _machine(found: dict[str, Any]) -> Table:
    """On what, when, and beside what load each section was measured."""
    rows = []
    for name in SECTIONS:
        if name in found:
            on = found[name]["machine"]
            size = "tiny sizes" if found[name]["quick"] else f"{found[name]['seconds'] / 60:.1f} min"
            rows.append([name, on["date"], f"{on['processor']}, {on['memory']}", on["system"], on["busy"], size])
    header = ["section", "measured on", "machine", "software", "busy with other work before", "took"]
    return Table("machine", "Where and when:", header, rows, texts=4)


def main(arguments: Sequence[str]) -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(
        "python3 -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure")
    parser.add_argument("--quick", action="store_true", help="tiny sizes; needs --json of its own")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the numbers are kept")
    parser.add_argument("--write", action="store_true", help="fill the pages from the numbers, measure nothing")
    chosen = parser.parse_args(arguments)
    if chosen.quick and chosen.json == RESULTS and not chosen.write:
        parser.error("--quick would replace the measured numbers; give --json another file")
    if chosen.write:
        if not chosen.json.exists():
            parser.error(f"{chosen.json} does not exist; measure first")
        pages.write(_ROOT, tables(json.loads(chosen.json.read_text(encoding="utf-8"))))
        return 0
    found, failed = measure(chosen.only, chosen.quick, chosen.json)
    for table in (*scaling_model.tables(found), _machine(found)):
        table.show(_CONSOLE)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
