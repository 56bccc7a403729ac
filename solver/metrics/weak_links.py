"""Electromigration of every part: the map of median lives, and the weakest link of each."""

import numpy as np
from mpi4py import MPI

from meshes.conductors import Conductors
from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.metrics.conductor_cells import ConductorCells
from solver.metrics.current import nominal
from solver.metrics.current_summary import WeakLink
from solver.physics.current.electromigration import blech_product, median_life
from solver.units import to_celsius

_HOUR = 3600.0  # s


def wear(cells: ConductorCells, found: Conductors) -> tuple[Array, list[WeakLink]]:
    """(n,) shortest median life of each cell (s), and the links, the weakest first. Collective.

    Lives are inf in bodies that last for ever by Blech's product, and NaN where no test is known.
    """
    product = _products(cells, _body(cells.mesh, cells.cells, found), found.bodies)
    life, lasts = np.full(len(cells.cells), np.nan), np.zeros(len(cells.cells), dtype=bool)
    links = []
    for k, material in enumerate(cells.materials):
        metal, mine = material.electromigration, cells.part == k
        if metal is None:
            continue
        life[mine] = median_life(metal, cells.magnitude[mine], cells.kelvin[mine]).min(axis=1, initial=np.inf)
        lasts[mine] = metal.blech_product is not None and product[mine] < metal.blech_product
        links.append(_link(cells, k, life, lasts, product))
    order = [one.median_life_h if one.mortal else np.inf for one in links]
    return np.where(lasts, np.inf, life), [links[k] for k in np.argsort(order, kind="stable")]


def _link(cells: ConductorCells, k: int, life: Array, lasts: Mask, product: Array) -> WeakLink:
    """The weakest place of a part, of mortal bodies if it has some; where no life is known, the largest density."""
    comm, metal, mine = cells.mesh.comm, cells.materials[k].electromigration, cells.part == k
    assert metal is not None
    mortal = comm.allreduce(bool((mine & ~lasts).any()), MPI.LOR)
    candidates = np.flatnonzero(mine & ~lasts if mortal else mine)
    known = metal.reference is not None
    _, place, cell = cells.first(life if known else -cells.magnitude.max(axis=1), candidates)
    there = np.full(3, -np.inf)
    if cell >= 0:
        density, kelvin = cells.magnitude[cell], cells.kelvin[cell]
        point = int(np.argmin(median_life(metal, density, kelvin)) if known else np.argmax(density))
        there[:] = density[point], kelvin[point], product[cell]
    comm.Allreduce(MPI.IN_PLACE, there, MPI.MAX)
    density, kelvin, of_body = there
    return WeakLink(
        part=cells.names[k],
        at_mm=place,
        current_density_a_per_m2=density,
        temperature_degc=to_celsius(kelvin),
        median_life_h=float(median_life(metal, density, kelvin)) / _HOUR,
        median_life_at_mean_density_h=float(median_life(metal, nominal(cells)[k], kelvin)) / _HOUR,
        blech_product_a_per_m=of_body,
        blech_threshold_a_per_m=metal.blech_product,
        mortal=mortal,
    )


def _products(cells: ConductorCells, body: Integers, count: int) -> Array:
    """(n,) Blech's product (A/m) of the body each cell belongs to."""
    mean = cells.mean(cells.potential, body, count)
    lowest = -cells.largest(-cells.lowest, body, count)
    rho = np.zeros_like(cells.kelvin)
    for k, material in enumerate(cells.materials):
        mine = cells.part == k
        rho[mine] = material.resistivity(cells.kelvin[mine]).max(axis=2)
    return np.asarray(blech_product(mean[body], lowest[body], cells.mean(rho, body, count)[body]))


def _body(mesh: StackMesh, cells: Integers, found: Conductors) -> Integers:
    """(n,) body of each cell."""
    row = np.cumsum([not layer.interface for layer in mesh.stack.layers]) - 1
    return np.asarray(found.body[row[mesh.layer_of[cells]], mesh.column[cells]])
