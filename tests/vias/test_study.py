"""`planish vias` against series resistances, the balance of dissipation and common sense; wrong cases are named."""

import json

import numpy as np
import pytest
import yaml

from solver.errors import CaseError
from solver.parallel import on_root
from solver.progress import Progress
from solver.report.pictures import vias
from solver.simulation import Simulation
from solver.studies.vias.array import find
from solver.studies.vias.performance import performance
from solver.studies.vias.study import study
from tests.solving import load_case

pytestmark = pytest.mark.slow

PLATE = {
    "title": "plate of vias",
    "geometry": {
        "outline": {"shape": "rectangle", "size": ["4 mm", "4 mm"]},
        "symmetry": "quarter",
        "layers": [
            {"name": "base", "thickness": "0.1 mm", "material": "metal"},
            {
                "name": "board",
                "thickness": "1 mm",
                "material": "resin",
                "regions": [
                    {"name": "vias", "shape": {"circle": "0.3 mm", "bore": "0.2 mm"}, "material": "metal",
                     "grid": {"count": [4, 4], "pitch": ["1 mm", "1 mm"]}}
                ],
            },
            {"name": "top", "thickness": "0.1 mm", "material": "metal",
             "regions": [{"name": "die", "shape": {"rectangle": ["4 mm", "4 mm"]}, "material": "metal"}]},
        ],
    },
    "materials": {
        "metal": {"thermal_conductivity": "385 W/m/K", "base": "copper"},
        "resin": {"thermal_conductivity": "0.3 W/m/K", "base": "emc-generic"},
    },
    "mesh": {"in_plane_size": "0.5 mm"},
    "thermal": {
        "power": [{"layer": "top", "region": "die", "total": "2 W"}],
        "boundaries": [{"face": "bottom", "convection": "5000 W/m^2/K", "ambient": "30 degC"}],
    },
}  # fmt: skip
COOLED = {"process": {"stress_free_temperature": "125 degC", "steps": [{"name": "cool", "temperature": "25 degC"}]}}
METAL = 16 * np.pi * (0.15**2 - 0.1**2)  # mm^2
EVEN = 1e-3 / (1e-6 * (385 * METAL + 0.3 * (16 - METAL)))  # K/W of the array alone


