"""Places of a stack that are solved finer after every step."""

import json

import pytest
from mpi4py import MPI

from solver.errors import CaseError
from tests.solving import load_case, solve_case

PACKAGE = """
title: balls between a board and a die
geometry:
  outline: {shape: rectangle, size: [3.6 mm, 2.8 mm]}
  layers:
    - {name: board, thickness: 0.4 mm, material: laminate}
    - name: balls
      thickness: 0.2 mm
      cells: %d
      regions:
        - name: ball
          shape: {rectangle: [0.4 mm, 0.4 mm]}
          material: solder
          grid: {count: [2, 1], pitch: [1.6 mm, 1 mm]}
        - {name: fill, shape: {rectangle: [3.6 mm, 2.8 mm]}, material: underfill, fill: true}
    - {name: die, thickness: 0.4 mm, material: silicon}
materials:
  laminate: {youngs_modulus: 22 GPa, poisson_ratio: 0.2, thermal_expansion: 16 ppm/K}
  solder: {youngs_modulus: 45 GPa, poisson_ratio: 0.35, thermal_expansion: 22 ppm/K}
  underfill: {youngs_modulus: 8 GPa, poisson_ratio: 0.3, thermal_expansion: 30 ppm/K}
mesh: {in_plane_size: %s}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
analysis: {deflection: %s, time_tolerance: 0.1}
"""
OWN = """
submodels:
  - name: joint
    at: [0.8 mm, 0 mm]
    size: [1.2 mm, 1.2 mm]
    mesh: {in_plane_size: 0.2 mm, cells_per_layer: 2}
    layers:
      - {name: board, thickness: 0.4 mm, material: laminate, cells: 1}
      - name: balls
        thickness: 0.2 mm
        regions:
          - {name: ball, shape: {rectangle: [0.4 mm, 0.4 mm]}, material: solder}
          - {name: fill, shape: {rectangle: [1.2 mm, 1.2 mm]}, material: underfill, fill: true}
      - {name: die, thickness: 0.4 mm, material: silicon, cells: 1}
"""
AS_IT_IS = """
submodels:
  - {name: joint, at: weakest joint, of: balls/ball, size: [1.2 mm, 1.2 mm], mesh: {in_plane_size: %s}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_ball_in_a_package_is_as_in_a_package_meshed_as_finely(deflection, shared_path, comm):
    """Second discretisation: the whole package with the mesh of the submodel."""
    coarse = solve_case(PACKAGE % (1, "0.4 mm", deflection) + OWN, (), shared_path, comm)["steps"][0]
    fine = solve_case(PACKAGE % (2, "0.2 mm", deflection), (), shared_path, comm)["steps"][0]
    of_place, whole = coarse["submodels"]["joint"]["blocks"]["balls/ball"], fine["blocks"]["balls/ball"]
    found, expected = (one["strain_energy_density_kj_per_m3"] for one in (of_place, whole))
    assert found == pytest.approx(expected, rel=0.01)
    assert coarse["blocks"]["balls/ball"]["strain_energy_density_kj_per_m3"] != pytest.approx(expected, rel=0.04)
    key = "max_von_mises_mpa"
    assert of_place[key] == pytest.approx(whole[key], rel=0.01)
    assert coarse["submodels"]["joint"]["deflection"] == deflection


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_meshed_as_the_whole_a_place_is_the_whole(deflection, shared_path, comm):
    (step,) = solve_case(PACKAGE % (1, "0.4 mm", deflection) + AS_IT_IS % "0.4 mm", (), shared_path, comm)["steps"]
    place = step["submodels"]["joint"]
    assert place["strain_energy_mj"] == pytest.approx(place["whole_strain_energy_mj"], rel=1e-5)
    assert place["at_x_mm"] == pytest.approx(0.8, abs=1e-6) or place["at_x_mm"] == pytest.approx(-0.8, abs=1e-6)
    for face in place["cut"].values():
        assert face["felt"] < 1e-4
        assert face["difference_mpa"] < 1e-3 * face["traction_mpa"]
        assert face["move_out_um"] == 0.0
    assert not step["submodels"]["joint"]["cut"].keys() & {"top", "bottom"}


CYCLE = """
  steps:
    - repeat:
        times: 1
        steps:
          - {name: cold, temperature: 25 degC, rate: 10 K/min}
          - {name: hot, temperature: 100 degC, rate: 10 K/min}
          - {name: dwell, duration: 10 min}
