"""Memory and time of a linear solve, from the shape of the mesh.

Nested dissection of a plane with m unknowns on each of p columns leaves m^2 p log2(p) entries in the factors and takes
m^3 p^(3/2) operations, times constants (A. George, SIAM J. Numer. Anal. 10, 345, 1973, for m = 1). Pieces narrower than
the stack is high, h nodes, are cut across as well: then log2(2 p / h^2), and operations fall by h / sqrt(p). All other
work is proportional to the unknowns. `benchmarks/calibrate.py` prints what was measured beside what this says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from meshes.plane import PlaneMesh
from solver.linalg.coarse import LARGE
from solver.linalg.kirchhoff import FEWEST, SLENDER

# measured on one core with serial OpenBLAS: docs/performance.md
BASE_BYTES = 0.16e9  # Python and the libraries, on each rank
_BYTES_PER_ENTRY = 11.4  # of factors, with what MUMPS works with
_OPERATIONS_PER_SECOND = 2.6e10
_OPERATIONS = 21.0  # of a factorisation, times m^3 p^(3/2) (1 - h / sqrt(p))
_CHUNKIEST = 0.7  # h / sqrt(p) of a stack as high as wide is no longer a plane problem

_DIRECT_ENTRIES = 3.7  # times m^2 p log2(2 p / h^2)
_DIRECT_BYTES = 4.1e3  # per unknown: the assembled matrix, its copy for MUMPS, the mesh
_DIRECT_SECONDS = 1.2e-5  # per unknown: assembly and ordering

_PLATE_ENTRIES = 2.4  # times m^2 p log2(p)
_PLATE_BYTES = 2.0e3  # per unknown of plates that a multigrid of their own solves
_SPLINE_FIELDS, _COLUMNS_PER_SPLINE = 3, 4
_COLUMNS_BYTES = 700.0  # per unknown: columns, forms, vectors, the mesh
_COLUMNS_SETUP = 2.6e-6  # seconds per unknown
_COLUMNS_SOLVE = 2.5e-6  # seconds per unknown and solve, of a dozen iterations
_PLATE_SOLVE = 2.5e-8  # seconds per entry of the factors and solve

_ALGEBRAIC_BYTES = 4.0e3  # per unknown: the assembled matrix and the levels
_ALGEBRAIC_SETUP = 3e-5  # seconds per unknown
_ALGEBRAIC_SOLVE = 2e-5


@dataclass(frozen=True)
class Size:
    """What the cost of a problem depends on.

    Attributes:
        unknowns: of the whole mesh.
        columns: degree-2 nodes in the plane.
        components: unknowns of a node, 3 in mechanics, 1 for heat.
        plates: root mean square of the plates in a column, for the column multigrid.
        width: mean edge of a cell in plane, as a part of the thickness.
    """

    unknowns: int
    columns: int
    components: int = 3
    plates: float = 1.0
    width: float = np.inf

    @property
    def modes(self) -> int:
        """Motions of a plate."""
        return 5 if self.components == 3 else 2


@dataclass(frozen=True)
class Estimate:
    """What a linear solver is expected to take.

    Attributes:
        memory: peak of all ranks together (bytes).
        setup: time of the set-up on one core (s).
        solve: time of one solve on one core (s).
    """

    memory: float
    setup: float
    solve: float

    @property
    def seconds(self) -> float:
        """Set-up and one solve."""
        return self.setup + self.solve


def columns(plane: PlaneMesh) -> int:
    """Degree-2 nodes in the plane, by Euler's formula for a plane without holes."""
    return 2 * (len(plane.points) + len(plane.quads)) - 1


def direct(size: Size, ranks: int = 1) -> Estimate:
    """Assembling, factorising, refining."""
    per_column = size.unknowns / size.columns
    chunkiness = min(per_column / size.components / np.sqrt(size.columns), _CHUNKIEST)  # h / sqrt(p)
    entries = _DIRECT_ENTRIES * per_column**2 * size.columns * np.log2(2 / chunkiness**2)
    operations = _OPERATIONS * per_column**3 * size.columns**1.5 * (1 - chunkiness)
    return Estimate(
        memory=float(BASE_BYTES * ranks + _DIRECT_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries),
        setup=float(_DIRECT_SECONDS * size.unknowns + operations / _OPERATIONS_PER_SECOND),
        solve=float(_PLATE_SOLVE / 4 * entries),
    )


def layered(size: Size, ranks: int = 1) -> Estimate:
    """The column multigrid; its plates follow splines, are factorised or, where they are many, have a multigrid."""
    splines = size.components == 3 and size.plates == 1.0 and size.width < SLENDER and size.columns > FEWEST
    per_column = _SPLINE_FIELDS if splines else size.modes * size.plates
    count = size.columns / _COLUMNS_PER_SPLINE if splines else size.columns
    entries = _PLATE_ENTRIES * per_column**2 * count * np.log2(max(count, 2))
    operations = _OPERATIONS * per_column**3 * count**1.5
    if not splines and per_column * count >= LARGE:
        entries = _PLATE_BYTES / _BYTES_PER_ENTRY * per_column * count
        operations = 0.0
    return Estimate(
        memory=float(BASE_BYTES * ranks + _COLUMNS_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries),
        setup=float(_COLUMNS_SETUP * size.unknowns + operations / _OPERATIONS_PER_SECOND),
        solve=float(_COLUMNS_SOLVE * size.unknowns + _PLATE_SOLVE * entries),
    )


def algebraic(size: Size, ranks: int = 1) -> Estimate:
    """Assembling and the levels of an algebraic multigrid."""
    return Estimate(
        memory=float(BASE_BYTES * ranks + _ALGEBRAIC_BYTES * size.unknowns),
        setup=_ALGEBRAIC_SETUP * size.unknowns,
        solve=_ALGEBRAIC_SOLVE * size.unknowns,
    )


MODELS: dict[str, Callable[[Size, int], Estimate]] = {"direct": direct, "columns": layered, "algebraic": algebraic}


def available_memory() -> float:
    """Bytes this process and its neighbours may still take: of the machine, or of the control group they are in."""
    free = [float(psutil.virtual_memory().available)]
    for group in _groups():
        try:
            limit = (group / "memory.max").read_text().strip()
            used = int((group / "memory.current").read_text())
            reclaimable = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if limit != "max":
            free.append(float(limit) - used + float(reclaimable.get("inactive_file", 0)))
    return max(min(free), 0.0)


def _groups() -> list[Path]:
    """Control groups (version 2) of this process, outermost last."""
    try:
        line = Path("/proc/self/cgroup").read_text().strip().splitlines()[-1]
    except (OSError, IndexError):
        return []
    own = Path("/sys/fs/cgroup") / line.rpartition(":")[2].lstrip("/")
    return [own, *own.parents][: len(own.parts) - len(Path("/sys/fs/cgroup").parts) + 1]
