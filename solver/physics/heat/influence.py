"""How sources of heat warm each other: the matrix of thermal resistances between them, at the operating point.

K_ij is the rise of source i per watt in source j. With the rise taken as the mean of i, each place weighed by the power
it makes, the matrix is symmetric (reciprocity, as of Betti and Maxwell in elasticity): K_ij = p_i . A^-1 p_j, A the
symmetric operator of the steady state and p the loads of one watt. JESD51-31 has it for packages of several dies.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.response import Response
from solver.physics.sources import Sources

_OWN = 0.5


@dataclass(frozen=True)
class Influence:
    """Rise of every source per watt in every other one.

    Attributes:
        names: of the n sources.
        power: (n,) W each makes, of the whole stack, without leakage.
        mean: (n, n) K/W; row i: mean of source i weighed by its power, column j: the source that makes the watt.
        hottest: (n, n) K/W at the place of source i that is hottest at the operating point, where i makes at least half
            of its largest density.
    """

    names: tuple[str, ...]
    power: Array
    mean: Array
    hottest: Array

    @property
    def asymmetry(self) -> float:
        """Largest |K_ij - K_ji| as a part of the largest |K|."""
        return float(np.abs(self.mean - self.mean.T).max() / np.abs(self.mean).max())


def densities(sources: Sources, on: bool) -> dict[str, Array]:
    """(local cells,) power density (W/m^3) of each source by name: the mean over time, or as if all were on."""
    found = dict[str, Array]()
    for channel in sources.channels:
        factor = channel.factor.mean() if not on else 1.0
        found.setdefault(channel.name, np.zeros(sources.count))[channel.cells] += factor * channel.density
    return found


def influence(problem: HeatProblem, response: Response, log: Callable[[str], None]) -> Influence:
    """Solve for a watt in each source. Collective.

    Args:
        problem: solved and steady.
        response: of it.
        log: takes a line on how far it is.
    """
    from scipy import sparse  # 20 MB, which most runs do without

    comm, whole = problem.stack_mesh.comm, problem.stack_mesh.stack.multiplicity
    names, power, loads, places = [], [], [], []
    always = densities(problem.sources, on=True)
    for name, density in densities(problem.sources, on=False).items():
        load, made = _load(problem, response, density)
        shape, total = (load, made) if made > 0 else _load(problem, response, always[name])
        if total > 0:
            names.append(name)
            power.append(made)
            loads.append(sparse.csr_matrix(shape / total))
            places.append(_hottest(problem, _core(problem, always[name])))
    rows = sparse.vstack(loads, format="csr") if loads else sparse.csr_matrix((0, 0))
    mean, hottest = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for j, name in enumerate(names):
        log(f"a watt in {name}, {j + 1} of {len(names)}")
        rise = response.rise(rows[j].toarray().ravel())
        mean[:, j] = whole * (rows @ rise[: rows.shape[1]])
        hottest[:, j] = [0.0 if place < 0 else rise[place] for place in places]
    for matrix in (mean, hottest):
        comm.Allreduce(MPI.IN_PLACE, matrix, MPI.SUM)
    return Influence(tuple(names), np.array(power), mean, hottest)


def _core(problem: HeatProblem, density: Array) -> Integers:
    """Local cells that belong to a source: with half of its largest density, as blocks share cells at their edges."""
    largest = problem.stack_mesh.comm.allreduce(float(density.max(initial=0.0)), MPI.MAX)
    return np.flatnonzero(density >= _OWN * largest)


def _load(problem: HeatProblem, response: Response, density: Array) -> tuple[Array, float]:
    """Load of a source, and its power (W, of the whole stack)."""
    load = response.load(density)
    mesh = problem.stack_mesh
    return load, float(mesh.stack.multiplicity * mesh.comm.allreduce(float(load.sum()), MPI.SUM))


def _hottest(problem: HeatProblem, cells: Integers) -> int:
    """Local node of the hottest place of some cells of all ranks; -1 on all ranks but one."""
    comm, values = problem.stack_mesh.comm, problem.temperature.x.array
    nodes = np.unique(problem.space.dofmap.list[cells])
    here = values[nodes].max(initial=-np.inf)
    _, rank = comm.allreduce((float(here), comm.rank), MPI.MAXLOC)
    return int(nodes[values[nodes].argmax()]) if rank == comm.rank and len(nodes) else -1
