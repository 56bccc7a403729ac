"""`from solver import load, solve`: the numbers of `planish run`, in memory, whatever the case is given as."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from dolfinx import fem
from mpi4py import MPI

from solver import CaseError, load, solve
from solver.metrics.step_result import StepResult
from solver.output.summary import plain
from solver.parallel import on_root
from solver.run import run

COMM = MPI.COMM_WORLD
CASE = yaml.safe_load("""
title: three layers, heated from below
geometry:
  outline: {shape: rectangle, size: [20 mm, 10 mm]}
  symmetry: quarter
  layers:
    - {name: film, thickness: 0.1 mm, material: mould}
    - {name: glass, thickness: 0.7 mm, material: glass}
    - {name: mould, thickness: 0.4 mm, material: mould}
materials:
  glass: {youngs_modulus: 70 GPa, poisson_ratio: 0.2, thermal_expansion: 3 ppm/K, thermal_conductivity: 1 W/m/K}
  mould: {youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 9 ppm/K, thermal_conductivity: 0.8 W/m/K}
mesh: {in_plane_size: 2.5 mm}
analysis: {solver: direct, deflection: small}
thermal:
  power: [{layer: glass, total: 1 W}]
  boundaries: [{face: top, convection: 500 W/m^2/K, ambient: 25 degC}]
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: cool, temperature: 25 degC}
    - {name: in use, temperature: thermal}
    - {name: peel, remove: [film], temperature: 25 degC}
