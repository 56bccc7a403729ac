"""The solver a problem gets: by size and shape, with a reason; and what the algebraic multigrid gives."""

import pytest

from meshes.plane import plane_mesh
from solver.linalg import algebraic, choose
from solver.linalg.algebraic import has_boomer
from solver.linalg.choose import decide
from tests.probing import simulate, solved_heat, stack_of
from tests.solving import load_case

BLOCK = """title: copper vias through a block
geometry:
  outline: {{shape: rectangle, size: [6 mm, 6 mm]}}
  symmetry: quarter
  layers:
    - {{name: lower, thickness: 2.5 mm, cells: {cells}, material: glass}}
    - name: upper
      thickness: 2.5 mm
      cells: {cells}
      material: mould
      regions:
        - name: via
          shape: {{rectangle: [0.5 mm, 0.5 mm]}}
          material: copper
          grid: {{count: [5, 5], pitch: [1 mm, 1 mm]}}
materials:
  glass: {{youngs_modulus: 74 GPa, poisson_ratio: 0.2, thermal_expansion: 3.3 ppm/K, thermal_conductivity: 1 W/m/K}}
  mould: {{youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K, thermal_conductivity: 0.9 W/m/K}}
  copper:
    {{youngs_modulus: 110 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K, thermal_conductivity: 390 W/m/K}}
mesh: {{in_plane_size: 0.5 mm}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: 25 degC}}]
thermal:
  boundaries:
    - {{face: bottom, convection: 1000 W/m^2/K, ambient: 100 degC}}
    - {{face: top, temperature: 25 degC}}
"""


@pytest.mark.serial
@pytest.mark.parametrize(
    ("unknowns", "thickness", "expected"),
    [(5_000, 1e-3, "direct"), (1_000_000, 1e-3, "columns"), (15_000, 0.2, "direct"), (1_000_000, 0.2, "algebraic")],
)
def test_thin_stacks_get_columns_chunky_ones_algebra_and_small_ones_factors(unknowns, thickness, expected, tmp_path):
    """Cells of about 0.5 mm."""
    plane = plane_mesh(stack_of(BLOCK.format(cells=1), tmp_path))
    decision = decide("auto", unknowns, plane, thickness)
    assert decision.method == expected
    assert decision.why.split()[0] in ("cells", str(unknowns))
    assert decide("columns", unknowns, plane, thickness).method == "columns"


@pytest.mark.slow
def test_algebraic_multigrid_gives_the_answer_of_the_factorisation(shared_path, comm):
    """Cells of 0.5 mm in a block of 5 mm: iterations do not grow with the cells through the thickness."""
    iterations = []
    for cells in (2, 5):
        warpage, hottest = [], []
        for solver in ("algebraic", "direct"):
            simulation = simulate(BLOCK.format(cells=cells), shared_path, comm, f"analysis.solver={solver}")
            heat = solved_heat(simulation)
            (outcome,) = simulation.steps(heat)
            warpage.append(outcome.summary["warpage_um"])
            hottest.append(heat.summary["max_temperature_degc"])
            if solver == "algebraic":
                assert "smoothed aggregation" in outcome.record.name
                assert ("BoomerAMG" if has_boomer() else "smoothed aggregation") in heat.solution.record.name
                iterations.append(outcome.record.iterations)
                assert heat.solution.record.iterations <= (25 if has_boomer() else 40)
        assert warpage[0] == pytest.approx(warpage[1], rel=1e-6)
        assert hottest[0] == pytest.approx(hottest[1], rel=1e-8)
    assert max(iterations) <= 45


@pytest.mark.slow
def test_without_hypre_heat_gets_aggregation_and_says_so(shared_path, comm, monkeypatch):
    """Some builds of PETSc have none."""
    hottest = []
    for hypre in (has_boomer, lambda: False):
        monkeypatch.setattr(algebraic, "has_boomer", hypre)
        monkeypatch.setattr(choose, "has_boomer", hypre)
        heat = solved_heat(simulate(BLOCK.format(cells=2), shared_path, comm, "analysis.solver=algebraic"))
        hottest.append(heat.summary["max_temperature_degc"])
    assert "smoothed aggregation" in heat.solution.record.name
    assert heat.solution.record.why.endswith("PETSc has no hypre, so aggregation stands in for BoomerAMG")
    assert heat.solution.record.iterations <= 40
    assert hottest[1] == pytest.approx(hottest[0], rel=1e-8)


@pytest.mark.slow
def test_a_stack_too_thin_for_algebra_is_factorised_and_says_so(shared_path, comm):
    case = load_case("foplp_panel", (), shared_path, comm)
    assert case.case.analysis.solver == "auto"
    overrides = (
        "geometry.outline.size=[120 mm, 120 mm]",
        "geometry.layers.mould.regions.die.grid.count=[6, 6]",
        "mesh.in_plane_size=30mm",
        "analysis.solver=algebraic",
        "analysis.deflection=small",
    )
    (outcome,) = simulate("foplp_panel", shared_path, comm, *overrides).steps(None)
    assert outcome.record.name.startswith("MUMPS Cholesky")
    assert "did not converge" in outcome.record.name
