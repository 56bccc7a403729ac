"""A run whose large deflection found no equilibrium goes on at small deflection, whenever it was killed."""

import pytest

from solver.errors import NotConvergedError
from solver.process.equilibrium_path import EquilibriumPath
from tests.builders import HIGH, LOW, sheet
from tests.killed import Killed, killed_at

CASE = sheet(
    LOW,
    HIGH,
    size=("600 mm", "600 mm"),
    cell="75 mm",
    process="""process:
  stress_free_temperature: 125 degC
  steps:
    - {name: cool, temperature: 115 degC}
    - {name: on, temperature: 105 degC}
    - {name: back, temperature: 120 degC}
""",
)
LOWEST = 109 + 273.15  # K: no equilibrium is found below, on the way of the second step

pytestmark = pytest.mark.slow


@pytest.fixture
def results(shared_path, comm, monkeypatch):
    """Runs the case, in which large deflection finds no equilibrium below a temperature."""
    known = EquilibriumPath._stop

    def stop(self, kelvin, *more):
        if kelvin < LOWEST:
            raise NotConvergedError("no equilibrium")
        return known(self, kelvin, *more)

    monkeypatch.setattr(EquilibriumPath, "_stop", stop)
    return killed_at(CASE, shared_path, comm, monkeypatch)


def test_it_goes_on_at_small_deflection_from_every_checkpoint(results):
    whole, made = results(None, output="whole")
    assert [step["deflection"] for step in whole["steps"]] == ["large", "small", "small"]
    first, last = made.index(1), len(made) - 1 - made[::-1].index(1)
    for most in {first + 1, last + 1, made.index(2) + 1}:  # before the step, on its way to nowhere, and after it
        with pytest.raises(Killed):
            results(most)
        found, _ = results(None, resume=True)
        for one, other in zip(found["steps"], whole["steps"], strict=True):
            assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5), most
            assert one["deflection"] == other["deflection"]
            assert len(one["curve"]) == len(other["curve"])
            assert one["layers"]["high"] == pytest.approx(other["layers"]["high"], rel=1e-4)
        doubts = [[text for text in one["warnings"] if "SMALL deflection" in text] for one in (found, whole)]
        assert doubts[0] == doubts[1]
        assert len(doubts[0]) == 1
