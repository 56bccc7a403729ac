"""Arrays below `mesh.homogenise_below` become one region with their metal; larger ones stay."""

import numpy as np
import pytest
import shapely

from solver.case.load import load
from solver.errors import CaseError
from solver.metrics.arrays import arrays, ends_in_film, kept_explicit

CASE = """title: board
geometry:
  outline: {{shape: rectangle, size: [40 mm, 40 mm]}}
  layers:
    - name: board
      thickness: 1.6 mm
      material: fr4
      regions:
        - {{name: vias, shape: {shape}, material: copper, grid: {grid}}}
mesh: {{in_plane_size: 5 mm, homogenise_below: {below}}}
thermal:
  power: [{{layer: board, {power}}}]
  boundaries: [{{face: bottom, convection: 1000 W/m^2/K, ambient: 25 degC}}]
"""
GRID = "{count: [7, 9], pitch: [1 mm, 1.2 mm], origin: [2 mm, 1 mm]}"


def loaded(path, shape="{circle: 0.3 mm}", grid=GRID, below="0.5 mm", power="total: 1 W"):
    (path / "case.yaml").write_text(CASE.format(shape=shape, grid=grid, below=below, power=power), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ("{circle: 0.3 mm}", np.pi * 0.15**2),
        ("{circle: 0.3 mm, bore: 0.25 mm}", np.pi * (0.15**2 - 0.125**2)),
        ("{rectangle: [0.2 mm, 0.4 mm]}", 0.08),
    ],
)
def test_the_region_covers_the_pitch_cells_and_has_the_metal(tmp_path, shape, area):
    (region,) = loaded(tmp_path, shape).stack.layers[0].regions
    (polygon,) = region.polygons
    assert polygon.bounds == pytest.approx((-1.5e-3, -4.4e-3, 5.5e-3, 6.4e-3))
    assert region.smeared.count == 63
    assert region.material.metal_fraction * polygon.area == pytest.approx(63 * 1e-6 * area)


def test_places_left_out_leave_their_cells_out(tmp_path):
    grid = "{count: [39, 39], pitch: [1 mm, 1 mm], edge_exclusion: 3 mm}"
    (region,) = loaded(tmp_path, grid=grid).stack.layers[0].regions
    assert shapely.area(np.array(region.polygons)).sum() == pytest.approx(region.smeared.count * 1e-6)
    assert region.smeared.count == 33**2


@pytest.mark.parametrize(
    "change",
    [
        {"below": "0.3 mm"},
        {"grid": "{count: [1, 1], pitch: [1 mm, 1 mm]}"},
        {"shape": "{polygon: [[0 mm, 0 mm], [0.2 mm, 0 mm], [0 mm, 0.2 mm]]}"},
    ],
)
def test_what_is_not_small_or_not_an_array_stays(tmp_path, change):
    case = loaded(tmp_path, **change)
    (region,) = case.stack.layers[0].regions
    assert region.smeared is None and region.material == "copper"
    said = list(kept_explicit(case))
    assert len(said) == ("shape" in change)
    assert all("board/vias: 63 parts are meshed one by one: only circles" in text for text in said)


def test_power_per_volume_of_a_smeared_array_is_refused(tmp_path):
    with pytest.raises(CaseError, match=r"case.yaml:12: thermal.power.0.density .*give `total`"):
        loaded(tmp_path, power="region: vias, density: 1e6 W/m^3")


def test_an_array_whose_cells_reach_over_the_edge_is_named(tmp_path):
    with pytest.raises(CaseError, match=r"reaches outside the outline; an array below mesh.homogenise"):
        loaded(tmp_path, grid="{count: [40, 3], pitch: [1.02 mm, 1 mm]}")


def test_the_summary_says_what_was_smeared(tmp_path):
    (entry,) = arrays(loaded(tmp_path))
    assert (entry["layer"], entry["region"], entry["count"], entry["smeared"]) == ("board", "vias", 63, True)
    assert entry["metal_fraction"] == pytest.approx(np.pi * 0.15**2 / 1.2)
    assert entry["conductivity_w_per_m_k"][2] == pytest.approx(0.29 + entry["metal_fraction"] * (401 - 0.29), rel=1e-3)


def test_an_array_that_ends_in_a_film_is_doubted(tmp_path):
    ((place, face, biot),) = ends_in_film(loaded(tmp_path))
    assert (place, face) == ("board/vias", "bottom")
    assert biot == pytest.approx(1000 * 1.2e-3 / 0.81)
