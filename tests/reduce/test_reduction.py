"""`planish reduce` against the heat problem it reduces, steady and in time, at films that had no part in it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from mpi4py import MPI
from scipy import linalg
from scipy.io import loadmat

from solver.errors import CaseError
from solver.parallel import on_root
from solver.progress import Progress
from solver.simulation import Simulation
from solver.studies.reduce import ReducedModel
from solver.studies.reduce.study import study
from tests.reduce.spice import Circuit
from tests.solving import load_case

pytestmark = pytest.mark.slow

PACKAGE = yaml.safe_load("""
title: small lidded package
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: substrate, thickness: 1 mm, material: board}
    - name: bumps
      thickness: 0.07 mm
      regions:
        - {name: bump field, shape: {rectangle: [8 mm, 8 mm]}, material: joint}
        - {name: foot, shape: {rectangle: [20 mm, 20 mm], hole: [16 mm, 16 mm]}, material: board}
    - name: die
      thickness: 0.8 mm
      regions:
        - {name: die, shape: {rectangle: [8 mm, 8 mm]}, material: chip}
        - {name: foot, shape: {rectangle: [20 mm, 20 mm], hole: [16 mm, 16 mm]}, material: metal}
    - {name: lid, thickness: 1 mm, material: metal}
materials:
  board: {thermal_conductivity: [20 W/m/K, 20 W/m/K, 0.5 W/m/K], density: 1900 kg/m^3, specific_heat: 1100 J/kg/K}
  joint: {thermal_conductivity: 5 W/m/K, density: 3000 kg/m^3, specific_heat: 600 J/kg/K}
  chip: {thermal_conductivity: 120 W/m/K, density: 2330 kg/m^3, specific_heat: 710 J/kg/K}
  metal: {thermal_conductivity: 390 W/m/K, density: 8900 kg/m^3, specific_heat: 385 J/kg/K}
mesh: {in_plane_size: 2 mm}
thermal:
  power: [{layer: bumps, region: bump field, total: 30 W}]
  boundaries:
    - {face: top, convection: 3000 W/m^2/K, ambient: 35 degC}
    - {face: bottom, convection: 50 W/m^2/K, ambient: 35 degC}
  interfaces: [{between: [die/die, lid], resistance: 10 mm^2 K/W}]
