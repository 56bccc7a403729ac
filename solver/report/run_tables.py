"""The run: program, versions, machine, solver, cost, and the files it was made of."""

from typing import Any

from solver.report.tables import ABSENT, Table, number

Summary = dict[str, Any]

_SHOWN = 16  # digits of a SHA-256
_NAMES = {"planish": "planish", "dolfinx": "DOLFINx", "petsc": "PETSc", "gmsh": "Gmsh", "numpy": "NumPy"}


def line(summary: Summary) -> str:
    """`run 2026-01-31 12:00:00+00:00 on host, planish 0.1.0 (0123456789ab)`."""
    run = summary.get("run") or {}
    if not run:
        return ""
    commit = f" ({run['commit']})" if run.get("commit") else ""
    return f"run {run['date'].replace('T', ' ')} on {run['host']}, planish {number(summary.get('planish'))}{commit}"


def run_table(summary: Summary) -> Table:
    """Program, solver and cost."""
    solver, seconds = summary.get("solver") or {}, summary.get("wall_seconds") or {}
    rows = [
        ["planish", number(summary.get("planish"))],
        ["DOLFINx / PETSc", f"{number(summary.get('dolfinx'))} / {number(summary.get('petsc'))}"],
        ["model, deflection", f"{number(summary.get('model'))}, {number(summary.get('deflection'))}"],
        [
            "solver",
            ", ".join(
                [
                    number(solver.get("name")),
                    *(f"{key} {number(value, 2)}" for key, value in solver.items() if key != "name"),
                ]
            ),
        ],
        ["unknowns, cells, ranks", ", ".join(number(summary.get(key)) for key in ("unknowns", "cells", "ranks"))],
        ["wall time (s)", ", ".join(f"{key} {number(value, 3)}" for key, value in seconds.items()) or ABSENT],
        ["peak memory (GB)", number(summary.get("peak_memory_gb"), 3)],
    ]
    return Table("Program and run", ("", ""), rows)


def record_table(summary: Summary) -> Table | None:
    """When, where and of what the run was made."""
    run = summary.get("run") or {}
    if not run:
        return None
    versions = run.get("versions") or {}
    rows = [
        ["date", run["date"].replace("T", " ") + (" (went on with an earlier run)" if run.get("resumed") else "")],
        ["host", run["host"]],
        ["commit of planish", run.get("commit") or ABSENT],
        ["versions", ", ".join(f"{_NAMES.get(key, key.capitalize())} {value}" for key, value in versions.items())],
        ["overrides", "; ".join(f"--set {text}" for text in run.get("overrides") or []) or "none"],
    ]
    files = {run["case_file"]["name"]: run["case_file"]["sha256"]} | (run.get("side_files") or {})
    rows += [[f"SHA-256 of {name}", f"{value[:_SHOWN]}..."] for name, value in files.items()]
    note = "The case as it was solved, with its overrides and its materials in full, is results/case.yaml."
    return Table("Record", ("", ""), rows, note)
