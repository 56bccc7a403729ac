"""What an array does in a solved temperature field: resistances from the dissipation of each block.

With q the heat flux, the mean of T over the sources is T_sink + sum over blocks of int q k^-1 q dV / P + the part of
the films, so int q k^-1 q dV / P^2 of a block is exactly its part of the thermal resistance of the mean (not the peak).
"""

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.heat.heat_run import Heat
from solver.materials import library
from solver.studies.vias.array import ViaArray
from solver.units import ZERO_CELSIUS, to_celsius


@dataclass(frozen=True)
class Performance:
    """An array in its package.

    Attributes:
        junction_temperature_degc: highest temperature.
        theta_k_per_w: from there to the sink (None if the case has no one sink).
        array_k_per_w: the array with heat spread evenly over it, t / (k_z A).
        effective_k_per_w: the array as heat really flows in it, per watt through it.
        spreading_k_per_w: the difference: heat crowds under the source.
        spreading_share: of the effective resistance.
        heat_share: of the power that goes through the array rather than around it.
        metal_fraction: volume fraction of the metal of the array.
        blocks_k_per_w: part of each block in the thermal resistance of the mean source temperature.
    """

    junction_temperature_degc: float
    theta_k_per_w: float | None
    array_k_per_w: float
    effective_k_per_w: float
    spreading_k_per_w: float
    spreading_share: float
    heat_share: float
    metal_fraction: float
    blocks_k_per_w: dict[str, float]


def performance(loaded: LoadedCase, array: ViaArray, heat: Heat) -> Performance:
    """Evaluate a solved heat problem. Collective."""
    mesh: StackMesh = heat.stack_mesh
    read = heat.numbers.readings
    power = read.power_w
    integrals = _integrals(mesh, heat.solution.temperature)
    whole = mesh.stack.multiplicity
    parts: dict[str, float] = {}
    through = volume = conductance = fraction = 0.0
    for index, block in enumerate(mesh.blocks):
        squares, rise, size = (whole * value for value in _sum(mesh, integrals, mesh.block == index))
        kelvin = read.regions[block.name].mean_temperature_degc + ZERO_CELSIUS
        k = library.resolve(block.material, loaded.case.materials).conductivity(kelvin)
        parts[block.name] = parts.get(block.name, 0.0) + float(k @ squares) / power**2
        if block.name == array.block:
            through, volume, conductance = -float(k[2] * rise), float(size), float(k[2])
            choice = block.material
            definition = loaded.case.materials.get(choice) if isinstance(choice, str) else choice
            fraction = getattr(definition, "metal_fraction", 1.0)
    layer = mesh.stack.layer(array.layer)
    area = volume / layer.thickness
    even = layer.thickness / (conductance * area)
    share = through / layer.thickness / power
    effective = parts[array.block] / share**2
    hottest, sink = read.max_temperature_degc, _sink(loaded)
    return Performance(
        junction_temperature_degc=hottest,
        theta_k_per_w=None if sink is None else (hottest - to_celsius(sink)) / power,
        array_k_per_w=even,
        effective_k_per_w=effective,
        spreading_k_per_w=effective - even,
        spreading_share=1.0 - even / effective,
        heat_share=abs(share),
        metal_fraction=fraction,
        blocks_k_per_w=parts,
    )


def _sink(loaded: LoadedCase) -> float | None:
    """Temperature (K) that resistances count from: the ambient, or the one face held at a temperature."""
    assert loaded.case.thermal is not None
    if loaded.case.report.ambient is not None:
        return loaded.case.report.ambient
    temperatures = [one.ambient or one.temperature for one in loaded.case.thermal.boundaries]
    given = [value for value in temperatures if isinstance(value, float)]
    return given[0] if given else None


def _integrals(mesh: StackMesh, temperature: fem.Function) -> Array:
    """(local cells, 5): integrals of T_x^2, T_y^2, T_z^2, T_z and 1 over each cell."""
    test = ufl.TestFunction(fem.functionspace(mesh.mesh, ("DG", 0)))
    dx = ufl.dx(mesh.mesh)
    values = [temperature.dx(axis) ** 2 for axis in range(3)] + [temperature.dx(2), 1.0]
    count = len(mesh.block)
    columns = [fem.assemble_vector(compat.form(value * test * dx)).array[:count] for value in values]
    return np.stack(columns, axis=1)


def _sum(mesh: StackMesh, integrals: Array, cells: Array) -> tuple[Array, float, float]:
    total = mesh.comm.allreduce(integrals[cells].sum(axis=0), MPI.SUM)
    return total[:3], float(total[3]), float(total[4])
