"""What the machine could do, and which part of it each kernel of the iteration gets."""

import json
from pathlib import Path
from typing import Any

from benchmarks import planish_process, work
from benchmarks.problem import write_case
from benchmarks.process import measured
from benchmarks.table import Table, count
from benchmarks.work import Work

SIZE, QUICK = 90, 8
_QUICK_MEGABYTES = 8
_COMPONENTS = 3
PARTS = {
    "apply": "operator",
    "solve": "columns",
    "restrict_to": "restriction",
    "prolong": "prolongation",
    "plates": "plate problem",
}

Numbers = dict[str, Any]


def measure(directory: Path, quick: bool) -> Numbers:
    """Limits and the panel, on 1 rank and on 2."""
    case = write_case(directory, QUICK if quick else SIZE)
    found = []
    for ranks in (1, 2):
        command = ["mpirun", "-n", str(ranks), "python3", "-m", "benchmarks.limits"]
        cost = measured([*command, str(_QUICK_MEGABYTES)] if quick else command, directory)
        run = planish_process.solve(case, ["analysis.solver=columns"], ranks, directory)
        found.append({"limits": json.loads(cost.output.splitlines()[-1]), "run": run})
    return {"ranks": found}


def per_call(run: Numbers) -> dict[str, Work]:
    """Work of one call of each part on the busiest rank."""
    sizes = {name: value[0] for name, value in run["work"]["sizes"].items()}
    nodes, plates = sizes["column nodes"], sizes["plates"]
    return {
        "apply": work.operator(sizes["owned cells"], nodes, _COMPONENTS),
        "solve": work.column_solve(sizes["columns"], nodes, _COMPONENTS),
        "restrict_to": work.between(nodes, plates, _COMPONENTS),
        "prolong": work.prolongation(sizes["owned nodes"], plates, _COMPONENTS),
    }


def tables(found: Numbers) -> list[Table]:
    """Limits; then each part against them."""
    rows = [
        [
            str(one["limits"]["ranks"]),
            f"{one['limits']['bandwidth'] / 1e9:.1f}",
            f"{one['limits']['flops'] / 1e9:.0f}",
            f"{one['limits']['flops'] / one['limits']['bandwidth']:.1f}",
            f"{1e6 * one['limits']['latency']:.1f}" if one["limits"]["latency"] else "",
            f"{one['limits']['message_bandwidth'] / 1e9:.1f}" if one["limits"]["latency"] else "",
        ]
        for one in found["ranks"]
    ]
    header = ["ranks", "triad GB/s", "Gflop/s", "flops per byte at the ridge", "message us", "message GB/s"]
    limits = Table("limits", "What all ranks reach at once:", header, rows)
    return [limits, *(_against(one["limits"], one["run"]) for one in found["ranks"])]


def _against(limits: Numbers, run: Numbers) -> Table:
    ranks, cycles = run["ranks"], run["work"]["cycles"]
    parts = run["work"]["parts"]
    whole = run["phases"]["iteration"]["wall"]
    tasks = {**per_call(run), "plates": work.plate_solve(run["work"]["factor_entries"])}
    measured_parts = {name: (parts[name]["seconds"], parts[name]["calls"]) for name in tasks if name in parts}
    rows = []
    for name, (seconds, calls) in measured_parts.items():
        once = tasks[name]
        memory = calls * once.bytes * ranks / limits["bandwidth"]
        arithmetic = calls * once.flops * ranks / limits["flops"]
        rows.append(
            [
                PARTS[name],
                f"{calls / cycles:.1f}",
                f"{once.flops / 1e6:.1f}",
                f"{once.bytes / 1e6:.1f}",
                f"{once.intensity:.2f}",
                "memory" if memory > arithmetic else "arithmetic",
                f"{1e3 * seconds / cycles:.2f}",
                f"{max(memory, arithmetic) / seconds:.0%}",
                f"{seconds / whole:.0%}",
            ]
        )
    rest = whole - sum(seconds for seconds, _ in measured_parts.values())
    rows.append(["vectors, messages, Python", *[""] * 5, f"{1e3 * rest / cycles:.2f}", "", f"{rest / whole:.0%}"])
    header = [
        "part",
        "calls",
        "Mflop a call",
        "MB a call",
        "flops per byte",
        "bound by",
        "ms",
        "of the roofline",
        "of the time",
    ]
    on = f"{count(run['unknowns'])} unknowns, {ranks} rank{'s' if ranks > 1 else ''}"
    title = f"One iteration on {on} (work of the busiest):"
    return Table(f"roofline {ranks}", title, header, rows)