def run(path, comm, change=lambda case: None):
    case = json.loads(json.dumps(PLATE))
    change(case)
    if comm.rank == 0:
        (path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    on_root(comm, lambda: None)
    return study(path, [], comm)


def smaller_die(case):
    case["geometry"]["outline"]["size"] = ["8 mm", "8 mm"]
    case["geometry"]["layers"][2]["regions"][0]["shape"]["rectangle"] = ["2 mm", "2 mm"]
    case["vias"] = {
        "pitch": ["0.5 mm", "1 mm"],
        "diameter": ["0.3 mm", "0.4 mm"],
        "plating": ["25 um", "50 um", "1 mm"],
        "count": [[2, 2], [4, 4], [6, 6]],
    }


def test_heat_that_flows_straight_sees_resistances_in_series(shared_path, comm):
    """The array covers the board, and the source the array: film, metal, array and metal; power is made in the top."""
    found = run(shared_path, comm, lambda case: case.update(vias={"pitch": ["1 mm"], "diameter": ["0.3 mm"]}))
    present = found["present"]
    assert present["array_k_per_w"] == pytest.approx(EVEN, rel=1e-5)
    assert present["effective_k_per_w"] == pytest.approx(EVEN, rel=1e-5)
    assert present["heat_share"] == pytest.approx(1.0, rel=1e-8)
    film, plate = 1 / (5000 * 16e-6), 1e-4 / (385 * 16e-6)
    assert present["theta_k_per_w"] == pytest.approx(film + plate + EVEN + plate / 2, rel=1e-5)
    parts = present["blocks_k_per_w"]
    assert [parts["base"], parts["board/vias"], parts["top/die"]] == pytest.approx([plate, EVEN, plate / 3], rel=1e-5)


def test_better_arrays_are_cooler_and_heat_crowds_under_a_small_die(shared_path, comm):
    found = run(shared_path, comm, smaller_die)
    assert found["present"]["spreading_k_per_w"] > 0
    assert 0.5 < found["present"]["heat_share"] < 1
    for key, better in (("pitch", slice(None)), ("diameter", slice(None, None, -1)), ("plating", slice(None, None, -1)),
                        ("count", slice(None, None, -1))):  # fmt: skip
        entries = found["sweeps"][key][better]
        assert np.all(np.diff([one["junction_temperature_degc"] for one in entries]) > 0), key
        assert np.all(np.diff([one["array_k_per_w"] for one in entries]) > 0), key
    assert found["sweeps"]["plating"][-1]["plating_um"] is None  # a wall of more than the radius is a solid via
    assert [one["count"] for one in found["sweeps"]["pitch"]] == [64, 16]
    if comm.rank == 0:
        results = shared_path / "results"
        assert json.loads((results / "vias.json").read_text())["present"] == found["present"]
        assert (results / "pictures" / "vias.png").stat().st_size > 20_000
        study_again = {**found, "sweeps": {}}  # a case may have nothing to vary
        assert vias.draw(study_again, results / "pictures" / "alone.png").is_file()


def test_dissipation_adds_up_to_the_mean_temperature_of_the_source(shared_path, comm):
    """All blocks together, and all of it in them: the bottom is held at 30 degC."""
    case = json.loads(json.dumps(PLATE))
    smaller_die(case)
    case["thermal"]["boundaries"] = [{"face": "bottom", "temperature": "30 degC"}]
    case["mesh"] = {"in_plane_size": "0.5 mm", "homogenise_below": "0.5 mm"}
    loaded = load_case(yaml.safe_dump(case), (), shared_path, comm)
    heat = Simulation(loaded, comm, Progress(comm, quiet=True)).heat()
    parts = performance(loaded, find(loaded), heat).blocks_k_per_w
    mean = heat.summary["regions"]["top/die"]["mean_temperature_degc"]
    assert sum(parts.values()) == pytest.approx((mean - 30.0) / 2.0, rel=1e-8)


def test_a_unit_cell_is_varied_like_a_grid(shared_path, comm):
    def change(case):
        case["geometry"]["layers"][1] = {
            "name": "board",
            "thickness": "1 mm",
            "material": {"unit_cell": "via", "metal": "metal", "matrix": "resin", "core": "resin",
                         "diameter": "0.3 mm", "plating": "50 um", "pitch": "1 mm"},
        }  # fmt: skip
        case["vias"] = {"pitch": ["1 mm", "2 mm"], "diameter": ["0.3 mm"], "plating": ["50 um"]}

    found = run(shared_path, comm, change)
    assert found["present"]["array_k_per_w"] == pytest.approx(EVEN, rel=1e-5)
    assert list(found["sweeps"]) == ["pitch"]
    assert found["sweeps"]["pitch"][1]["array_k_per_w"] == pytest.approx(
        1e-3 / (1e-6 * (385 * METAL / 4 + 0.3 * (16 - METAL / 4))), rel=1e-5
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda case: case["geometry"]["layers"][1].pop("regions"), "no array of vias to look at"),
        (lambda case: case.update(vias={"layer": "bord"}), "vias.layer = 'bord': .*did you mean 'board'"),
        (lambda case: case.update(vias={"region": "via"}), "vias.region = 'via': .*did you mean 'vias'"),
        (lambda case: case.update(vias={"pich": ["1 mm"]}), "did you mean 'pitch'"),
        (lambda case: case.update(vias={"diameter": ["0 mm"]}), "must be positive"),
        (lambda case: case.pop("thermal"), "give a process, a thermal or an electric section"),
        (lambda case: case.update(thermal=None, **COOLED), "no `thermal` section"),
    ],
)
def test_wrong_studies_are_named(shared_path, comm, change, words):
    with pytest.raises(CaseError, match=words):
        run(shared_path, comm, change)