""")
TIMES = ("run", "wall_seconds", "peak_memory_gb", "case")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = COMM.bcast(tmp_path_factory.mktemp("case"))
    on_root(COMM, lambda: (path / "case.yaml").write_text(yaml.safe_dump(CASE), encoding="utf-8"))
    return path


@pytest.fixture(scope="module")
def of_run(folder: Path) -> dict:
    """summary.json of `planish run`."""
    results = run(folder, (), COMM, pictures=False)
    return on_root(COMM, lambda: json.loads((results / "summary.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def solved():
    return solve(CASE)


def _numbers(found, where: str = "") -> dict:
    """Every number with its place."""
    if isinstance(found, dict):
        items = [(key, value) for key, value in found.items() if key not in TIMES]
    elif isinstance(found, list | tuple):
        items = list(enumerate(found))
    else:
        return {where: found} if isinstance(found, int | float) else {}
    return {place: value for key, one in items for place, value in _numbers(one, f"{where}/{key}").items()}


def _apart(found: dict, wanted: dict) -> dict:
    """Numbers that differ by more than round-off."""
    close = {place: found[place] == pytest.approx(value, rel=1e-6, abs=1e-7) for place, value in wanted.items()}
    return {place: (found[place], wanted[place]) for place, same in close.items() if not same}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dict", "directory", "case"])
def test_dict_directory_and_case_give_the_numbers_of_the_command(kind, folder, of_run, solved):
    """The same method on the same matrix: what differs is round-off of sums over ranks and threads."""
    of_kind = {"dict": lambda: solved, "directory": lambda: solve(folder), "case": lambda: solve(load(CASE).case)}
    found, wanted = _numbers(of_kind[kind]().summary), _numbers(of_run)
    assert found.keys() == wanted.keys()
    assert len(wanted) > 200
    assert _apart(found, wanted) == {}


def test_fields_stay_valid_after_the_run(solved):
    """Each step has a displacement of its own; its largest height is the warpage that was read of it."""
    cool, use, peel = (step.fields for step in solved.steps)
    assert isinstance(cool.displacement, fem.Function)
    assert isinstance(use.temperature, fem.Function)
    assert cool.temperature == pytest.approx(298.15)
    for step, fields in zip(solved.steps, (cool, use, peel), strict=True):
        z = fields.displacement.x.array[2::3]
        rise = COMM.allreduce(z.max(), MPI.MAX) - COMM.allreduce(z.min(), MPI.MIN)
        assert 1e6 * rise == pytest.approx(step.metrics["warpage_um"], rel=0.05)  # and the growth of the thickness
    assert [one.stack_mesh.cells for one in (cool, use, peel)] == [24, 24, 16]


def test_numbers_are_values_and_plain_dicts(solved):
    """The entry of every step gives the step back, and the whole run is what summary.json has."""
    for step in solved.steps:
        assert step.result.path.shape.warpage_um == step.metrics["warpage_um"]
        assert plain(StepResult.read(step.metrics).summary()) == step.metrics
    assert solved.numbers.steps[0] is solved.step("cool").result
    assert solved.numbers.mesh.cells == solved.summary["cells"]
    assert plain(solved.numbers.entry()) == solved.summary


@pytest.mark.slow
def test_grids_are_the_files_of_a_run(folder, of_run, solved):
    """Every rank has its own piece; stress comes back from its DOLFINx function as it was."""
    import pyvista as pv

    pieces = sorted((folder / "results" / "fields").glob(f"*_cool/{COMM.rank:05d}.vtu"))
    there, here = pv.read(pieces[0]), solved.step("cool").fields.grid
    assert there.n_cells == here.n_cells > 0
    for name in ("displacement_um", "stress_mpa", "von_mises_mpa", "layer"):
        data = here.point_data if name in here.point_data else here.cell_data
        scale = np.abs(there[name]).max()
        assert np.abs(there[name] - data[name]).max() <= 1e-7 * scale
    hot = solved.heat.fields.grid["temperature_degc"].max()
    hottest = solved.heat.metrics["max_temperature_degc"]
    assert COMM.allreduce(hot, MPI.MAX) == pytest.approx(hottest, abs=1e-3 * hottest)


def test_nothing_is_written(tmp_path, monkeypatch):
    """The only folders a run may touch are those it is given, and it is given none."""
    monkeypatch.chdir(tmp_path)
    solve(CASE | {"thermal": None, "process": CASE["process"] | {"steps": CASE["process"]["steps"][:1]}})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_output_is_what_a_run_writes(shared_path, of_run, solved):
    found = solve(CASE, output=shared_path / "results", pictures=False)
    assert found.directory == shared_path / "results"
    written = json.loads((found.directory / "summary.json").read_text(encoding="utf-8"))
    assert _apart(_numbers(written), _numbers(of_run)) == {}
    for name in ("case.yaml", "log.txt", "fields/steps.pvd"):
        assert (found.directory / name).is_file()


@pytest.mark.parallel
@pytest.mark.slow
def test_a_communicator_of_one_rank_solves_the_whole_case(solved):
    """Every rank for itself: a sweep shared out."""
    alone = solve(CASE, comm=MPI.COMM_SELF)
    assert alone.summary["ranks"] == 1
    assert alone.steps[0].metrics["warpage_um"] == pytest.approx(solved.steps[0].metrics["warpage_um"], rel=1e-6)


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        (("geometry", "layers", 2, "thicknes"), "1 mm", "did you mean 'thickness'?"),
        (("mesh", "in_plane_size"), 2.5, "a length needs a unit"),
        (("process", "steps", 2, "remove"), ["flim"], "did you mean 'film'?"),
    ],
)
def test_a_bad_dict_gets_one_error_that_names_the_key(path, value, word):
    case = json.loads(json.dumps(CASE))
    node = case
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    with pytest.raises(CaseError) as error:
        solve(case)
    assert len(str(error.value).splitlines()) == 1
    assert word in str(error.value)
    assert str(path[-1]) in str(error.value)


def test_a_dict_is_left_as_it_is_and_takes_overrides():
    loaded = load(CASE, ["geometry.layers.mould.thickness=0.5 mm"])
    assert loaded.stack.layer("mould").thickness == pytest.approx(0.5e-3)
    assert CASE["geometry"]["layers"][2]["thickness"] == "0.4 mm"


def test_a_case_in_si_is_not_written(tmp_path):
    """It has lost the text that the results keep."""
    for case in (load(CASE).case, load(load(CASE).case)):
        with pytest.raises(CaseError, match="give the dict or the directory"):
            solve(case, output=tmp_path / "results")
    assert list(tmp_path.iterdir()) == []


def test_the_laminate_model_has_metrics_and_no_fields():
    case = {key: value for key, value in CASE.items() if key != "thermal"} | {"analysis": {"model": "laminate"}}
    case["process"] = CASE["process"] | {"steps": CASE["process"]["steps"][:1]}
    (step,) = solve(case).steps
    assert step.fields is None
    assert step.metrics["warpage_um"] > 0
