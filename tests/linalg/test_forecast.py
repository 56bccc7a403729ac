"""What a run will take is known before it starts; one that does not fit is refused with the cell size that does."""

import re

import pytest

from meshes.plane import plane_mesh
from solver.errors import CaseError
from solver.linalg import estimate
from solver.models.forecast import check_memory, memory
from solver.models.solid.forecast import problems
from solver.remaining import Remaining
from solver.run import run
from tests.linalg.test_stopping import problem_of
from tests.metrics.test_submodels import OWN, PACKAGE
from tests.solving import load_case, solve_case

LIDDED = "fcbga_lidded/elastic.yaml"
CASE = """title: small block
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers: [{name: block, thickness: 1 mm, material: silicon}]
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


def problems_of(case, path, comm, *overrides, ranks=1):
    loaded = load_case(case, overrides, path, comm)
    return problems(loaded, plane_mesh(loaded.stack), ranks)


def test_every_problem_of_a_case_is_counted(shared_path, comm):
    """Heat; one step with two more temperatures for its curve; one step in the temperature field."""
    heat, cold, hot = problems_of(LIDDED, shared_path, comm)
    assert (heat.solves, cold.solves, hot.solves) == (1, 3, 1)
    assert cold.size.unknowns == hot.size.unknowns == 3 * heat.size.unknowns == 83574
    assert heat.decision.method == cold.decision.method == "columns"


def test_a_step_on_a_table_is_counted_as_the_increments_of_contact_it_is(shared_path, comm):
    """Contact is solved at large deflection however flat the stack stays, and looks for its places anew."""
    held, lying = (
        problems_of(CASE, shared_path, comm, f"process.steps.cool.support={support}", *extra)
        for support, extra in (("free", ()), ("table", ("process.gravity=true",)))
    )
    assert [problem.increments for problem in held] == [0]
    assert lying[-1].contact and lying[-1].increments > 1
    assert lying[-1].solves > 5 * lying[-1].increments
    assert sum(one.seconds for one in lying) > held[0].seconds + 0.5 * lying[-1].seconds


def test_a_stack_with_faces_that_may_press_is_foreseen_factorised(shared_path, comm):
    """As it is made where they do; without a crack the same stack is not."""
    cracked, whole = (
        problems_of("delamination_mould_die", shared_path, comm, *more)[-1]
        for more in ((), ("geometry.delaminations=[]",))
    )
    assert (cracked.decision.method, cracked.decision.why) == ("direct", "faces of cracks press on each other")
    assert whole.decision.method != "direct"
    assert cracked.cost.memory > whole.cost.memory


def test_a_cohesive_interface_is_foreseen_factorised_in_many_increments(shared_path, comm):
    """At large deflection, beside one solve with it sound."""
    zone = "geometry.delaminations.0.cohesive={normal_strength: 20 MPa, opening: 20 J/m^2}"
    more = "geometry.delaminations.0.toughness=null", zone, "analysis.deflection=large"
    sound, held, _ = problems_of("delamination_mould_die", shared_path, comm, *more)
    assert {sound.decision.why, held.decision.why} == {"a cohesive interface may soften"}
    assert (sound.solves, held.setups) == (2, held.increments)  # of two steps
    assert held.solves > held.increments > 30 and held.cost.memory > sound.cost.memory
    weak = zone.replace("20 J/m^2", "1e-4 J/m^2").replace("20 MPa", "0.01 MPa")
    parts = problems_of("delamination_mould_die", shared_path, comm, more[0], weak, more[2])[1]
    assert parts.increments > held.increments + 50  # its mismatch releases more than such an interface takes


@pytest.mark.parametrize(("case", "size"), [("foplp_panel", "20mm"), (LIDDED, "2mm"), (LIDDED, "1mm")])
@pytest.mark.slow
def test_plates_are_foreseen_as_the_solver_makes_them(case, size, shared_path, comm):
    overrides = (f"mesh.in_plane_size={size}",)
    found = problems_of(case, shared_path, comm, *overrides, "analysis.solver=columns")
    expected = next(problem.size for problem in found if problem.what.startswith("step"))
    problem = problem_of(case, overrides, shared_path, comm)
    problem.solve(298.15)
    plates = comm.allreduce(problem._solver._multigrid.numbering.mine)
    assert expected.plates == pytest.approx(plates / expected.columns, rel=0.1)


def test_the_cost_grows_with_the_mesh_and_the_ranks(shared_path, comm):
    for model in estimate.MODELS.values():
        size = estimate.Size(300_000, 12_000, plates=2.0)
        small, large, two = model(size, 1), model(estimate.Size(600_000, 24_000, plates=2.0), 1), model(size, 2)
        assert 1.5 < large.seconds / small.seconds < 3.5
        assert 1.5 < (large.memory - estimate.BASE_BYTES) / (small.memory - estimate.BASE_BYTES) < 2.5
        assert two.memory - small.memory == pytest.approx(estimate.BASE_BYTES)


@pytest.mark.slow
def test_a_run_that_does_not_fit_is_refused_with_a_size_that_does(shared_path, comm, monkeypatch):
    monkeypatch.setattr(estimate, "available_memory", lambda: 0.7e9 * comm.size)
    loaded = load_case("foplp_panel", ("mesh.in_plane_size=2mm",), shared_path, comm)
    with pytest.raises(CaseError, match=r"in_plane_size.* needs about .* GB .*--force") as refused:
        check_memory(problems, loaded, plane_mesh(loaded.stack), comm, Remaining())
    size = re.search(r"cells of (\S+ mm) would fit", str(refused.value))[1]
    loaded = load_case("foplp_panel", (f"mesh.in_plane_size={size}",), shared_path, comm)
    check_memory(problems, loaded, plane_mesh(loaded.stack), comm, Remaining())


@pytest.mark.serial
@pytest.mark.slow
def test_force_starts_all_the_same(shared_path, comm, monkeypatch):
    monkeypatch.setattr(estimate, "available_memory", lambda: 1e6)
    load_case(CASE, (), shared_path, comm)
    with pytest.raises(CaseError, match="no mesh would fit"):
        run(shared_path / "case.yaml", [], comm)
    assert (run(shared_path / "case.yaml", [], comm, force=True) / "summary.json").is_file()


CORNER = """
  - name: corner
    at: die corner
    of: balls/ball
    size: [0.4 mm, 0.4 mm]
    mesh: {in_plane_size: 0.1 mm, cells_per_layer: 2}
