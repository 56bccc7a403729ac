"""Heat sources: power per region, layer, map or floorplan, spread over cells so that every watt is in the mesh."""

from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.case.files import SideFiles
from solver.case.thermal import PowerSource
from solver.physics.mapped import mapped, per_place, planned, source_name
from solver.physics.sources import Channel, Coarse, Leak, Sources
from solver.signals import Constant, Signal


def heat_sources(stack_mesh: StackMesh, sources: Sequence[PowerSource], files: SideFiles) -> Sources:
    """What makes heat in each local cell. Collective.

    Args:
        stack_mesh: the mesh.
        sources: of the case; totals are of the whole stack.
        files: maps and floorplans of the case.

    Raises:
        CaseError: a file is not as symmetric as the model, or has power outside its place.
    """
    volume = cell_volumes(stack_mesh)
    channels: list[Channel] = []
    leaks: list[Leak] = []
    coarse: list[Coarse] = []
    for source in sources:
        here = _cells_of(stack_mesh, source)
        cells = np.flatnonzero(here)
        factor: Signal = Constant(1.0) if source.waveform is None else source.waveform.signal()
        whole = stack_mesh.comm.allreduce(volume[here].sum(), MPI.SUM) * stack_mesh.stack.multiplicity
        name = source_name(source)
        if source.density is not None:
            channels.append(Channel(cells, np.full(len(cells), source.density), factor, name))
        elif source.map is not None:
            density, lost = mapped(stack_mesh, source, files, cells, volume)
            channels.append(Channel(cells, density, factor, name))
            coarse.append(lost)
        elif source.floorplan is not None:
            of_blocks, lost = planned(stack_mesh, source, files, cells, volume, factor)
            channels += of_blocks
            coarse.append(lost)
        elif source.each is not None:
            channels += per_place(stack_mesh, source, cells, volume, factor)
        elif source.total is not None:
            channels.append(Channel(cells, np.full(len(cells), source.total / whole), factor, name))
        if source.leakage is not None:
            density = np.full(len(cells), source.leakage.reference / whole)
            leaks.append(Leak(cells, density, source.leakage.at, source.leakage.exponent))
    return Sources(len(volume), tuple(channels), tuple(leaks), tuple(coarse))


def cell_volumes(stack_mesh: StackMesh) -> Array:
    """(local cells,) volume in m^3, by the quadrature of the forms."""
    space = fem.functionspace(stack_mesh.mesh, ("DG", 0))
    form = compat.form(ufl.TestFunction(space) * ufl.dx(stack_mesh.mesh))
    vector = fem.assemble_vector(form)
    return np.asarray(vector.array)[: len(stack_mesh.block)].copy()


def _cells_of(stack_mesh: StackMesh, source: PowerSource) -> NDArray[np.bool_]:
    chosen = [
        index
        for index, block in enumerate(stack_mesh.blocks)
        if source.layer in (None, block.layer) and (source.region is None or source.region == block.region)
    ]
    return np.isin(stack_mesh.block, chosen)
