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
from solver.linalg.kirchhoff import LARGE as LARGE_SPLINES
from solver.linalg.knots import SPACING

# measured on one core with serial OpenBLAS: docs/performance.md
BASE_BYTES = 0.165e9  # Python and the libraries, on each rank
_SHARED = 0.87  # of the time of several ranks is no waiting
_FORMS = 0.1  # seconds of every problem: compiled forms are loaded, however small the mesh
_BYTES_PER_ENTRY = 11.4  # of factors, with what MUMPS works with
_OPERATIONS_PER_SECOND = 2.6e10
_OPERATIONS = 21.0  # of a factorisation, times m^3 p^(3/2) (1 - h / sqrt(p))
_SPLINE_ENTRIES = 193.0  # of the matrices of all levels, per unknown of splines with a multigrid
_CHUNKIEST = 0.7  # h / sqrt(p) of a stack as high as wide is no longer a plane problem

_DIRECT_ENTRIES = 3.7  # times m^2 p log2(2 p / h^2)
_DIRECT_BYTES = 4.1e3  # per unknown: the assembled matrix, its copy for MUMPS, the mesh
_DIRECT_SECONDS = 1.2e-5  # per unknown: assembly and ordering
_DIRECT_SOLVE = 6e-9  # seconds per entry

_PLATE_ENTRIES = 2.4  # times m^2 p log2(p)
_PLATE_BYTES = 2.0e3  # per unknown of plates that a multigrid of their own solves
_PLATE_SETUP = 1e-8  # seconds per entry: ordering
_PLATE_SOLVE = 3e-8  # seconds per entry and solve
_SPLINE_UNKNOWNS = 3 * 2.5  # fields, and how wide a line of them must be to part the others
_COLUMNS_BYTES = 400.0  # per unknown: columns, forms, vectors, the mesh
_COLUMNS_SETUP = 2.6e-6  # seconds per unknown
_COLUMNS_SOLVE = 3.3e-6  # seconds per unknown and solve, of a dozen iterations

_TANGENT_BYTES = 1150.0  # per unknown: columns, forms, vectors, and the state at the Gauss points
_TANGENT_SETUP = 2e-6  # seconds per unknown
_TANGENT_NEWTON = 2e-6  # seconds per unknown and iteration of Newton's method, of some four linear ones
_TANGENT_SOLVE = 1.5e-8  # seconds per entry of the plates' factors and iteration of Newton's method
_TANGENT_PLATES = 3.0  # times as long to factorise: they may be indefinite

_WIDER = 7.0  # times the entries of a plane problem: penalties couple a cell with those two sides away

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
        """Number of unknowns of a plate, five in mechanics and two in heat."""
        return 5 if self.components == 3 else 2


@dataclass(frozen=True)
class Estimate:
    """What a linear solver is expected to take.

    Attributes:
        memory: peak of all ranks together (bytes).
        setup: time of the set-up (s).
        solve: time of one solve, or of one iteration of Newton's method (s).
    """

    memory: float
    setup: float
    solve: float

    @property
    def seconds(self) -> float:
        """Expected seconds of the set-up and one solve."""
        return self.setup + self.solve


def columns(plane: PlaneMesh) -> int:
    """Degree-2 nodes in the plane, by Euler's formula for a plane without holes."""
    return 2 * (len(plane.points) + len(plane.quads)) - 1


def direct(size: Size, ranks: int = 1) -> Estimate:
    """What assembling, factorising and refining are expected to take.

    Args:
        size: of the problem.
        ranks: that share it.
    """
    per_column = size.unknowns / size.columns
    chunkiness = min(per_column / size.components / np.sqrt(size.columns), _CHUNKIEST)  # h / sqrt(p)
    entries = _DIRECT_ENTRIES * per_column**2 * size.columns * np.log2(2 / chunkiness**2)
    operations = _OPERATIONS * per_column**3 * size.columns**1.5 * (1 - chunkiness)
    memory = _DIRECT_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries
    setup = _DIRECT_SECONDS * size.unknowns + operations / _OPERATIONS_PER_SECOND
    return _on(ranks, memory, setup, _DIRECT_SOLVE * entries)


