"""`planish check`: what it says to programs, and when it says no."""

import json

import pytest
from typer.testing import CliRunner

from solver.cli import app
from solver.models.solid import model
from tests.cli.test_run import CASE

pytestmark = pytest.mark.serial


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path


def test_the_prediction_as_json(case):
    done = CliRunner().invoke(app, ["check", str(case), "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["valid"] and found["fits"] and found["model"] == "solid"
    assert found["cells"] == 2 * found["plane_cells"]  # two layers of one cell
    assert found["problems"][0]["what"] == "heat"
    assert found["unknowns"] == 3 * found["problems"][0]["unknowns"]
    assert found["seconds"] == pytest.approx(sum(one["seconds"] for one in found["problems"]))
    assert found["memory_gb"] == max(one["memory_gb"] for one in found["problems"])
    assert found["laminate"]["cool"]["signed_warpage_um"] < 0  # mould above glass shrinks: concave
    assert [path.name for path in case.iterdir()] == ["case.yaml"]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_mesh_that_will_not_fit_is_exit_code_2(case, arguments, monkeypatch):
    monkeypatch.setattr(model, "available_memory", lambda: 1e6)
    done = CliRunner().invoke(app, ["check", str(case), *arguments])
    assert done.exit_code == 2
    assert "will not fit" in done.stdout
    if arguments:
        assert json.loads(done.stdout)["fits"] is False


def test_a_laminate_has_no_mesh_to_fit(case):
    override = "analysis={model: laminate}"
    sets = [word for text in (override, "thermal=null", "report={}") for word in ("--set", text)]
    done = CliRunner().invoke(app, ["check", str(case), *sets, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["fits"] and "memory_gb" not in found
