"""What materials bear: brittle ones their strength in tension, ductile ones their yield stress.

Brittle: largest principal stress (W. J. M. Rankine). Ductile: von Mises stress (R. von Mises 1913), the model being
elastic. A material may have both limits; the nearer one counts. The stress of a mixture or an array is a mean over its
parts, so it is not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.materials.material import LIMITS, Material
from solver.metrics.edges import Away
from solver.metrics.messages import show_length
from solver.units import in_percent


@dataclass(frozen=True)
class Borne:
    """What a block bears beside what it has to.

    Attributes:
        strength_mpa, yield_stress_mpa: of the material, at the place where the stress comes nearest; None if not given.
        utilisation: largest principal stress over strength or von Mises stress over yield stress, whichever is more.
        share_beyond: part of its volume in cells whose largest stress is more than the material bears.
    """

    strength_mpa: float | None = None
    yield_stress_mpa: float | None = None
    utilisation: float | None = None
    share_beyond: float | None = None


@dataclass(frozen=True)
class Used:
    """The largest stresses of a block (MPa) beside what it bears, and beyond a distance from edges if that is known."""

    max_principal_mpa: float
    max_von_mises_mpa: float
    bears: Borne
    away: Away = field(default_factory=Away)


def borne(
    stack_mesh: StackMesh,
    materials: Sequence[Material],
    temperature: float | fem.Function,
    stress: Mapping[str, Array],
    owner: Integers,
    volume: Array,
) -> list[Borne]:
    """Stress of every cell over what its material bears. Collective.

    Args:
        stack_mesh: the mesh.
        materials: of its blocks.
        temperature: uniform or a field (K).
        stress: limit -> (owned cells,) the stress it limits (Pa).
        owner: (owned cells,) number of what a cell is counted with, from 0.
        volume: (owned cells,).

    Returns:
        One for each number.
    """
    cells, comm = len(owner), stack_mesh.comm
    kelvin = of_cells(temperature, cells)
    count = 1 + comm.allreduce(int(owner.max(initial=0)), MPI.MAX)
    ratio = {key: np.full(cells, -np.inf) for key in LIMITS}
    bears = {key: np.full(cells, np.inf) for key in LIMITS}
    for number, material in enumerate(materials):
        mine = np.flatnonzero(stack_mesh.block == number)
        for key in LIMITS:
            if material.has(key):
                bears[key][mine] = material.limit(key, kelvin[mine])
                ratio[key][mine] = stress[key][mine] / bears[key][mine]
    worst = np.full((len(LIMITS), count), -np.inf)
    for row, key in zip(worst, LIMITS, strict=True):
        np.maximum.at(row, owner, ratio[key])
    most = _over_ranks(comm, worst, MPI.MAX)
    nearest = np.full((len(LIMITS), count), np.inf)
    for number, key in enumerate(LIMITS):
        there = ratio[key] == most[number, owner]
        np.minimum.at(nearest[number], owner[there], bears[key][there])
    nearest = _over_ranks(comm, nearest, MPI.MIN)
    beyond = np.maximum(*ratio.values()) > 1.0
    parts = np.array(
        [np.bincount(owner, weights=volume * each, minlength=count) for each in (beyond, 1.0)], dtype=float
    )
    inside, whole = _over_ranks(comm, parts, MPI.SUM)
    return [_borne(most[:, n], 1e-6 * nearest[:, n], inside[n] / whole[n]) for n in range(count)]


def of_extremes(material: Material, kelvin: float, principal_mpa: float, von_mises_mpa: float) -> Borne:
    """What a uniform layer bears, from its extremes (MPa); nothing is known of the share of its volume."""
    stresses, limits, ratios = (principal_mpa, von_mises_mpa), np.full(2, np.inf), np.full(2, -np.inf)
    for number, (key, stress) in enumerate(zip(LIMITS, stresses, strict=True)):
        if material.has(key):
            limits[number] = 1e-6 * float(material.limit(key, kelvin))
            ratios[number] = stress / limits[number]
    return replace(_borne(ratios, limits, 0.0), share_beyond=None)


def of_cells(temperature: float | fem.Function, cells: int) -> Array:
    """(cells,) mean of the temperature (K) at the nodes of each."""
    if not isinstance(temperature, fem.Function):
        return np.full(cells, temperature)
    dofs = temperature.function_space.dofmap.list[:cells]
    return np.asarray(temperature.x.array[dofs].mean(axis=1))


def _borne(ratios: Array, limits_mpa: Array, share: float) -> Borne:
    known = [None if ratio == -np.inf else float(limit) for ratio, limit in zip(ratios, limits_mpa, strict=True)]
    if known == [None, None]:
        return Borne()
    return Borne(known[0], known[1], max(float(ratios.max()), 0.0), float(share))


def beyond(step: str, moments: Sequence[tuple[float | None, Mapping[str, Used]]]) -> Iterator[str]:
    """A line on the blocks of a step whose stress is more than their material bears.

    Args:
        step: its name.
        moments: time (s) of a temperature field, or None, and the blocks then, by name.
    """
    worst: dict[str, tuple[float, float | None, Used]] = {}
    for time, blocks in moments:
        for name, block in blocks.items():
            used = block.bears.utilisation or 0.0
            if used > max(1.0, worst[name][0] if name in worst else 0.0):
                worst[name] = used, time, block
    if worst:
        ranked = sorted(worst.items(), key=lambda item: -item[1][0])
        parts = "; ".join(f"{name} {_words(block, time)}" for name, (_, time, block) in ranked)
        yield (
            f"step '{step}': stress beyond what the material bears: {parts}; nothing cracks in the model, "
            "real parts do or yield (at a singular edge or corner any fine mesh shows one: look at the share)"
        )


def _words(block: Used, time: float | None) -> str:
    """`(largest principal stress 250 MPa, strength 200 MPa, in 0.4 % of its volume)`."""
    bears, away = block.bears, block.away
    limits = (
        ("largest principal stress", block.max_principal_mpa, "strength", bears.strength_mpa),
        ("von Mises stress", block.max_von_mises_mpa, "yield stress", bears.yield_stress_mpa),
    )
    found = [
        f"{words} {stress:.3g} MPa, {name} {limit:.3g} MPa"
        for words, stress, name, limit in limits
        if limit is not None and stress > limit
    ]
    when = "" if time is None else f", at {time:.4g} s"
    part = "" if bears.share_beyond is None else f", in {in_percent(bears.share_beyond)} of its volume"
    if away.singular and away.edge_distance_um is not None:
        length = show_length(1e-6 * away.edge_distance_um)
        part += f", singular at an edge: von Mises {away.away_von_mises_mpa:.3g} MPa, "
        part += f"principal {away.away_principal_mpa:.3g} MPa further than {length} from edges"
    return f"({', '.join(found)}{part}{when})"


def _over_ranks(comm: MPI.Intracomm, local: Array, operation: MPI.Op) -> Array:
    total = np.empty_like(local)
    comm.Allreduce(local, total, operation)
    return total
