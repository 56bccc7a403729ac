"""What a run will take, before it starts: its problems, their memory and time, and whether that will do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from mpi4py import MPI

from meshes.plane import PlaneMesh, plane_mesh
from meshes.quality import Quality
from solver.case.loaded import LoadedCase
from solver.case.yaml_text import Loc
from solver.linalg import estimate
from solver.linalg.choose import Decision
from solver.linalg.estimate import Estimate, Size
from solver.parallel import on_root
from solver.remaining import Part, Remaining

_COARSER = 1.1  # from one size that is tried to the next


@dataclass(frozen=True)
class Problem:
    """One solver of a run.

    Attributes:
        what: it solves, in words.
        size: of the mesh.
        decision: which method, and why.
        cost: of one set-up and one solve.
        solves: right-hand sides, or iterations of Newton's method.
        setups: of the solver.
        increments: of large deflection or of time, 0 without.
        contact: True where the stack may lift off its support.
        beside: of a submodel, by name: it is in memory beside its whole.
        parts: of the run it belongs to, with the seconds of each.
    """

    what: str
    size: Size
    decision: Decision
    cost: Estimate
    solves: int
    setups: int = 1
    increments: int = 0
    contact: bool = False
    beside: str | None = None
    parts: tuple[tuple[Part, float], ...] = ()

    @property
    def seconds(self) -> float:
        """Of all set-ups and all solves."""
        return self.setups * self.cost.setup + self.solves * self.cost.solve

    def of(self, part: Part) -> "Problem":
        """The same, as a part of a run."""
        return replace(self, parts=((part, self.seconds),))

    @property
    def work(self) -> str:
        """What is done, in words."""
        if self.increments:
            more = " (in contact a soft stack takes several times as many)" if self.contact else ""
            return f"{_counted(self.increments, 'increment')}, some {self.solves} iterations of Newton's method{more}"
        return _counted(self.solves, "solve")


ProblemsOf: TypeAlias = Callable[[LoadedCase, PlaneMesh, int], Sequence[Problem]]
"""The problems of a case on a mesh of its plane, with so many MPI ranks."""


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    Attributes:
        problems: solvers of the run, in their order.
        plane_cells: cells of the plane mesh.
        quality: of the cells over it.
        available: memory that is free (bytes).
        hurts: what will hurt, a line each.
    """

    problems: Sequence[Problem]
    plane_cells: int
    quality: Quality
    available: float
    hurts: Sequence[str] = ()

    @property
    def memory(self) -> float:
        """Bytes the largest problem needs, with what is beside it."""
        return memory(self.problems)

    @property
    def seconds(self) -> float:
        """Seconds of solving, all problems together."""
        return sum(problem.seconds for problem in self.problems)

    @property
    def fits(self) -> bool:
        """False if the memory that is free will not do; a run is refused then."""
        return self.memory <= self.available


def memory(problems: Sequence[Problem]) -> float:
    """Bytes of the largest problem of the whole and of all that is beside it."""
    whole = max((one.cost.memory for one in problems if one.beside is None), default=0.0)
    return whole + sum(one.cost.memory for one in problems if one.beside is not None)


def largest(problems: Sequence[Problem]) -> Problem:
    """The one that needs most memory."""
    return max(problems, key=lambda problem: problem.cost.memory)


def check_memory(
    problems_of: ProblemsOf, loaded: LoadedCase, plane: PlaneMesh | None, comm: MPI.Intracomm, remaining: Remaining
) -> None:
    """Refuse a run that does not fit in the memory of the nodes, and say what there is to do. Collective.

    Args:
        problems_of: of the model.
        loaded: the case.
        plane: its in-plane mesh, on rank 0.
        comm: of the run.
        remaining: is told, on one rank.

    Raises:
        CaseError: what the run needs, what there is and which cell size would fit.
    """
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    available = comm.allreduce(estimate.available_memory() * comm.size / node.size, MPI.MIN)
    node.Free()

    def check() -> None:
        assert plane is not None
        found = problems_of(loaded, plane, comm.size)
        _check_memory(problems_of, found, loaded, comm.size, available)
        remaining.expect(parts(found))

    on_root(comm, check)


def parts(problems: Sequence[Problem]) -> dict[Part, float]:
    """Seconds of the parts of a run."""
    found: dict[Part, float] = {}
    for part, seconds in (one for problem in problems for one in problem.parts):
        found[part] = found.get(part, 0.0) + seconds
    return found


def _check_memory(
    problems_of: ProblemsOf, found: Sequence[Problem], loaded: LoadedCase, ranks: int, available: float
) -> None:
    worst, needed = largest(found), memory(found)
    if needed > available:
        raise loaded.source.error(
            _size_of(loaded, worst),
            f"{worst.what} needs about {worst.cost.memory / 1e9:.1f} GB{_with(worst, needed)} and "
            f"{available / 1e9:.1f} GB are free; {fitting(problems_of, loaded, worst, ranks, available)}; "
            "--force starts all the same",
        )


def _size_of(loaded: LoadedCase, worst: Problem) -> Loc:
    """The key that decides on the size of a problem."""
    names = [one.name for one in loaded.case.submodels]
    return ("mesh", "in_plane_size") if worst.beside is None else ("submodels", names.index(worst.beside), "mesh")


def _with(worst: Problem, needed: float) -> str:
    more = needed - worst.cost.memory
    return f", {more / 1e9:.1f} GB beside it," if more > 0.0 else ""


def fitting(problems_of: ProblemsOf, loaded: LoadedCase, worst: Problem, ranks: int, available: float) -> str:
    """The smallest cells in plane with which a case fits into the memory (bytes), in words; found by meshing."""
    if worst.beside is not None:
        return "larger cells of the place or a smaller place would fit"
    size = loaded.stack.size * np.sqrt(worst.cost.memory / max(available, 1.0))
    while size < loaded.stack.span:
        digits = 10.0 ** (np.floor(np.log10(size)) - 1)
        size = float(np.ceil(size / digits) * digits)
        stack = replace(loaded.stack, size=size)
        found = problems_of(replace(loaded, stack=stack), plane_mesh(stack), ranks)
        if memory(found) <= available:
            return f"cells of {1e3 * size:.3g} mm would fit"
        size *= _COARSER
    return "no mesh would fit; use fewer ranks, or a machine with more memory"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"
