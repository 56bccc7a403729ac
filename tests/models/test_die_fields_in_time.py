"""Dies whose mould remembers, as unit cells: against the solid, on other ranks, from a checkpoint, homogenised."""

from typing import Any

import pytest
import yaml
from mpi4py import MPI

from solver import load
from tests.killed import killed_and_resumed
from tests.models.test_plate_model_in_time import PROCESS, run
from tests.models.test_plate_recipes import agreeing, recipe

pytestmark = pytest.mark.slow

PLATE = "analysis.model=plate"
# two cells in a street and four in a die: within 1 % of what finer ones come to, where one in a street is off by 2 to 6
STREETS = {"in_plane_size": "4 mm", "edge_refinement": {"size": "0.9 mm", "distance": "4 mm"}}


def moulded() -> dict[str, Any]:
    """Dies of 16 mm on the carrier, mould that cures around them, a film on both, debonded, cut to one of them."""
    case: dict[str, Any] = yaml.safe_load(PROCESS)
    case["geometry"]["outline"]["size"] = ["120 mm", "80 mm"]
    die = {"name": "die", "shape": {"rectangle": ["16 mm", "16 mm"]}, "material": "silicon"}
    case["geometry"]["layers"][1]["regions"] = [die | {"grid": {"count": [5, 3], "pitch": ["20 mm", "20 mm"]}}]
    case["geometry"]["layers"][2]["material"] = "copper-plated-yielding"
    steps = case["process"]["steps"]
    steps[0]["build"].append("high/die")
    case["process"]["steps"] = [step for step in steps if step["name"] != "cure"]
    case["report"] = {}
    return case


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    return run(moulded(), PLATE, comm=MPI.COMM_SELF)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("name", "tape", "within"),
    [
        ("foplp_rdl_first", None, {}),  # copper that yields, dies on joints, mould that cures over them, debonded
        # dies on a tape, lifted with the mould, turned, RDL on their faces; eight of these nine are outermost dies,
        # which move on the tape as if there were more around them: 8 % of the curvature here, 1.3 % of 11 x 9 dies
        ("foplp_chip_first", "2 um", {"moulded panel": 0.1}),
        ("fowlp_wafer", None, {}),  # mould that cures on a soft film, ground, RDL on it, lifted and debonded
    ],
)
def test_a_recipe_in_time_bends_and_moves_its_dies_as_the_solid_does(name, tape, within):
    """After every step up to the cut; docs/plate.md has how far both are from finer cells."""
    agreeing(recipe(name, (3, 3), tape, in_time=True) | {"mesh": STREETS}, within, time_tolerance=0.05)


@pytest.mark.parallel
def test_cells_that_remember_are_the_same_on_other_ranks(steps, comm):
    for one, other in zip(run(moulded(), PLATE, comm=comm), steps, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5, abs=1e-6), one["name"]
        for name, block in other["blocks"].items():
            assert one["blocks"][name]["max_von_mises_mpa"] == pytest.approx(block["max_von_mises_mpa"], rel=1e-4)
            assert one["blocks"][name]["strain_energy_mj"] == pytest.approx(block["strain_energy_mj"], rel=1e-4)


@pytest.mark.serial
def test_cells_that_remember_go_on_from_a_checkpoint(steps, shared_path, comm):
    """While the panel cools."""
    loaded = load(moulded(), overrides=(PLATE,))
    ends = [sum("time_s" in point for point in step["curve"]) for step in steps]
    kept = sum(ends[:2]) + ends[2] // 2
    found = killed_and_resumed(loaded, comm, shared_path, kept)
    for one, whole in zip(found, steps, strict=True):
        assert one["warpage_um"] == pytest.approx(whole["warpage_um"], rel=1e-5, abs=1e-6), one["name"]


@pytest.mark.serial
def test_homogenised_dies_remember_as_those_that_are_drawn(steps):
    """Until one of them is cut out, which is drawn in both."""
    for one, other in zip(run(moulded(), PLATE, "mesh.homogenise_below=17 mm"), steps, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=0.01, abs=0.1), one["name"]