""")
HELD_OUT = [(10.0, 10.0), (10.0, 1e4), (1e4, 10.0), (37.0, 21.0), (61.0, 7300.0), (430.0, 170.0), (2900.0, 8200.0)]
HOT = "bump field hottest"


def changed(change=lambda case: None):
    case = json.loads(json.dumps(PACKAGE))
    change(case)
    return case


def reduce(path, comm, change=lambda case: None):
    """What `reduced.json` holds, and the model as it is read back."""
    on_root(comm, lambda: (path / "case.yaml").write_text(yaml.safe_dump(changed(change)), encoding="utf-8"))
    known = study(path, [], comm)
    return known, ReducedModel.load(path / "results" / "reduced" / "reduced.npz")


def full(path, comm, change):
    """The `thermal` summary of the same case by `planish run`."""
    loaded = load_case(yaml.safe_dump(changed(change)), (), path, comm)
    return Simulation(loaded, comm, Progress(comm, quiet=True)).heat().summary


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    comm = MPI.COMM_WORLD
    path = comm.bcast(tmp_path_factory.mktemp("package"))
    return (*reduce(path, comm), path)


def films(top, bottom):
    def change(case):
        case["thermal"]["boundaries"][0]["convection"] = f"{top} W/m^2/K"
        case["thermal"]["boundaries"][1]["convection"] = f"{bottom} W/m^2/K"

    return change


def test_steady_temperatures_over_three_decades_of_films(package, shared_path, comm):
    """The full model solved anew for films of 10 to 1e4 W/m2K on both faces; 0.1 % was asked for."""
    _, model, _ = package
    for top, bottom in HELD_OUT:
        expected = full(shared_path, comm, films(top, bottom))
        found = model.steady(films={"top": top, "bottom": bottom})
        rise = expected["max_temperature_degc"] - 35.0
        mean = expected["regions"]["bumps/bump field"]["mean_temperature_degc"]
        assert found["bump field mean"] == pytest.approx(mean, abs=1e-3 * rise)
        assert found[HOT] == pytest.approx(expected["max_temperature_degc"], abs=2e-3 * rise)
        heat = model.heat_flows(found, {"top": top, "bottom": bottom})
        assert sum(heat.values()) == pytest.approx(30.0, rel=1e-6)  # constants are in the space, so heat balances
        for one in expected["boundaries"]:
            assert heat[one["face"]] == pytest.approx(one["heat_w"], abs=1e-3 * 30.0)


@pytest.mark.parametrize(("top", "bottom"), [(25.0, 15.0), (7000.0, 4000.0)])
def test_power_that_comes_and_goes_in_time(package, shared_path, comm, top, bottom):
    """Half a second of power, off, and on again, beside the full model in steps whose error is 1e-4."""
    _, model, _ = package

    def change(case):
        films(top, bottom)(case)
        case["thermal"]["power"][0]["waveform"] = {"pulse": {"period": "1 s", "duty": 0.5}}
        case["analysis"] = {"transient": {"duration": "1.5 s", "start": "35 degC", "tolerance": 1e-4}}

    history = full(shared_path, comm, change)["history"]
    times = np.array(history["time_s"])[1:]
    mean = np.array(history["regions"]["bumps/bump field"]["mean_temperature_degc"])[1:]
    found = model.transient(lambda t: 30.0 if t % 1.0 < 0.5 else 0.0, times, [top, bottom], uniform_degc=35.0)
    late = times >= model.shortest_time
    error = np.abs(found[:, model.output_names.index("bump field mean")] - mean)[late] / (mean[late] - 35.0)
    assert error.max() < 5e-3  # 1 % is what is promised


def test_what_it_says_of_itself(package, comm):
    known, model, path = package
    assert known["tolerance_reached"]
    assert known["held_out_error"] <= 1e-3
    assert known["candidate_error"] <= 1e-3
    assert known["step_error"] < 0.01
    assert known["as_it_stands"]["error"] < 1e-3
    assert known["warnings"] == []
    assert known["order"] == model.order < 60
    assert known["hottest_points_mm"]["bump field"][:2] == pytest.approx([0, 0], abs=1e-9)
    assert (path / "results" / "pictures" / "reduced.png").stat().st_size > 20_000


def test_the_model_is_stable_at_any_films(package):
    """Symmetric, capacity and conduction without negative eigenvalues: no mode grows (SciPy's eigenvalues)."""
    _, model, _ = package
    for matrix in (model.capacity, model.conduction, *model.exchange):
        assert matrix == pytest.approx(matrix.T, abs=1e-14 * np.abs(matrix).max())
        assert linalg.eigvalsh(matrix).min() > -1e-10 * np.abs(matrix).max()
    for h in HELD_OUT:
        times = model.modes(np.array(h)).times
        assert np.all(times >= 0.0)
        a = model.state_space(h)[0]
        assert linalg.eigvals(a).real.max() < 0.0


def test_surroundings_that_are_the_same_everywhere_are_reached_to_rounding(package):
    _, model, _ = package
    for h in HELD_OUT:
        found = model.steady(0.0, h, 60.0)
        assert list(found.values()) == pytest.approx([60.0] * len(found), rel=1e-7)
    course = model.start(0.0, 100.0, 20.0, uniform_degc=20.0)
    assert course.step(3.0)[HOT] == pytest.approx(20.0, rel=1e-9)


def test_steps_of_any_length_end_at_the_same_temperature(package):
    """Powers that hold are integrated exactly, so 1 step is as good as 100; and powers superpose."""
    _, model, _ = package
    one, many = model.start(), model.start()
    expected = one.step(5.0, 30.0)
    for _ in range(100):
        found = many.step(0.05, 30.0)
    assert found == pytest.approx(expected, rel=1e-10)
    double = model.start().step(5.0, 60.0)
    assert double[HOT] - 35.0 == pytest.approx(2.0 * (expected[HOT] - 35.0), rel=1e-10)
    settled = model.start().step(1e5, 30.0, films=500.0)
    assert settled == pytest.approx(model.steady(30.0, 500.0), rel=1e-9)


def test_state_space_of_the_mat_file_gives_the_same_step(package):
    """dx/dt = A x + B u by SciPy's matrix exponential."""
    _, model, path = package
    file = loadmat(path / "results" / "reduced" / "reduced.mat", squeeze_me=True)
    u, t = np.array([30.0, 35.0, 35.0]), 2.0
    start = np.linalg.solve(-file["A"], file["B"] @ np.array([0.0, 35.0, 35.0]))
    steady = np.linalg.solve(-file["A"], file["B"] @ u)
    state = steady + linalg.expm(file["A"] * t) @ (start - steady)
    found = file["C"] @ state + np.atleast_2d(file["D"]).reshape(-1, 3) @ u
    assert found == pytest.approx(list(model.start().step(t, 30.0).values()), rel=1e-6)
    assert [str(name) for name in file["films"]] == ["top", "bottom"]
    assert file["exchange"].shape == (model.order, model.order, 2)


def test_the_netlist_is_the_model(package):
    """Operating point and a step of 2 s by nodal analysis with other films and surroundings than those of the case."""
    _, model, path = package
    circuit = Circuit((path / "results" / "reduced" / "reduced.cir").read_text(), h_top=700.0, h_bottom=33.0)
    given = {"films": {"top": 700.0, "bottom": 33.0}, "ambient_degc": {"top": 25.0, "bottom": 40.0}}
    circuit.add("Vtop a_top 0 25")
    circuit.add("Vbottom a_bottom 0 40")
    start = circuit.operating_point()
    circuit.add("Ipower 0 p_bump_field 30")
    found, steady = circuit.operating_point(), model.steady(30.0, **given)
    assert found["t_bump_field_hottest"] == pytest.approx(steady[HOT], rel=1e-8)
    assert found["p_bump_field"] == pytest.approx(steady["bump field mean"], rel=1e-8)
    heat = model.heat_flows(steady, **given)
    assert [found["i(vtop)"], found["i(vbottom)"]] == pytest.approx(list(heat.values()), rel=1e-6)
    after = model.start(0.0, **given).step(2.0, 30.0)
    assert circuit.step(start, 0.005, 400)["t_bump_field_hottest"] == pytest.approx(after[HOT], rel=1e-4)


def test_the_network_is_near_the_full_model(package, shared_path, comm):
    """Resistances of the file solved by hand, beside `planish run`, at films it was not fitted to."""
    known, _, path = package
    fit = known["network"]
    assert max(fit["training"]["junction_error_max"], fit["held_out"]["junction_error_max"]) < 0.05
    assert fit["held_out"]["heat_error_max"] < 0.05
    file = json.loads((path / "results" / "reduced" / "network.json").read_text())
    names = [node["name"] for node in file["nodes"]]
    assert names == ["bump field", "top inner", "top outer", "bottom inner", "bottom outer"]
    for h in ({"top": 61.0, "bottom": 3300.0}, {"top": 5000.0, "bottom": 15.0}):
        matrix = np.zeros((len(names), len(names)))
        for one in file["resistors"]:
            a, b = (names.index(name) for name in one["between"])
            matrix[np.ix_([a, b], [a, b])] += np.array([[1, -1], [-1, 1]]) / one["k_per_w"]
        for place, node in enumerate(file["nodes"]):
            matrix[place, place] += h[node["film"]] * 1e-6 * node["area_mm2"] if node["kind"] == "face" else 0.0
        rise = np.linalg.solve(matrix, [30.0, 0, 0, 0, 0])[0]
        expected = full(shared_path, comm, films(**h))["max_temperature_degc"] - 35.0
        assert rise == pytest.approx(expected, rel=0.05)


@pytest.mark.serial
def test_a_further_face_sinks_and_two_powers(shared_path, comm):
    """A heat sink with a capacity on top, sides that the case leaves adiabatic, an input and an output of its own."""

    def change(case):
        case["thermal"]["boundaries"][0] = {
            "face": "top",
            "heat_sink": {"resistance": "1.5 K/W", "capacity": "20 J/K", "ambient": "35 degC"},
        }
        case["reduce"] = {
            "inputs": [{"layer": "bumps", "region": "bump field"}, {"layer": "substrate"}],
            "outputs": [{"layer": "lid"}],
            "films": [{"face": "sides", "range": ["5 W/m^2/K", "500 W/m^2/K"]}],
            "tolerance": "0.5 %",
            "shortest_time": "0.2 s",
        }

    known, model = reduce(shared_path, comm, change)
    assert model.inputs == ("bump field", "substrate")
    assert model.films == ("top", "bottom", "sides")
    assert known["step_error"] < 0.02
    assert "lid hottest" in model.output_names

    def beside(case):
        change(case)
        case.pop("reduce")
        case["thermal"]["boundaries"].append({"face": "sides", "convection": "90 W/m^2/K", "ambient": "35 degC"})
        case["thermal"]["power"].append({"layer": "substrate", "total": "4 W"})
        case["analysis"] = {"transient": {"duration": "20 s", "start": "35 degC", "tolerance": 1e-4}}

    expected = full(shared_path, comm, beside)
    course = model.start(0.0, {"sides": 90.0}, 35.0, uniform_degc=35.0)
    found = course.step(20.0, {"bump field": 30.0, "substrate": 4.0})
    for name, region in (("bump field", "bumps/bump field"), ("substrate", "substrate"), ("lid", "lid")):
        mean = expected["regions"][region]["mean_temperature_degc"]
        assert found[f"{name} mean"] - 35.0 == pytest.approx(mean - 35.0, rel=0.01)


def test_a_face_that_is_held_is_what_temperatures_are_counted_from(shared_path, comm):
    def change(case):
        case["thermal"]["boundaries"][1] = {"face": "bottom", "temperature": "60 degC"}
        case["thermal"]["interfaces"] = []
        case["reduce"] = {"tolerance": "0.2 %", "shortest_time": "10 ms"}

    known, model = reduce(shared_path, comm, change)
    assert model.reference_degc == pytest.approx(60.0)
    assert model.films == ("top",)
    assert any("a face is held" in text for text in known["warnings"])
    assert known["step_error"] < 0.01

    def beside(case):
        change(case)
        films(150.0, 1.0)({"thermal": {"boundaries": [case["thermal"]["boundaries"][0], {}]}})

    expected = full(shared_path, comm, beside)["max_temperature_degc"]
    assert model.steady(30.0, 150.0)[HOT] == pytest.approx(expected, abs=0.003 * (expected - 35.0))


def test_what_is_not_linear_is_said(shared_path, comm):
    """Conductivity, radiation and leakage: linear at the temperature of the case, an input and a warning."""

    def change(case):
        table = {"temperature": ["0 degC", "200 degC"], "value": ["160 W/m/K", "80 W/m/K"]}
        case["materials"]["chip"]["thermal_conductivity"] = table
        case["thermal"]["boundaries"][1]["emissivity"] = 0.9
        case["thermal"]["power"][0]["leakage"] = {"reference": "1 W", "at": "25 degC", "exponent": "0.01 1/K"}
        case["reduce"] = {"tolerance": "1 %", "shortest_time": "0.1 s", "temperature": "50 degC", "network": False}

    known, model = reduce(shared_path, comm, change)
    assert model.inputs == ("bump field", "bump field leakage")
    assert model.powers == pytest.approx([30.0, np.exp(0.01 * 25.0)], rel=1e-9)
    # 4 eps sigma T^3 at 50 degC, beside the convection
    assert model.film_coefficients[1] == pytest.approx(50.0 + 4 * 0.9 * 5.670374e-8 * 323.15**3, rel=1e-6)
    said = next(text for text in known["warnings"] if "taken as linear" in text)
    assert "conductivity, leakage, radiation taken as linear at 50 degC" in said
    assert 0.0 < known["as_it_stands"]["error"] < 0.05
    assert known["network"] is None


@pytest.mark.serial
def test_the_evaluator_needs_neither_fenicsx_nor_petsc(package):
    _, _, path = package
    script = (
        "import sys; from solver.studies.reduce import ReducedModel; "
        f"print(ReducedModel.load({str(path / 'results/reduced/reduced.npz')!r}).steady()['{HOT}']); "
        "assert not {'dolfinx', 'petsc4py', 'mpi4py', 'ufl', 'pydantic'} & set(sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(ReducedModel.load(path / "results/reduced/reduced.npz").steady()[HOT])


@pytest.mark.serial
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_reads_the_netlist(package, tmp_path):
    _, model, path = package
    text = (path / "results" / "reduced" / "reduced.cir").read_text()
    sources = "Va a_top 0 25\nVb a_bottom 0 40\nI1 0 p_bump_field 30\n"
    call = f"X1 {' '.join(Circuit(text).pins)} package h_top=700 h_bottom=33\n"
    orders = ".control\nop\nprint v(t_bump_field_hottest)\nquit\n.endc\n.end\n"
    (tmp_path / "deck.cir").write_text(f"test\n{text}{call}{sources}{orders}")
    command = ["ngspice", "-b", str(tmp_path / "deck.cir")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    value = float(next(line for line in said.splitlines() if line.startswith("v(t_bump_field_hottest)")).split("=")[1])
    expected = model.steady(30.0, {"top": 700, "bottom": 33}, {"top": 25, "bottom": 40})[HOT]
    assert value == pytest.approx(expected, rel=1e-6)


def test_names_the_model_does_not_know_are_named(package):
    _, model, _ = package
    with pytest.raises(ValueError, match="no input 'bump fild'; did you mean 'bump field'"):
        model.steady({"bump fild": 1.0})
    with pytest.raises(ValueError, match="no film 'left'; there are 'top', 'bottom'"):
        model.steady(films={"left": 1.0})
    with pytest.raises(ValueError, match="3 values for 2 films"):
        model.steady(films=[1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="made for 10 to 1e.04"), pytest.raises(ValueError, match="takes heat away"):
        model.steady(films=0.0)
    with pytest.warns(UserWarning, match="film 'top' at 5e.04 W/m2/K"):
        model.steady(films={"top": 5e4})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda case: case.update(reduce={"films": [{"face": "tob"}]}), "no face 'tob'; did you mean 'top'"),
        (lambda case: case.update(reduce={"inputs": [{"region": "dye"}]}), "no region 'dye'; did you mean 'die'"),
        (
            lambda case: case.update(reduce={"films": [{"face": "top", "range": ["100 W/m^2/K", "10 W/m^2/K"]}]}),
            "positive and ascending",
        ),
        (lambda case: case.update(reduce={"shortest": "1 s"}), "did you mean 'shortest_time'"),
        (lambda case: case["thermal"].update(power=[]), "needs a power"),
        (
            lambda case: case["thermal"].update(boundaries=[{"face": "top", "temperature": "25 degC"}]),
            "needs a face with convection",
        ),
        (lambda case: case["materials"]["chip"].pop("density"), "has no density, which a reduced model needs"),
    ],
)
def test_wrong_cases_are_named(shared_path, comm, change, words):
    with pytest.raises(CaseError, match=words):
        reduce(shared_path, comm, change)
