"""Imports: no cycle between modules, and none against the flow of data from room to room."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# from what knows nothing of a case to what a person looks at; a module belongs to the longest name that fits it
FLOW = (
    "solver.base",
    "solver.life",
    "solver.materials",
    "solver.homogenise",
    "solver.layout",
    "solver.studies.table",
    "solver.case",
    "solver.stackup",
    "solver.case.rules",
    "solver.case.loaded",
    "solver.case.resolved",
    "meshes",
    "solver.networks",
    "solver.linalg",
    "solver.physics",
    "solver.output",
    "solver.metrics",
    "solver.process",
    "solver.heat",
    "solver.simulation",
    "solver.models",
    "solver.case.load",
    "solver.place",
    "solver.report",
    "solver.comparison",
    "solver.fit",
    "solver.driver",
    "solver.result",
    "solver.studies",
    "solver.conversion",
    "solver.top",
)
# modules directly in `solver` that know no case; all others of that folder stand above the rooms
BASE = [
    "arrays",
    "c_library",
    "cache",
    "compat",
    "compiling",
    "conversions",
    "errors",
    "files",
    "gmsh_library",
    "home",
    "lock",
    "mpi_first",
    "parallel",
    "progress",
    "remaining",
    "screen",
    "section",
    "signals",
    "slug",
    "terminal",
    "unit_text",
    "units",
]
BOTH = {
    ("solver.materials", "solver.homogenise"),
    ("solver.homogenise", "solver.materials"),
}

pytestmark = pytest.mark.serial


def _modules() -> dict[str, Path]:
    found = {}
    for room in ("solver", "meshes"):
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in MODULES else node.module for a in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
    return found & MODULES.keys()


GRAPH = {name: _imports(path) for name, path in MODULES.items()}


def _room(module: str) -> str:
    if module in FLOW:
        return module
    parts = module.split(".")
    if parts[0] == "solver" and (ROOT / Path(*parts)).with_suffix(".py").exists() and len(parts) == 2:
        return "solver.base" if parts[1] in BASE else "solver.top"
    fits = [room for room in FLOW if module == room or module.startswith(f"{room}.")]
    return max(fits, key=len) if fits else "solver.base"


def test_no_module_imports_itself_by_way_of_others():
    try:
        tuple(TopologicalSorter(GRAPH).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_module_imports_against_the_flow():
    against = []
    for module, others in GRAPH.items():
        for other in others:
            here, there = _room(module), _room(other)
            if FLOW.index(there) > FLOW.index(here) and (here, there) not in BOTH:
                against.append(f"{module} -> {other}")
    assert not against