def layered(size: Size, ranks: int = 1) -> Estimate:
    """The column multigrid; its plates follow splines, are factorised or, where they are many, have a multigrid."""
    splined = size.components == 3 and size.plates == 1.0 and size.width < SLENDER and size.columns > FEWEST
    plates = size.modes * size.plates * size.columns
    if splined and _SPLINE_UNKNOWNS * _splines(size) >= LARGE_SPLINES:
        entries, operations = _SPLINE_ENTRIES * _SPLINE_UNKNOWNS * _splines(size), 0.0
    elif splined:
        entries, operations = _in_plane(_SPLINE_UNKNOWNS, _splines(size))
    elif plates >= LARGE:
        entries, operations = _PLATE_BYTES / _BYTES_PER_ENTRY * plates, 0.0
    else:
        entries, operations = _in_plane(size.modes * size.plates, size.columns)
    return _on(
        ranks,
        memory=_COLUMNS_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries,
        setup=_COLUMNS_SETUP * size.unknowns + _PLATE_SETUP * entries + operations / _OPERATIONS_PER_SECOND,
        solve=_COLUMNS_SOLVE * size.unknowns + _PLATE_SOLVE * entries,
    )


def tangent(size: Size, ranks: int = 1) -> Estimate:
    """The column multigrid of a tangent, its plates factorised, and an iteration of Newton's method."""
    entries, operations = _in_plane(size.modes * size.plates, size.columns)
    factorise = _PLATE_SETUP * entries + operations / _OPERATIONS_PER_SECOND
    return _on(
        ranks,
        memory=_TANGENT_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries,
        setup=_TANGENT_SETUP * size.unknowns + _TANGENT_PLATES * factorise,
        solve=_TANGENT_NEWTON * size.unknowns + _TANGENT_SOLVE * entries,
        forms=0.0,
    )


def plate(size: Size, ranks: int = 1) -> Estimate:
    """The tangent of a plate factorised, in every iteration of Newton's method; three unknowns at every column."""
    entries, operations = _in_plane(3.0, size.columns)
    entries, operations = _WIDER * entries, _WIDER**1.5 * operations
    memory = _COLUMNS_BYTES * size.unknowns + _BYTES_PER_ENTRY * entries
    return _on(ranks, memory, 0.0, _DIRECT_SECONDS * size.unknowns + operations / _OPERATIONS_PER_SECOND)


def algebraic(size: Size, ranks: int = 1) -> Estimate:
    """Assembling and the levels of an algebraic multigrid."""
    return _on(
        ranks, _ALGEBRAIC_BYTES * size.unknowns, _ALGEBRAIC_SETUP * size.unknowns, _ALGEBRAIC_SOLVE * size.unknowns
    )


def _in_plane(unknowns: float, count: float) -> tuple[float, float]:
    """Entries of the factors, and operations, of a plane problem with unknowns at so many nodes."""
    return _PLATE_ENTRIES * unknowns**2 * count * np.log2(max(count, 2)), _OPERATIONS * unknowns**3 * count**1.5


def _splines(size: Size) -> float:
    """How many there are: an interval holds the n cells of `solver.linalg.knots`."""
    return float(size.columns / 4 / max(1.0, np.ceil(np.sqrt(SPACING / size.width)) - 1.0) ** 2)


def _on(ranks: int, memory: float, setup: float, solve: float, forms: float = _FORMS) -> Estimate:
    """The cost on some ranks of what takes so much on one core, without the libraries."""
    speed = ranks * _SHARED if ranks > 1 else 1.0
    return Estimate(float(BASE_BYTES * ranks + memory), float(forms + setup / speed), float(solve / speed))


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