"""


def in_time(deflection="small", solder="sac305-anand", cells=1, size="0.4 mm"):
    text = (PACKAGE % (cells, size, deflection)).replace("material: solder", f"material: {solder}")
    return text.replace("  steps: [{name: cool, temperature: 25 degC}]", CYCLE.strip("\n"))


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_meshed_as_the_whole_a_place_that_creeps_is_the_whole(deflection, shared_path, comm):
    steps = solve_case(in_time(deflection) + AS_IT_IS % "0.4 mm", (), shared_path, comm)["steps"]
    for step in steps:
        place = step["submodels"]["joint"]
        assert place["strain_energy_mj"] == pytest.approx(place["whole_strain_energy_mj"], rel=1e-4)
        of_place, of_whole = place["blocks"]["balls/ball"], step["blocks"]["balls/ball"]
        for key in ("inelastic_work_mean_mpa", "inelastic_work_step_mpa", "equivalent_inelastic_strain_max"):
            assert of_place[key] == pytest.approx(of_whole[key], rel=1e-4)
        assert place["deflection"] == deflection
        assert max(face["felt"] for face in place["cut"].values()) < 1e-3
    cycle = place["cycle"]["blocks"]["balls/ball"]
    assert place["cycle"]["cycle"] == 1
    assert cycle["inelastic_strain"] == pytest.approx(of_whole["equivalent_inelastic_strain_mean"], rel=1e-4)
    assert 0.0 < cycle["ratchet_strain"] < cycle["inelastic_strain"] + 0.01
    assert all("cycle" not in step["submodels"]["joint"] for step in steps[:-1])


BROKEN = {
    "at: weakest jont": "did you mean 'weakest joint'",
    "at: [1.6 mm, 0 mm]": "the place reaches outside the outline of the whole",
    "at: [1 mm]": "submodels.joint.at.1: this key is required",
    "size: [9 mm, 9 mm]": "the place is larger than the whole",
    "of: balls/bal": "`of` goes with a place by name",
    "bottom: bord.top": "did you mean 'board.top'",
    "within: other": "there is no such submodel before this one",
    "layers.balls.regions.ball.material: soldr": "did you mean 'solder'",
    "layers.board.thickness: 0.5 mm": "they rise 100 um above the whole",
}


@pytest.mark.serial
@pytest.mark.parametrize("change", BROKEN)
def test_what_is_wrong_with_a_place_is_said_of_its_key(change, tmp_path):
    key, _, value = change.partition(": ")
    with pytest.raises(CaseError) as found:
        load_case(PACKAGE % (1, "0.4 mm", "small") + OWN, [f"submodels.joint.{key}={value}"], tmp_path, MPI.COMM_SELF)
    assert BROKEN[change] in str(found.value)
    assert len(str(found.value).splitlines()) == 1
    assert "submodels.joint" in str(found.value)


@pytest.mark.serial
@pytest.mark.parametrize("at", ["weakest joint", "die corner"])
def test_a_named_place_that_leaves_the_whole_is_refused_before_anything_is_solved(at, tmp_path):
    """A joint is 1 mm from the next side, its corner 0.8 mm: 2.2 mm are too wide for both, 0.4 mm not."""
    named = AS_IT_IS.replace("weakest joint", at) % "0.4 mm"
    with pytest.raises(CaseError) as found:
        load_case(
            PACKAGE % (1, "0.4 mm", "small") + named, ["submodels.joint.size=[2.2 mm, 2 mm]"], tmp_path, MPI.COMM_SELF
        )
    assert "reaches outside the outline or across a mirror plane" in str(found.value)
    assert "submodels.joint.size" in str(found.value)
    load_case(
        PACKAGE % (1, "0.4 mm", "small") + named, ["submodels.joint.size=[0.4 mm, 0.4 mm]"], tmp_path, MPI.COMM_SELF
    )


@pytest.mark.slow
def test_zoom_adds_a_place_to_a_case(tmp_path, comm, capsys):
    from solver.parallel import on_root
    from solver.zoom import zoom

    directory = comm.bcast(tmp_path)
    case = PACKAGE % (1, "0.4 mm", "small")
    on_root(comm, lambda: (directory / "case.yaml").write_text(case, encoding="utf-8"))
    asked = {"at": "0 mm, 0 mm", "size": "[1 mm, 1 mm]", "mesh.in_plane_size": "0.5 mm"}
    results = zoom(directory, comm, asked, pictures=True)
    comm.barrier()
    steps = json.loads((results / "summary.json").read_text(encoding="utf-8"))["steps"]
    assert list(steps[0]["submodels"]["zoom"]["blocks"]) == ["board", "balls/fill", "die"]
    assert (results / "submodel_zoom_01_cool.csv").is_file()
    assert (results / "pictures" / "01_cool_submodel_zoom_place.png").is_file()
    with pytest.raises(CaseError, match="a new place needs --size"):
        zoom(directory, comm, {"at": "[0 mm, 0 mm]"})
    with pytest.raises(CaseError, match="there is no submodel 'joint'"):
        zoom(directory, comm, {}, "joint")