"""


@pytest.mark.slow
def test_submodels_are_counted_with_the_cells_they_get_and_in_memory_beside_the_whole(shared_path, comm):
    """One of its own layers; one of those of the whole, by name."""
    case = PACKAGE % (1, "0.4 mm", "small") + OWN + CORNER
    whole, *places = problems_of(case, shared_path, comm)
    (step,) = solve_case(case, (), shared_path, comm)["steps"]
    for problem, (name, entry) in zip(places, step["submodels"].items(), strict=True):
        assert problem.what == f"submodel '{name}', {entry['cells']} cells"
        assert (problem.solves, problem.setups, problem.increments) == (1, 1, 0)
    assert memory([whole, *places]) == sum(one.cost.memory for one in (whole, *places))


def test_steps_in_time_are_counted_in_increments_and_so_are_their_places(shared_path, comm):
    solder = "\n  steps: [{name: cool, temperature: 25 degC, rate: 10 K/min}, {name: hold, duration: 1 h}]"
    case = (PACKAGE % (1, "0.4 mm", "small") + OWN).replace("material: solder", "material: sac305-anand")
    case = case.replace("\n  steps: [{name: cool, temperature: 25 degC}]", solder)
    whole, place = problems_of(case, shared_path, comm)
    assert whole.what == "step 'cool', step 'hold'"
    assert whole.increments > 20
    assert place.increments > whole.increments
    assert place.seconds == pytest.approx(sum(seconds for _, seconds in place.parts))


@pytest.mark.serial
def test_a_place_that_does_not_fit_is_refused_by_its_key(tmp_path, comm, monkeypatch):
    case = PACKAGE % (1, "0.4 mm", "small") + OWN
    loaded = load_case(case, ("submodels.joint.mesh.in_plane_size=20um",), tmp_path, comm)
    monkeypatch.setattr(estimate, "available_memory", lambda: 5e8)
    with pytest.raises(CaseError, match=r"submodels.*joint.*larger cells of the place or a smaller place would fit"):
        check_memory(problems, loaded, plane_mesh(loaded.stack), comm, Remaining())
