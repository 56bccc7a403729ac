"""Pads of hybrid bonds that meet: wide ones in closed form, a small one against PETSc's active set on another mesh."""

import json

import numpy as np
import pytest
import ufl
import yaml
from dolfinx import fem, mesh
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.case.load import load
from solver.errors import CaseError
from solver.life.bonding import ConfinedPad
from solver.run import run
from tests.killed import Killed, killed_at
from tests.solving import solve_case

CELLS = "{in_plane_size: 1.5 um}"
COPPER = ConfinedPad(0.11e9, 0.35, 16e-6, 1e-6)
MIRROR = "support: {mirror: {pads: [{region: bond/pad, recess: 4 nm}], joins: %s, sides: %s}}"
WIDE = """
title: a wide pad in something stiff
geometry:
  outline: {shape: rectangle, size: [24 um, 24 um]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 8 um, material: rigid}
    - name: bond
      thickness: 1 um
      cells: 2
      material: rigid
      regions: [{name: pad, shape: {rectangle: [12 um, 12 um]}, material: metal}]
materials:
  rigid: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 1 ppm/K}
  metal: {youngs_modulus: 0.11 GPa, poisson_ratio: 0.35, thermal_expansion: 17 ppm/K%s}
mesh: {in_plane_size: 1.5 um, edge_refinement: {size: 0.4 um, distance: 0.8 um}}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps:
    - {name: warm, temperature: 75 degC%s, SUPPORT}
    - {name: anneal, temperature: 225 degC%s, SUPPORT}
    - {name: cold, temperature: 25 degC%s, SUPPORT}
report: {hybrid_bonds: {pads: bond/pad, recess: 4 nm}}
"""


def wide(law="", rate="", joins="false", sides="null"):
    return (WIDE % (law, rate, rate, rate)).replace("SUPPORT", MIRROR % (joins, sides))


def plane(results, name):
    """Columns of the table of a step."""
    (table,) = results.glob(f"hybrid_bond_*{name}.csv")
    return np.loadtxt(table, delimiter=",", skiprows=1, unpack=True)


def middle(directory, comm, text):
    """Summary entries of the steps, and the pressure (MPa) in the middle of the pad after each."""
    if comm.rank == 0:
        (directory / "case.yaml").write_text(text, encoding="utf-8")
    comm.barrier()
    results = run(directory, (), comm, pictures=False)
    comm.barrier()
    steps = json.loads((results / "summary.json").read_text(encoding="utf-8"))["steps"]
    pressures = []
    for name in (step["name"] for step in steps):
        x, y, _, pressure = plane(results, name)
        pressures.append(pressure[np.argmin(x**2 + y**2)])
    return [step["hybrid_bonds"] for step in steps], np.array(pressures)


def test_the_middle_of_a_wide_pad_presses_as_the_confined_block_does(shared_path, comm):
    # closed form of the block; what is around it, 1700 times as stiff, gives way by some per mille of the pressure
    (warm, hot, cold), pressure = middle(shared_path, comm, wide())
    closes = COPPER.closes_after(4e-9)
    rises = 4.0 - 0.5 * plane(shared_path / "results", "warm")[2][plane(shared_path / "results", "warm")[2] > 0.0].min()
    assert hot["closes_at_degc"] == pytest.approx(25.0 + 50.0 * 4.0 / rises, rel=1e-6)  # where it rises most, elastic
    assert 0.85 * closes < hot["closes_at_degc"] - 25.0 < closes  # some half a depth from its edges
    assert pressure[1] == pytest.approx(1e-6 * COPPER.pressure(4e-9, 200.0), rel=0.01)
    assert abs(pressure[0]) < 1e-9 * pressure[1]
    assert not warm["meet"]
    assert hot["meet"]
    assert hot["contact"]["met_percent"] > 60.0  # its edges are held back by the bond of what is around it
    assert 0.5 * pressure[1] < hot["pressure_mpa"] < pressure[1] * 1.01
    assert not cold["meet"]  # elastic, it goes back
    assert cold["gap_nm"] == pytest.approx(8.0, rel=1e-6)


@pytest.mark.parametrize("sides", ["null", "base"])
def test_what_is_apart_does_not_press(sides, shared_path, comm):
    _, hot, _ = middle(shared_path, comm, wide(sides=sides))[0]
    _, _, gap, pressure = plane(shared_path / "results", "anneal")
    assert gap.min() >= 0.0
    assert np.abs(pressure[gap > 0.0]).max() < 1e-6 * hot["contact"]["peak_mpa"]
    # no load: what the pads press with is what the bond bears, over some area of the pads within their edges
    area = 576.0 * hot["oxide_opening_mpa"] / (hot["pressure_mpa"] + hot["oxide_opening_mpa"])
    assert 11.0**2 < area < 12.0**2


