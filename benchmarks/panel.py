"""The speed suite: planish on the panel and on example cases, CalculiX and NGSolve on the same panel.

    ./planish exec python3 benchmarks/panel.py [--sizes 34 60 90] [--ranks 1 2] [--peers calculix ngsolve]
                                               [--cases cases/foplp_panel ...] [--set KEY=VALUE]
                                               [--solver columns] [--json FILE]

Each program runs alone, from a cold start to its end. Compiled forms are cached by a first run on a tiny panel.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import flags, peer_calculix, peer_ngsolve, tables
from benchmarks.problem import write_case
from benchmarks.process import measured

PEERS = {"calculix": peer_calculix.solve, "ngsolve": peer_ngsolve.solve}
_TINY = 4
_FLAGS_AT = 34


def planish(case: Path, overrides: Sequence[str], ranks: int, directory: Path) -> dict[str, Any]:
    """One run of planish under mpirun."""
    command = ["mpirun", "-n", str(ranks), "python3", "-m", "benchmarks.planish_run", str(case.resolve()), *overrides]
    cost = measured(command, directory)
    found = json.loads(cost.output.splitlines()[-1])
    return {**found, "wall": cost.wall, "cpu": cost.cpu, "memory": found["total"]["memory"]}


def main(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run all that is asked for, and print tables on the way."""
    found: dict[str, Any] = {"panel": [], "cases": [], "flags": {}}
    solver = f"analysis.solver={arguments.solver}"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        planish(write_case(directory, _TINY), [solver], 1, directory)
        for n in arguments.sizes:
            case = write_case(directory, n)
            runs = [planish(case, [solver], ranks, directory) for ranks in arguments.ranks]
            peers = [asdict(PEERS[peer](case, directory)) for peer in arguments.peers if n <= arguments.largest_peer]
            found["panel"].append({"n": n, "planish": runs, "peers": peers})
            tables.phases(f"panel, {n} x {n} x 3 cells", runs)
            if peers:
                tables.peers(runs, peers)
        for path in arguments.cases:
            runs = [planish(path, [solver, *arguments.set], ranks, directory) for ranks in arguments.ranks]
            found["cases"].append({"case": path.name, "set": arguments.set, "planish": runs})
            tables.phases(" ".join([path.name, *arguments.set]), runs)
        if arguments.flags:
            found["flags"] = flags.compare(write_case(directory, _FLAGS_AT))
            tables.flags(found["flags"])
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[34, 60], help="cells along an edge of the panel")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--solver", choices=("direct", "columns", "auto"), default="direct", help="of planish")
    parser.add_argument("--peers", choices=PEERS, nargs="*", default=[])
    parser.add_argument("--largest-peer", type=int, default=60, help="largest panel the other programs get (memory)")
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="example cases as well")
    parser.add_argument("--set", nargs="*", default=[], help="overrides for the cases")
    parser.add_argument("--flags", action="store_true", help="compare compiler flags of the forms")
    parser.add_argument("--json", type=Path, help="write all numbers")
    return parser.parse_args()


if __name__ == "__main__":
    chosen = _arguments()
    numbers = main(chosen)
    if chosen.json:
        chosen.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")
