"""Stress at a free edge where materials meet grows as the mesh is refined; away from edges it does not."""

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.metrics.edges import Away, away
from tests.solving import load_case

CASE = """
title: a stiff film on a plate, free edges
geometry:
  outline: {{shape: rectangle, size: [8 mm, 8 mm]}}
  symmetry: quarter
  layers:
    - {{name: plate, thickness: 0.5 mm, material: plate, cells: {cells}}}
    - {{name: film, thickness: 0.5 mm, material: film, cells: {cells}}}
materials:
  plate: {{youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 3 ppm/K}}
  film: {{youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 17 ppm/K}}
mesh: {{in_plane_size: {size}}}
process: {{stress_free_temperature: 125 degC, steps: [{{name: cool, temperature: 25 degC}}]}}
report: {{stress_distance: 1 mm}}
"""


@pytest.mark.slow
def test_the_largest_stress_is_singular_and_the_one_away_from_edges_converges(solve):
    coarse, fine = (
        solve(CASE.format(cells=cells, size=size))["steps"][0]["blocks"]
        for cells, size in ((1, "0.5 mm"), (2, "0.25 mm"))
    )
    assert fine["film"]["max_von_mises_mpa"] > 1.12 * coarse["film"]["max_von_mises_mpa"]
    assert fine["film"]["singular"] is True
    for name in ("plate", "film"):
        assert fine[name]["edge_distance_um"] == pytest.approx(1000.0)
        for key in ("away_von_mises_mpa", "away_principal_mpa"):
            assert fine[name][key] == pytest.approx(coarse[name][key], rel=0.03)


GRID = """
title: a die in a frame, and a layer below
geometry:
  outline: {shape: rectangle, size: [10 mm, 6 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 0.5 mm, material: silicon}
    - {name: under, thickness: 0.5 mm, material: silicon}
    - name: dies
      thickness: 0.5 mm
      material: emc-generic
      regions: [{name: die, shape: {rectangle: [4 mm, 2 mm]}, material: silicon}]
mesh: {in_plane_size: 0.5 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


@pytest.mark.parametrize(("layer", "farthest"), [(0, 2.5), (1, 1.5), (2, 1.5)])
def test_edges_are_those_of_a_layer_and_of_its_neighbours_but_no_mirror_planes(shared_path, comm, layer, farthest):
    """Quarter of 10 x 6 mm, die to (2, 1): in the lowest layer the rim counts alone, and a cell reaches 0.5 mm."""
    loaded = load_case(GRID, (), shared_path, comm)
    mesh = extrude(comm, loaded.stack, plane_mesh(loaded.stack))
    middle = mesh.plane.points[mesh.plane.quads].mean(axis=1)[mesh.column]
    x, y = middle.T
    rim = np.minimum(5e-3 - x, 3e-3 - y) - 0.25e-3
    outside = np.hypot(np.maximum(x - 2e-3, 0), np.maximum(y - 1e-3, 0))
    die = np.where((x < 2e-3) & (y < 1e-3), np.minimum(2e-3 - x, 1e-3 - y), outside) - 0.25e-3
    expected = rim if layer == 0 else np.minimum(rim, die)
    here = mesh.layer_of == layer
    stress = np.where(here, 1e6 * expected, 0.0)  # what lies farthest has the largest
    found = away(mesh, stress, stress, mesh.layer_of.astype(np.int64), 3, 0.5e-3)
    assert found[layer].edge_distance_um == pytest.approx(500.0)
    best = comm.allreduce(float(expected[here].max()), max)
    assert 1e6 * found[layer].away_von_mises_mpa == pytest.approx(1e6 * best)
    assert found[layer].singular is False  # the largest is not near an edge
    falling = away(mesh, 1e6 - stress, stress, mesh.layer_of.astype(np.int64), 3, 0.5e-3)
    assert falling[layer].singular is False  # larger at the edge, by little
    peaked = away(mesh, np.where(expected < 0.4e-3, 2e6, 1e6), stress, mesh.layer_of.astype(np.int64), 3, 0.5e-3)
    assert peaked[layer].singular is True


def test_a_block_within_the_distance_has_no_stress_away_from_edges(shared_path, comm):
    loaded = load_case(GRID, (), shared_path, comm)
    mesh = extrude(comm, loaded.stack, plane_mesh(loaded.stack))
    ones = np.ones(len(mesh.block))
    assert away(mesh, ones, ones, mesh.layer_of.astype(np.int64), 3, 20e-3)[0] == Away()