def test_pads_that_are_joined_pull_as_they_cool(shared_path, comm):
    # elastic, back at the beginning: nothing but the recess that was closed, M x 4 nm / 1 um of tension in the middle
    *_, cold = middle(shared_path, comm, wide(joins="true"))[1]
    assert cold == pytest.approx(-1e-6 * COPPER.confined_modulus * 4e-9 / COPPER.depth, rel=0.01)


@pytest.mark.slow
@pytest.mark.serial
def test_a_pad_that_yields_presses_by_its_bulk_modulus(shared_path, comm):
    """Perfectly plastic: held at its sides it yields at s (1 - nu) / E alpha, rises by 3 alpha a kelvin from then on,
    and once it meets its mirror image all three stresses grow alike, by 3 K alpha a kelvin, on the yield surface still.
    """
    text = wide(", plastic: {yield_stress: 0.11 MPa}", ", rate: 10 K/min").replace("[24 um, 24 um]", "[20 um, 20 um]")
    text = text.replace("{in_plane_size: 1.5 um, edge_refinement: {size: 0.4 um, distance: 0.8 um}}", CELLS)
    text = text.replace("deflection: small", "deflection: small, time_tolerance: 0.03")
    text = "\n".join(line for line in text.splitlines() if "name: cold" not in line)
    (_, hot), pressure = middle(shared_path, comm, text)
    e, nu, alpha, depth = COPPER.modulus, COPPER.poisson, COPPER.mismatch, COPPER.depth
    yields = 0.11e6 * (1.0 - nu) / e / alpha
    closes = yields + (4e-9 - yields * depth * COPPER.effective_expansion) / (3.0 * alpha * depth)
    assert 0.8 * closes < hot["closes_at_degc"] - 25.0 < closes
    assert pressure[1] == pytest.approx(1e-6 * e / (1.0 - 2.0 * nu) * alpha * (200.0 - closes), rel=0.01)


@pytest.mark.slow
@pytest.mark.serial
def test_a_run_goes_on_with_the_pads_that_are_joined(tmp_path, monkeypatch):
    results = killed_at(wide(joins="true"), tmp_path, MPI.COMM_SELF, monkeypatch)
    whole, made = results(None, output="whole")
    with pytest.raises(Killed):
        results(made.index(2) + 1)
    found, _ = results(None, resume=True)
    one, other = (steps["steps"][-1]["hybrid_bonds"] for steps in (found, whole))
    assert one["pressure_mpa"] == pytest.approx(other["pressure_mpa"], rel=1e-8)
    assert one["contact"]["joined_percent"] == other["contact"]["joined_percent"] > 60.0


# a small pad: silicon below, copper in oxide, sides that grow as the silicon does
SMALL = """
title: a small pad
geometry:
  outline: {shape: rectangle, size: [8 um, 8 um]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 3 um, cells: 6, material: silicon}
    - name: bond
      thickness: 1 um
      cells: 2
      material: oxide
      regions: [{name: pad, shape: {rectangle: [4 um, 4 um]}, material: copper}]
materials:
  silicon: {youngs_modulus: 131 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K}
  oxide: {youngs_modulus: 72 GPa, poisson_ratio: 0.17, thermal_expansion: 0.5 ppm/K}
  copper: {youngs_modulus: 110 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K}
mesh: {in_plane_size: 0.5 um}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps: [{name: anneal, temperature: 300 degC, %s}]
report: {hybrid_bonds: {pads: bond/pad, recess: 4 nm}}
""" % (MIRROR % ("false", "base"))  # fmt: skip


