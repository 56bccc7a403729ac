"""Copper maps on the mesh: the metal of the map whatever the cells, and heat that goes through it."""

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.case.load import load
from solver.errors import CaseError
from solver.parallel import on_root
from solver.physics.heat.power import cell_volumes

CASE = """title: copper map
geometry:
  outline: {outline}
  symmetry: {symmetry}
  layers:
    - name: rdl
      thickness: 20 um
      copper_map: {{csv: map.csv, dielectric: abf}}
      regions: [{{name: via, shape: {{circle: 1 mm}}, material: copper}}]
    - {{name: core, thickness: 0.4 mm, material: fr4}}
materials:
  copper: {{thermal_conductivity: 400 W/m/K}}
  abf: {{thermal_conductivity: 0.4 W/m/K}}
mesh: {{in_plane_size: 0.7 mm}}
thermal:
  power: [{{layer: rdl, total: 1 W}}]
  boundaries: [{{face: bottom, temperature: 125 degC}}, {{face: top, temperature: 25 degC}}]
"""
RECTANGLE, DISC = "{shape: rectangle, size: [8 mm, 6 mm]}", "{shape: disc, diameter: 8 mm}"
GRID = np.random.default_rng(3).uniform(0, 1, (5, 7))


def write(path, comm, outline, grid, symmetry="none"):
    if comm.rank == 0:
        np.savetxt(path / "map.csv", grid, delimiter=",", fmt="%.17g")
        (path / "case.yaml").write_text(CASE.format(outline=outline, symmetry=symmetry), encoding="utf-8")
    return on_root(comm, lambda: load(path))


@pytest.mark.parametrize("outline", [RECTANGLE, DISC])
def test_the_mesh_has_the_copper_of_the_map(shared_path, comm, outline):
    loaded = write(shared_path, comm, outline, GRID)
    plane = on_root(comm, lambda: plane_mesh(loaded.stack))
    mesh = extrude(comm, loaded.stack, plane, ("rdl",))
    volume = cell_volumes(mesh)
    mapped = [index for index, block in enumerate(mesh.blocks) if block.region is None]
    fraction = np.array([block.material.metal_fraction if block.region is None else 0.0 for block in mesh.blocks])
    metal = comm.allreduce((volume * fraction[mesh.block]).sum())
    rest = loaded.stack.modelled.difference(loaded.stack.layer("rdl").regions[0].polygons[0])
    exact, _ = loaded.stack.layer("rdl").copper.over(np.array([rest]))
    assert len(mapped) > 5
    assert metal == pytest.approx(20e-6 * rest.area * exact[0], rel=1e-9)


def test_heat_through_the_layer_sees_the_mean_of_the_map(solve, shared_path, comm):
    """Side by side through the thickness, so between isothermal faces the flux is that of the mean fraction."""
    write(shared_path, comm, RECTANGLE, GRID)
    text = (shared_path / "case.yaml").read_text(encoding="utf-8")
    text = text.replace("      regions: [{name: via, shape: {circle: 1 mm}, material: copper}]\n", "")
    text = text.replace("    - {name: core, thickness: 0.4 mm, material: fr4}\n", "").replace(
        "total: 1 W", "total: 0 W"
    )
    thermal = solve(text)["thermal"]
    k = 0.4 + GRID.mean() * (400 - 0.4)
    assert thermal["boundaries"][1]["heat_w"] == pytest.approx(100 * k * 48e-6 / 20e-6, rel=1e-9)
    assert list(thermal["regions"]) == ["rdl"]


def test_a_map_that_is_not_symmetric_is_refused(shared_path, comm):
    with pytest.raises(CaseError, match=r"case.yaml:\d+: .*rdl.copper_map: the map is not symmetric about x = 0"):
        write(shared_path, comm, RECTANGLE, GRID, "half-x")
    write(shared_path, comm, RECTANGLE, GRID + GRID[:, ::-1] > 1, "half-x")


@pytest.mark.serial
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("{csv: mp.csv, dielectric: abf}", "there is no file"),
        ("{csv: map.csv, dielectric: afb}", "'afb': unknown; did you mean 'abf'"),
        ("{gerber: map.gbr, dielectric: abf}", "there is no file"),
        ("{csv: map.csv, image: a.png, dielectric: abf}", "exactly one of image, csv, gds, gerber"),
        ("{csv: map.csv, dielectric: abf, layer: 3}", "goes with gds"),
    ],
)
def test_wrong_maps_are_named(shared_path, comm, wrong, words):
    write(shared_path, comm, RECTANGLE, GRID)
    text = (shared_path / "case.yaml").read_text(encoding="utf-8")
    (shared_path / "case.yaml").write_text(text.replace("{csv: map.csv, dielectric: abf}", wrong), encoding="utf-8")
    with pytest.raises(CaseError, match=words) as caught:
        load(shared_path)
    assert str(caught.value).count("\n") == 0 and "case.yaml:8" in str(caught.value)
