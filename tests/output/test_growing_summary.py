"""summary.json of a run that goes on: the same text as in one piece, each step asked for once."""

from functools import partial
from typing import Any

import pytest

from solver.output.summary import GrowingSummary, write

pytestmark = pytest.mark.serial

STEPS = [
    {"name": 'cool "slowly"\n  "steps": []', "warpage_um": 1.5, "curve": [{"temperature_degc": 25.0}], "balance": {}},
    {"name": "heat", "warpage_um": float("nan"), "curve": []},
    {"name": "µm\u2028", "readings": {"steps": []}},
]


@pytest.mark.parametrize("after", [{}, {"run": {"files": []}}])
def test_a_summary_that_grows_is_the_summary(tmp_path, after):
    asked = list[str]()

    def entry(number: int) -> dict[str, Any]:
        asked.append(STEPS[number]["name"])
        return STEPS[number]

    growing = GrowingSummary(tmp_path / "summary.json")
    for count in range(4):
        head = {"case": "a panel", "steps": [], **after}
        growing.write(head, [partial(entry, number) for number in range(count)])
        write(tmp_path / "whole.json", head | {"steps": STEPS[:count]})
        assert (tmp_path / "summary.json").read_text() == (tmp_path / "whole.json").read_text()
    assert asked == [step["name"] for step in STEPS]
