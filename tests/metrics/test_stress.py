"""Stress per layer and block, and what materials bear."""

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver import solve as solve_whole
from solver.materials import library
from solver.metrics import strength, stress
from solver.metrics.strength import Borne, Used
from solver.output.summary import plain
from solver.report.output_tables import stress_tables
from tests.solving import load_case

# a soft filling and a stiff foot side by side in one layer
CASE = """
title: a foot beside a filling
geometry:
  outline: {shape: rectangle, size: [8 mm, 4 mm]}
  layers:
    - {name: base, thickness: 0.5 mm, material: glass}
    - name: tim
      thickness: 0.2 mm
      material: grease
      regions: [{name: foot, shape: {rectangle: [2 mm, 4 mm]}, at: [3 mm, 0 mm], material: metal}]
materials:
  glass: {youngs_modulus: 70 GPa, poisson_ratio: 0.2, thermal_expansion: 3 ppm/K, strength: 50 MPa}
  grease: {youngs_modulus: 1 MPa, poisson_ratio: 0.4, thermal_expansion: 100 ppm/K}
  metal:
    youngs_modulus: 120 GPa
    poisson_ratio: 0.34
    thermal_expansion: 17 ppm/K
    yield_stress: {temperature: [25 degC, 125 degC], value: [100 MPa, 60 MPa]}
mesh: {in_plane_size: 1 mm}
process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
UNIAXIAL = {"base": 20e6, "tim": 0.3e6, "tim/foot": 80e6}  # Pa, pull along x


@pytest.fixture
def meshed(shared_path, comm):
    loaded = load_case(CASE, (), shared_path, comm)
    mesh = extrude(comm, loaded.stack, plane_mesh(loaded.stack))
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    pulls = np.array([UNIAXIAL[block.name] for block in mesh.blocks])
    sigma = np.zeros((len(mesh.block), 2, 6))
    sigma[:, 1, 0] = pulls[mesh.block]  # at one of two points: extremes are over points, too
    return mesh, materials, sigma


def test_a_block_has_its_own_stress_and_a_layer_the_largest_of_its_blocks(meshed):
    mesh, _, sigma = meshed
    energy = np.full(len(mesh.block), 1e-6)
    found = stress.evaluate(mesh, sigma, energy)
    assert list(found.blocks) == ["base", "tim", "tim/foot"]
    for name, pull in UNIAXIAL.items():  # under uniaxial tension von Mises and the largest principal are the stress
        block = found.blocks[name]
        assert block.max_von_mises_mpa == pytest.approx(1e-6 * pull, rel=1e-12)
        assert block.max_principal_mpa == pytest.approx(1e-6 * pull, rel=1e-12)
        assert block.min_principal_mpa == pytest.approx(0.0, abs=1e-9)
    assert list(found.layers) == ["base", "tim"]
    assert found.layers["tim"].max_von_mises_mpa == pytest.approx(80.0)
    parts = found.blocks["tim"], found.blocks["tim/foot"]
    assert sum(part.strain_energy_mj for part in parts) == pytest.approx(found.layers["tim"].strain_energy_mj)
    assert mesh.comm.allreduce(energy.sum()) * 1e3 == pytest.approx(
        sum(block.strain_energy_mj for block in found.blocks.values())
    )


def test_a_brittle_block_is_judged_by_tension_and_a_ductile_one_by_shear(meshed):
    """Strength 50 MPa under 20 MPa; yield stress 100 MPa at 25 degC and 60 MPa at 125 degC under 80 MPa."""
    mesh, materials, sigma = meshed
    energy = np.zeros(len(mesh.block))
    cold, hot = (stress.evaluate(mesh, sigma, energy, materials, 273.15 + at).blocks for at in (25.0, 125.0))
    assert cold["base"].utilisation == pytest.approx(20 / 50)
    assert cold["tim/foot"].utilisation == pytest.approx(80 / 100)
    assert hot["tim/foot"].utilisation == pytest.approx(80 / 60)
    assert (cold["base"].strength_mpa, cold["base"].yield_stress_mpa) == (pytest.approx(50), None)
    assert (hot["tim/foot"].strength_mpa, hot["tim/foot"].yield_stress_mpa) == (None, pytest.approx(60))
    assert (cold["tim/foot"].share_beyond, hot["tim/foot"].share_beyond) == (0.0, 1.0)
    assert hot["tim"].utilisation is hot["tim"].share_beyond is None  # nobody said what grease bears
    # the same pressed: a brittle material bears it, a ductile one does not
    pressed = stress.evaluate(mesh, -sigma, energy, materials, 398.15).blocks
    assert pressed["base"].utilisation == 0.0
    assert pressed["tim/foot"].utilisation == pytest.approx(80 / 60)


def test_in_a_temperature_field_each_cell_bears_what_it_does_at_its_own_temperature(meshed):
    """The foot lies at x from 2 to 4 mm; its yield stress falls to 80 MPa at 75 degC, in its middle."""
    mesh, materials, sigma = meshed
    field = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 2)))
    field.interpolate(lambda x: 273.15 + 25.0 + 100.0 * (x[0] - 2e-3) / 2e-3)
    foot = stress.evaluate(mesh, sigma, np.zeros(len(mesh.block)), materials, field).blocks["tim/foot"]
    assert foot.share_beyond == pytest.approx(0.5)
    assert foot.yield_stress_mpa == pytest.approx(65.0)  # of the hottest of four columns of cells, at 112.5 degC
    assert foot.utilisation == pytest.approx(80 / 65)


def test_what_is_beyond_is_one_line_for_a_step():
    blocks = {
        "die": Used(250.0, 300.0, Borne(strength_mpa=200.0, utilisation=1.25)),
        "lid": Used(90.0, 100.0, Borne(yield_stress_mpa=250.0, utilisation=0.4)),
    }
    worse = {"die": Used(400.0, 300.0, Borne(strength_mpa=200.0, utilisation=2.0, share_beyond=0.004))}
    (line,) = strength.beyond("pulse", [(None, blocks), (3.0, worse), (4.0, blocks)])
    expected = "die (largest principal stress 400 MPa, strength 200 MPa, in 0.4 % of its volume, at 3 s)"
    assert expected in line
    assert "lid" not in line
    assert list(strength.beyond("cool", [(None, {"lid": blocks["lid"]})])) == []


def test_a_laminate_beyond_its_strength_is_a_warning(shared_path, comm):
    """VALIDATION A4, compound on silicon: 34.319 to -50.994 MPa in the silicon, 15.706 to 0.969 MPa in the compound."""
    text = """
