"""What drives a reduced model: heat per watt of each power source, and the load of each flux."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.reduction import Place
from solver.case.thermal import PowerSource
from solver.physics.heat.power import cell_volumes, heat_sources
from solver.physics.heat.thermal_boundaries import Exchange
from solver.physics.sources import Channel, Sources
from solver.signals import Constant


@dataclass(frozen=True)
class Input:
    """A power that may have any value.

    Attributes:
        name: of the place.
        power: as the case has it, 1 W for a place that is none of its powers (W, of the whole stack).
        nodes: local nodes where it goes in.
        load: (owned unknowns,) right-hand side of 1 W of the whole stack, on the modelled part.
        channel: the same as heat made in cells, None for a flux.
    """

    name: str
    power: float
    nodes: Integers
    load: Array
    channel: Channel | None


def inputs(
    mesh: StackMesh,
    space: fem.FunctionSpace,
    powers: Sequence[PowerSource],
    places: Sequence[Place],
    exchanges: Sequence[Exchange],
    files: SideFiles,
    temperature: float,
) -> list[Input]:
    """All inputs. Collective.

    Args:
        mesh: the mesh of heat.
        space: of the temperature.
        powers: of the case.
        places: to be taken in their place, if there are any.
        exchanges: boundaries; each flux is an input.
        files: maps of the case.
        temperature: at which leakage is taken (K).
    """
    chosen = [PowerSource(layer=place.layer, region=place.region, total="1 W") for place in places] or powers
    found: dict[str, Channel] = {}
    for source in chosen:
        sources = heat_sources(mesh, [source], files)
        for name, channel in zip(_names(source, files), sources.channels, strict=True):
            found[unused(name, found)] = channel
        for leak in sources.leaks:
            density = leak.density * np.exp(leak.exponent * (temperature - leak.reference))
            name = unused(f"{_place(source)} leakage", found)
            found[name] = Channel(leak.cells, density, Constant(1.0))
    volume = cell_volumes(mesh)
    result = [_of_cells(mesh, space, name, channel, volume) for name, channel in found.items()]
    for one in exchanges:
        if one.boundary.flux is not None:
            name = unused(f"flux into {one.boundary.face}", [known.name for known in result])
            result.append(_of_face(mesh, space, name, one))
    return result


def steady_sources(mesh: StackMesh, given: Sequence[Input]) -> Sources:
    """The powers as the case has them, held from time 0 on, for the full model."""
    channels = [replace(one.channel, density=one.power * one.channel.density) for one in given if one.channel]
    return Sources(len(mesh.block), tuple(channels))


def _names(source: PowerSource, files: SideFiles) -> list[str]:
    """A name for each channel of a source."""
    if source.floorplan is not None:
        return [block.name for block in files.floorplan(source)[1]]
    alone = source.total is None and source.density is None and source.map is None
    return [] if alone else [_place(source)]


def _place(source: PowerSource) -> str:
    return source.region or source.layer or ""


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number if it is taken."""
    number = 2
    while (numbered := name if number == 2 else f"{name} {number - 1}") in taken:
        number += 1
    return numbered


def _of_cells(mesh: StackMesh, space: fem.FunctionSpace, name: str, channel: Channel, volume: Array) -> Input:
    whole = mesh.stack.multiplicity
    here, total = volume[channel.cells], mesh.comm.allreduce(float(channel.density @ volume[channel.cells]), MPI.SUM)
    size = mesh.comm.allreduce(float(here.sum()), MPI.SUM)
    per_watt = channel.density / (total * whole) if total > 0 else np.full(len(here), 1.0 / (size * whole))
    density = fem.Function(fem.functionspace(mesh.mesh, ("DG", 0)))
    density.x.array[channel.cells] = per_watt
    load = assembled(compat.form(density * ufl.TestFunction(space) * ufl.dx(mesh.mesh)), space)
    hot = channel.cells[per_watt > 0]
    nodes = np.unique(space.dofmap.list[hot]).astype(np.int32)
    power = channel.factor.mean() * total * whole
    return Input(name, power, nodes, load, Channel(channel.cells, per_watt, Constant(1.0)))


def _of_face(mesh: StackMesh, space: fem.FunctionSpace, name: str, one: Exchange) -> Input:
    assert one.boundary.flux is not None
    load = assembled(compat.form(fem.Constant(mesh.mesh, 1.0) * ufl.TestFunction(space) * one.ds), space)
    area = mesh.comm.allreduce(float(load.sum()), MPI.SUM) * mesh.stack.multiplicity
    nodes = np.asarray(fem.locate_dofs_topological(space, 2, one.facets), dtype=np.int32)
    return Input(name, one.boundary.flux * area, nodes, load / area, None)


def assembled(form: fem.Form, space: fem.FunctionSpace) -> Array:
    """(owned unknowns,) of a linear form."""
    vector = la.vector(space.dofmap.index_map, 1)
    fem.assemble_vector(vector.array, form)
    vector.scatter_reverse(la.InsertMode.add)
    return vector.array[: space.dofmap.index_map.size_local].copy()