def by_variational_inequality():
    """Mean pressure (Pa) of the pad, and the part of its nodes that presses: PETSc's reduced-space active set."""
    box = mesh.create_box(MPI.COMM_SELF, [[0.0, 0.0, 0.0], [4e-6, 4e-6, 4e-6]], [8, 8, 8], mesh.CellType.hexahedron)
    middles = mesh.compute_midpoints(box, 3, np.arange(8**3, dtype=np.int32))
    base, pad = middles[:, 2] < 3e-6, (middles[:, :2].max(axis=1) < 2e-6) & (middles[:, 2] > 3e-6)
    constants = np.where(base[:, None], [131e9, 0.28, 2.8e-6], [72e9, 0.17, 0.5e-6])
    constants[pad] = [110e9, 0.34, 17e-6]
    e, nu, alpha = (fem.Function(fem.functionspace(box, ("DG", 0))) for _ in range(3))
    for function, values in zip((e, nu, alpha), constants.T, strict=True):
        function.x.array[function.function_space.dofmap.list[:, 0]] = values
    space = fem.functionspace(box, ("Lagrange", 2, (3,)))
    u, v = fem.Function(space), ufl.TestFunction(space)
    strain = ufl.sym(ufl.grad(u)) - alpha * 275.0 * ufl.Identity(3)
    sigma = e / (1 + nu) * (strain + nu / (1 - 2 * nu) * ufl.tr(strain) * ufl.Identity(3))
    residual = ufl.inner(sigma, ufl.sym(ufl.grad(v))) * ufl.dx
    places, silicon = space.tabulate_dof_coordinates(), 2.8e-6 * 275.0 * 4e-6
    top = np.isclose(places[:, 2], 4e-6)
    inner = top & (places[:, :2].max(axis=1) < 2e-6 - 1e-9)
    conditions = []
    for component, where, value in (
        (0, np.isclose(places[:, 0], 0.0), 0.0),
        (1, np.isclose(places[:, 1], 0.0), 0.0),
        (0, np.isclose(places[:, 0], 4e-6), silicon),
        (1, np.isclose(places[:, 1], 4e-6), silicon),
        (2, top & ~inner, 0.0),
    ):
        conditions.append(
            fem.dirichletbc(
                PETSc.ScalarType(value), (3 * np.flatnonzero(where) + component).astype(np.int32), space.sub(component)
            )
        )
    form, jacobian = fem.form(residual), fem.form(ufl.derivative(residual, u))
    matrix = petsc.assemble_matrix(jacobian, conditions)
    matrix.assemble()

    def function(_, at, out):
        u.x.array[:] = at.array_r
        out.array[:] = fem.assemble_vector(form).array
        for condition in conditions:
            condition.set(out.array, at.array_r.copy(), -1.0)

    snes, upper = PETSc.SNES().create(MPI.COMM_SELF), matrix.createVecLeft()
    lower, start = upper.duplicate(), upper.duplicate()
    upper.array[:], lower.array[:] = PETSc.INFINITY, PETSc.NINFINITY
    upper.array[3 * np.flatnonzero(inner) + 2] = 4e-9
    for condition in conditions:
        condition.set(start.array)
    snes.setOptionsPrefix("pads_")
    PETSc.Options()["pads_snes_vi_zero_tolerance"] = 1e-20  # m, where its default is 10 nm
    snes.setType("vinewtonrsls")
    snes.setFromOptions()
    snes.setFunction(function, upper.duplicate())
    snes.setJacobian(lambda *_: None, matrix)
    snes.setVariableBounds(lower, upper)
    snes.getKSP().setType("preonly")
    snes.getKSP().getPC().setType("lu")
    snes.getKSP().getPC().setFactorSolverType("mumps")
    snes.setTolerances(rtol=1e-10, atol=1e-18)
    snes.solve(None, start)
    assert snes.getConvergedReason() > 0
    u.x.array[:] = start.array_r
    push = -fem.assemble_vector(form).array[2::3][inner]
    facets = mesh.locate_entities_boundary(box, 2, lambda at: np.isclose(at[2], 4e-6))
    tags = mesh.meshtags(box, 2, np.sort(facets), np.ones(len(facets), dtype=np.int32))
    ds = ufl.Measure("ds", box, subdomain_data=tags)
    areas = fem.assemble_vector(fem.form(v[2] * ds(1))).array[2::3][inner]
    return push.sum() / areas.sum(), areas[push > 1e-9 * push.max()].sum() / areas.sum()


@pytest.mark.slow
@pytest.mark.serial
def test_a_small_pad_meets_as_a_variational_inequality_says(tmp_path):
    (step,) = solve_case(SMALL, (), tmp_path, MPI.COMM_SELF)["steps"]
    found = step["hybrid_bonds"]
    pressure, met = by_variational_inequality()
    assert 1e6 * found["pressure_mpa"] == pytest.approx(pressure, rel=1e-6)  # the same cells
    assert found["contact"]["met_percent"] == pytest.approx(100.0 * met, rel=1e-6)
    assert 20.0 < found["contact"]["met_percent"] < 100.0


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("region: bond/pad", "region: bond/pat", "no such region; did you mean 'bond/pad'"),
        ("sides: base", "sides: bass", "no such layer; did you mean 'base'"),
        (
            "materials:",
            "    - {name: cap, thickness: 1 um, material: oxide}\nmaterials:",
            "uppermost layer of the step, 'cap'",
        ),
        ("pads: bond/pad, recess: 4 nm", "pads: bond/pad, recess: 6 nm", "has 6 nm for the same pads"),
        ("deflection: small", "deflection: auto", "cannot warp: write `deflection: small`"),
        ("recess: 4 nm}], joins", "recess: -4 nm}], joins", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused(old, new, message, tmp_path):
    (tmp_path / "case.yaml").write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(CaseError, match=message):
        load(tmp_path)
    assert yaml.safe_load(SMALL)["title"] == "a small pad"
