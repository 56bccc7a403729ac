"""A place of materials that remember, driven by every increment of the whole, is as the whole is there."""

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from solver.physics.solid.cut import Cut
from solver.physics.solid.cut_out import Place
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.submodel_in_time import SubmodelInTime
from tests.probing import parts_of

FREE = 423.15
CASE = """
title: a pad in a board
geometry:
  outline: {shape: rectangle, size: [%s]}
  layers:
    - {name: low, thickness: 0.4 mm, material: silicon}
    - name: high
      thickness: 0.3 mm
      material: underfill-capillary
      regions: [{name: pad, shape: {rectangle: [4 mm, 4 mm]}, material: %s}]
mesh: {in_plane_size: %s}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC, rate: 5 K/min}]
"""
# a thermal cycle, with a dwell: temperature (K) at the end, and seconds
CYCLE = [
    (423.15, 0.0),
    (380.0, 500.0),
    (300.0, 900.0),
    (233.15, 800.0),
    (233.15, 600.0),
    (320.0, 1000.0),
    (398.15, 900.0),
]
MATERIALS = ["copper-plated-yielding", "sac305-anand"]


def parts(size, material, cell, path, comm):
    return parts_of(CASE % (size, material, cell), FREE, path, comm)


def through_the_cycle(kind, *given):
    """A whole stack, and what it passed."""
    whole = kind(*parts(*given), pointwise=True)
    whole.course = []
    for kelvin, seconds in CYCLE:
        if isinstance(whole, SmallDeflectionInTime):
            whole.advance(kelvin, seconds)
        else:
            whole.follow(whole.load_after(kelvin, seconds))
        whole.accept()
    return whole


def followed(given, whole, at, tolerance=1.0):
    """A place that went with the whole."""
    turned = isinstance(whole, LargeDeflectionInTime)
    cut = Cut.of(whole.stack_mesh, at, turned=turned)
    place = SubmodelInTime(Place(*given), whole.displacement.function_space, cut, tolerance)
    for one in whole.course:
        there = fem.Function(whole.displacement.function_space)
        there.x.array[:] = one.displacement
        place.go(there, one.kelvin, one.seconds)
    return place


def mean(solid, name, block="high/pad"):
    """Of what a block remembers, over its volume."""
    points, mesh = solid.remembered(), solid.stack_mesh
    mine = points.block == [one.name for one in mesh.blocks].index(block)
    values = points.readings().get(name)
    sums = (
        [0.0, 0.0]
        if values is None
        else [float((values * points.volumes)[mine].sum()), float(points.volumes[mine].sum())]
    )
    work, volume = mesh.comm.allreduce(np.array(sums), MPI.SUM)
    return work / volume


@pytest.mark.slow
@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("kind", [SmallDeflectionInTime, LargeDeflectionInTime])
def test_meshed_as_the_whole_it_is_the_whole_after_a_cycle(kind, material, shared_path, comm):
    whole = through_the_cycle(kind, "10 mm, 8 mm", material, "1 mm", shared_path, comm)
    place = followed(parts("6 mm, 6 mm", material, "1 mm", shared_path, comm), whole, (0.0, 0.0))
    for name in ("equivalent_inelastic_strain", "inelastic_work"):
        assert mean(place.solid, name) > 0.0
        assert mean(place.solid, name) == pytest.approx(mean(whole, name), rel=1e-5)
    w, g = (comm.allreduce(np.abs(field).max(), MPI.MAX) for field in (place.within, place.driven.x.array))
    assert w < 1e-5 * g


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.parametrize("material", MATERIALS)
def test_finer_than_the_whole_it_is_the_whole_meshed_as_finely(material, shared_path, comm):
    """Second discretisation: the whole with the mesh of the place."""
    size, kind = "12 mm, 12 mm", SmallDeflectionInTime
    coarse, fine = (through_the_cycle(kind, size, material, cell, shared_path, comm) for cell in ("4 mm", "1 mm"))
    place = followed(parts("8 mm, 8 mm", material, "1 mm", shared_path, comm), coarse, (0.0, 0.0))
    for name in ("equivalent_inelastic_strain", "inelastic_work"):
        off, before = (abs(mean(solid, name) / mean(fine, name) - 1.0) for solid in (place.solid, coarse))
        assert off < 2e-3
        assert off < before / 2.0