title: compound on silicon
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers: [{name: wafer, thickness: 0.1 mm, material: wafer}, {name: mould, thickness: 0.1 mm, material: mould}]
materials:
  wafer: {youngs_modulus: 131 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K, strength: 30 MPa}
  mould: {youngs_modulus: 22 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K, strength: 20 MPa}
analysis: {model: laminate}
process:
  stress_free_temperature: 175 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
    found = solve_whole(load_case(text, (), shared_path, comm), comm=comm)
    step = found.steps[0].metrics
    assert step["blocks"]["wafer"]["utilisation"] == pytest.approx(34.319 / 30, rel=1e-4)
    assert step["blocks"]["mould"]["utilisation"] == pytest.approx(15.706 / 20, rel=1e-4)
    beyond = [text for text in found.warnings if "bears" in text]
    assert len(beyond) == 1
    assert "wafer (largest principal stress 34.3 MPa, strength 30 MPa)" in beyond[0]
    assert "mould" not in beyond[0]


def test_the_report_has_a_row_for_every_block_with_what_it_bears(meshed):
    mesh, materials, sigma = meshed
    found = stress.evaluate(mesh, sigma, np.zeros(len(mesh.block)), materials, 398.15)
    (table,) = stress_tables({"steps": [{"name": "hot", **plain(found)}]})
    assert [row[0] for row in table.rows] == ["tim / foot", "tim", "base"]
    foot, grease, base = table.rows
    assert foot[1:8] == ["80", "80", "0", "–", "60", "133 %", "100 %"]
    assert grease[1:8] == ["0.3", "0.3", "0", "–", "–", "–", "–"]
    assert base[4:8] == ["50", "–", "40 %", "0 %"]
    assert all(len(row) == len(table.columns) for row in table.rows)
