"""Free strain is a change of length at any deflection: what nothing holds takes it, without stress and exactly."""

import pytest

SHEET = """title: a sheet that nothing holds
geometry:
  outline: {{shape: rectangle, size: [100 mm, 60 mm]}}
  symmetry: {symmetry}
  layers: [{{name: sheet, thickness: 0.5 mm, material: film}}]
materials:
  film: {{youngs_modulus: 3 GPa, poisson_ratio: 0.3, thermal_expansion: {expansion}}}
mesh: {{in_plane_size: 20 mm}}
process: {{stress_free_temperature: 150 degC, steps: [{{name: cool, temperature: 25 degC}}]}}
"""
DOUBLED = """title: a layer of the same material on a sheet that has shrunk
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers: [{name: low, thickness: 0.5 mm, material: film}, {name: high, thickness: 0.3 mm, material: film}]
materials:
  film: {youngs_modulus: 3 GPa, poisson_ratio: 0.3, thermal_expansion: [60 ppm/K, 40 ppm/K, 80 ppm/K]}
mesh: {in_plane_size: 5 mm}
process:
  steps:
    - {name: low, build: [low], temperature: 275 degC}
    - {name: high, build: [high], temperature: 150 degC, birth: stress-free}
    - {name: cool, temperature: 25 degC}
"""


@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.parametrize("symmetry", ["none", "quarter"])
@pytest.mark.parametrize(
    ("expansion", "along_x", "along_y"),
    [("60 ppm/K", -7500.0, -7500.0), ("[60 ppm/K, 16 ppm/K, 90 ppm/K]", -7500.0, -2000.0)],
    ids=["isotropic", "orthotropic"],
)
def test_a_free_sheet_shrinks_by_its_free_strain(solve, deflection, symmetry, expansion, along_x, along_y):
    """-125 K: alpha dT of its length; as Green's strain the same number would be 28 ppm more."""
    found = solve(SHEET.format(symmetry=symmetry, expansion=expansion), f"analysis.deflection={deflection}")
    (step,) = found["steps"]
    assert step["in_plane"]["scale_x_ppm"] == pytest.approx(along_x, abs=1e-3)
    assert step["in_plane"]["scale_y_ppm"] == pytest.approx(along_y, abs=1e-3)
    assert step["layers"]["sheet"]["max_von_mises_mpa"] < 1e-5
    assert step["warpage_um"] < 1e-4


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_layer_born_on_a_sheet_of_its_own_material_becomes_part_of_it(solve, deflection):
    """Expansions of 0.75 % before birth and after add up to 1.5 % of the length drawn: one sheet, flat, no stress.

    Stretches at birth enter as Green's strain, which leaves terms of third order: 4e-7 of strain, 1 kPa.
    """
    step = solve(DOUBLED, f"analysis.deflection={deflection}")["steps"][-1]
    assert step["in_plane"]["scale_x_ppm"] == pytest.approx(-15000.0, abs=0.5)
    assert step["in_plane"]["scale_y_ppm"] == pytest.approx(-10000.0, abs=0.5)
    for layer in ("low", "high"):
        assert step["layers"][layer]["max_von_mises_mpa"] < 5e-3
