"""What the layers and blocks of a solid remember: means over their volumes, and over all ranks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.metrics.remembered import BlockMean, Remembered, named, since
from solver.metrics.stress import StackStress
from solver.parallel import combined
from solver.physics.solid.remembering import Remembering
from solver.physics.solid.solid import Solid

_SMALLEST = 1e-300


def over_all(solid: Solid) -> Remembered:
    """Of all of a stack; of elastic stacks nothing. Collective."""
    if not isinstance(solid, Remembering):
        return Remembered()
    return _means(solid, np.zeros(len(solid.stack_mesh.blocks), dtype=np.intp), 1)[0]


def block_means(solid: Solid) -> dict[str, BlockMean] | None:
    """Of each block with a memory, by name; None of elastic stacks. Collective."""
    if not isinstance(solid, Remembering):
        return None
    mesh, points = solid.stack_mesh, solid.remembered()
    strain = points.strain()
    found: dict[str, BlockMean] = {}
    for name in dict.fromkeys(block.name for block, law in zip(mesh.blocks, solid.laws, strict=True) if law.memory):
        mine = np.isin(points.block, [index for index, block in enumerate(mesh.blocks) if block.name == name])
        weight = points.volumes[mine][..., None]
        sums = np.concatenate(
            [(weight * points.stress[mine]).sum(axis=(0, 1)), (weight * strain[mine]).sum(axis=(0, 1))]
        )
        total = combined(mesh.comm, np.append(sums, weight.sum()), MPI.SUM)
        means = total[:12] / max(total[12], _SMALLEST)
        found[name] = BlockMean(tuple(1e-6 * means[:6]), tuple(means[6:]))
    return found


def added(stresses: StackStress, solid: Solid, before: Mapping[str, float]) -> StackStress:
    """Stress of layers and blocks with what they remember beside it. Collective.

    Args:
        stresses: of the stack.
        solid: it is of.
        before: work of layers and blocks (MPa) at the start of the step, by name, as of `works`.
    """
    if not isinstance(solid, Remembering):
        return stresses
    mesh = solid.stack_mesh
    names = list(stresses.blocks)
    at = {name: number for number, name in enumerate(names)}
    of_block = np.array([at[block.name] if block.name in at else len(names) for block in mesh.blocks], dtype=np.intp)
    blocks = _means(solid, of_block, len(names) + 1)
    layers = list(stresses.layers)
    of_layer = {name: number for number, name in enumerate(layers)}
    owner = np.array([of_layer[block.layer] for block in mesh.blocks], dtype=np.intp)
    whole = _means(solid, owner, len(layers))
    return StackStress(
        {name: replace(stresses.layers[name], **_in(whole[k], name, before)) for k, name in enumerate(layers)},
        {
            name: replace(stresses.blocks[name], **_in(blocks[k], f"block {name}", before))
            for k, name in enumerate(names)
        },
    )


def works(stresses: StackStress) -> dict[str, float]:
    """Work of layers and blocks so far (MPa), by name."""
    found = {name: one.inelastic_work_mean_mpa for name, one in stresses.layers.items()}
    found |= {f"block {name}": one.inelastic_work_mean_mpa for name, one in stresses.blocks.items()}
    return {name: work for name, work in found.items() if work is not None}


def _in(remembered: Remembered, name: str, before: Mapping[str, float]) -> dict[str, Any]:
    return vars(since(remembered, name, before))


def _means(solid: Remembering, of_block: Integers, count: int) -> list[Remembered]:
    """Of each owner of blocks (blocks,), over all ranks."""
    points, comm = solid.remembered(), solid.stack_mesh.comm
    readings, volumes, owner = points.readings(), points.volumes, of_block[points.block]
    names = sorted({name for part in comm.allgather(sorted(readings)) for name in part})
    found: list[dict[str, float | None]] = [{} for _ in range(count)]
    for name in names:
        values = readings.get(name, np.full(volumes.shape, np.nan))
        there = ~np.isnan(values)
        weight = np.where(there, volumes, 0.0).sum(axis=1)
        filled = np.where(there, values, 0.0)
        sums = np.stack([np.bincount(owner, part, count) for part in ((filled * volumes * there).sum(axis=1), weight)])
        sums = combined(comm, sums, MPI.SUM)
        most: Array = np.full(count, -np.inf)
        np.maximum.at(most, owner, np.where(there, values, -np.inf).max(axis=1))
        most = _most(comm, most)
        for number in range(count):
            if sums[1, number] > 0.0:
                found[number] |= named(name, float(sums[0, number] / sums[1, number]), float(most[number]))
    return [Remembered(**one) for one in found]


def _most(comm: MPI.Intracomm, local: Array) -> Array:
    total = np.empty_like(local)
    comm.Allreduce(local, total, MPI.MAX)
    return total
