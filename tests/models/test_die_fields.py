"""Dies that repeat in the plane of a plate, as unit cells: against the solid, drawn and homogenised."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import ufl
import yaml
from dolfinx import fem

from meshes.plane import plane_mesh
from solver import load, solve
from solver.arrays import Array
from solver.homogenise import problem
from solver.materials import library
from solver.result import Result
from solver.stackup.repeats import fields
from tests.solving import CASES

# of a solid with cells of 0.6 mm, two through each layer; of 1.25 mm and one: 0.3 % less, of 2.5 mm: 1.4 %
CURVATURE = -1.2440e-3, -1.2274e-3
KELVIN = 149.0 + 273.15


def panel(steps: str = "[{name: cool, temperature: 149 degC}]", dies: tuple[int, int] = (11, 9)) -> dict[str, Any]:
    """`foplp_panel`, 130 x 110 mm of it."""
    case = yaml.safe_load((CASES / "foplp_panel" / "case.yaml").read_text(encoding="utf-8"))
    case["geometry"]["outline"]["size"] = [f"{10 * (count + 2)} mm" for count in dies]
    (die,) = case["geometry"]["layers"][2]["regions"]
    die["grid"]["count"] = list(dies)
    case["process"]["steps"] = yaml.safe_load(steps)
    case["report"] = {}
    case["mesh"] = {"in_plane_size": "5 mm"}
    case["analysis"] = {"model": "plate"}
    return case


def moulded(case: dict[str, Any]) -> dict[str, Any]:
    """Dies on the carrier first, then mould around them."""
    case["process"] = yaml.safe_load("""
      gravity: true
      steps:
        - {name: carrier, build: [carrier, rdl], temperature: 150 degC, support: chuck}
        - {name: dies, build: [mould/die], temperature: 120 degC, birth: stress-free, support: chuck}
        - {name: mould, build: [mould], temperature: 150 degC, birth: pressed, support: chuck}
        - name: lifted
          temperature: 25 degC
          support: {pins: [[-30 mm, -20 mm], [30 mm, -20 mm], [-30 mm, 20 mm], [30 mm, 20 mm]]}
    """)
    case["report"] = {"die_shift": {"region": "die", "reference": "dies"}}
    return case


def entries(case: dict[str, Any], *overrides: str) -> list[dict[str, Any]]:
    return [step.metrics for step in solve(case, overrides=overrides).steps]


@pytest.mark.slow
@pytest.mark.parametrize("mesh", [(), ("mesh.homogenise_below=9 mm", "mesh.in_plane_size=10 mm")])
def test_a_panel_of_small_dies_is_as_curved_as_the_solid(mesh):
    """Dies 5 times as long as the stack is thick: layers that cannot shear make it 11 % flatter."""
    (found,) = entries(panel(), *mesh)
    assert [found[f"curvature_{axis}_per_m"] for axis in "xy"] == pytest.approx(CURVATURE, rel=5e-3)


@pytest.mark.slow
@pytest.mark.serial
def test_without_unit_cells_it_is_flatter_and_says_so():
    result = solve(panel(), overrides=("analysis.die_field=layers",))
    assert result.steps[0].metrics["curvature_x_per_m"] == pytest.approx(0.88 * CURVATURE[0], rel=0.02)
    assert any("beside its edges layers shear" in text for text in result.warnings)
    assert not any("beside its edges" in text for text in solve(panel()).warnings)


@pytest.mark.slow
@pytest.mark.serial
def test_layers_that_slide_on_a_soft_tape_are_told_of():
    """sqrt(h / G S1 S2 / (S1 + S2)) is 48 mm on this tape at 149 degC, the panel is 110 mm wide."""
    case = panel()
    case["geometry"]["layers"][1] |= {"thickness": "0.1 mm", "material": "thermal-release-tape"}
    strip = "on 'rdl' layers from 'mould' on slide beside the outline, over 47.6 mm at 149 degC"
    assert any(strip in text for text in solve(case).warnings)
    assert not any("slide" in text for text in solve(panel()).warnings)


@pytest.mark.slow
@pytest.mark.serial
def test_dies_that_are_born_before_their_mould_are_the_same_drawn_and_homogenised():
    """Gravity, births on a bent plate, a resin through its glass transition; the weight is that of the layers."""
    drawn = entries(moulded(panel()))
    smeared = entries(moulded(panel()), "mesh.homogenise_below=9 mm", "mesh.in_plane_size=10 mm")
    for one, other in zip(drawn, smeared, strict=True):
        assert other["warpage_um"] == pytest.approx(one["warpage_um"], rel=2e-3, abs=1e-6)
        assert other["balance"]["dead_force_n"] == pytest.approx(one["balance"]["dead_force_n"], rel=1e-6)
    (one, other) = (steps[-1]["die_shift"] for steps in (drawn, smeared))
    assert other["max_shift_um"] == pytest.approx(one["max_shift_um"], rel=0.01)


@pytest.mark.slow
@pytest.mark.serial
def test_stress_of_a_unit_cell_is_the_mean_of_every_block():
    """Of die, mould, RDL and carrier in the middle of 90 x 70 mm, against the mean strain of the solid."""
    small = panel(dies=(7, 5))
    plate, solid = (
        solve(small | {"mesh": {"in_plane_size": size, "cells_per_layer": cells}, "analysis": {"model": model}})
        for model, size, cells in (("plate", "5 mm", 1), ("solid", "1.25 mm", 2))
    )
    found, expected = _means(plate, _stress), _means(solid, _of_strain)
    for block, sigma in expected.items():
        assert found[block] == pytest.approx(sigma, rel=0.06), block  # 0.02 but for mould: 8 cells of the solid a pitch


def _means(result: Result, stress: Callable[[Result], Array]) -> dict[str, Array]:
    """Mean stress xx, yy (Pa) of every block of the first step within 15 mm of the centre."""
    mesh, sigma = result.steps[0].fields.stack_mesh, stress(result)
    here = (np.abs(mesh.plane.centroids[mesh.column]) < 15e-3).all(axis=1)
    volume, found = mesh.plane.areas[mesh.column] * mesh.heights, {}
    for number, block in enumerate(mesh.blocks):
        mine = here & (mesh.block == number)
        found[block.name] = (sigma[mine] * volume[mine, None]).sum(axis=0) / volume[mine].sum()
    return found


def _stress(result: Result) -> Array:
    """(cells, 2) mean of the corners."""
    field = result.steps[0].fields.stress
    assert field is not None
    return field.x.array.reshape(-1, 6)[field.function_space.dofmap.list].mean(axis=1)[:, :2]


def _of_strain(result: Result) -> Array:
    """(cells, 2) stress of the mean strain, which has no peaks at the corners of cells."""
    fields, case = result.steps[0].fields, load(panel()).case
    u, mesh = fields.displacement, fields.stack_mesh
    assert u is not None
    q = ufl.TestFunction(fem.functionspace(mesh.mesh, ("DG", 0, (6,))))
    volume = mesh.plane.areas[mesh.column] * mesh.heights
    strain = fem.assemble_vector(fem.form(ufl.inner(problem.strain(u), q) * ufl.dx)).array.reshape(-1, 6)
    strain = strain / volume[:, None]
    for number, block in enumerate(mesh.blocks):
        material = library.resolve(block.material, case.materials)
        mine = mesh.block == number
        strain[mine, :3] -= material.thermal_strain(KELVIN, KELVIN + 1.0)
        strain[mine] = strain[mine] @ material.stiffness(KELVIN)
    return np.asarray(strain[:, :2])


@pytest.mark.serial
def test_what_repeats_is_found(tmp_path):
    """Cells with the same content, inside the outline; one with a second part in it is none of them."""
    case = panel()
    stack = load(case).stack
    (field,) = fields(stack)
    assert field.pitch == (10e-3, 10e-3) and len(field.centres) == 99
    assert dict(field.content) == {2: (0, (8e-3, 8e-3))}
    places = np.array([[0.0, 0.0], [54.9e-3, 44.9e-3], [-54.9e-3, 0.0], [55.1e-3, 0.0]])
    assert field.holds(places).tolist() == [True, True, True, False]
    more = {"name": "odd", "shape": {"rectangle": ["1 mm", "1 mm"]}, "material": "copper", "at": ["15 mm", "0 mm"]}
    case["geometry"] |= {"symmetry": "none"}
    case["geometry"]["layers"][2]["regions"].append(more)
    (field,) = fields(load(case).stack)
    assert len(field.centres) == 97  # it lies across two cells


@pytest.mark.serial
def test_homogenised_dies_are_their_pitch_cells_but_for_the_middle_one(tmp_path):
    case = panel() | {"mesh": {"in_plane_size": "10 mm", "homogenise_below": "9 mm"}}
    stack = load(case).stack
    (region,) = stack.layers[2].regions
    sides = sorted({round(1e3 * polygon.area**0.5, 6) for polygon in region.polygons})
    assert sides == [8.0, 10.0] and sum(polygon.area < 1e-4 - 1e-9 for polygon in region.polygons) == 1
    assert region.area == pytest.approx(99 * 64e-6)
    assert len(plane_mesh(stack).quads) < 130


@pytest.mark.slow
@pytest.mark.serial
def test_where_mould_remembers_layers_say_how_far_recipes_are_off_and_cells_need_not():
    """Layer by layer, measured in docs/plate.md."""
    case = panel("[{name: cool, temperature: 140 degC, rate: 10 K/min}]", dies=(3, 3))
    case["geometry"]["layers"][2]["material"] = "emc-granular-curing"
    cells, layers = (
        solve(case, overrides=(f"analysis.die_field={kind}",)).warnings for kind in ("unit-cell", "layers")
    )
    (said,) = (text for text in layers if "beside its edges" in text)
    assert "remembers" in said and "8 to 58 %" in said
    assert not any("beside its edges" in text for text in cells)
