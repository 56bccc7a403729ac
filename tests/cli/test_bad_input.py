"""Bad input on the command line: one line, exit code 2; names of any kind: solved, written and drawn."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pyvista as pv

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.serial, pytest.mark.slow]

CASE = """title: "Träger 冷却 $_{$ [/b] <script>alert('x')</script> :warning:"
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: Träger, thickness: 0.7 mm, material: glass-eagle-xg}
    - name: "冷却 $_{$"
      thickness: 0.4 mm
      material: "[/b]"
      regions: [{name: "<b> $x^$", shape: {rectangle: [6 mm, 6 mm]}, material: silicon}]
materials: {"[/b]": {base: emc-generic, title: "<i>$x_$</i>"}}
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: "../[/b] kühl $_{$ 冷却", temperature: 25 degC}]
thermal:
  power: [{layer: "冷却 $_{$", region: "<b> $x^$", total: 2 W}]
  boundaries: [{name: "Luft $_{$ [/b]", face: top, convection: 50 W/m^2/K, ambient: 25 degC}]
report: {points: [{name: "fühler $_$", face: top}], resistances: [{kind: theta_ja, name: "θ $_{$ [/i]"}]}
"""


def planish(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "solver", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=os.environ | environment
    )


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    os.mkfifo(folder / "pipe")
    return folder


WRONG = {  # arguments, with CASE for the directory -> what the line says
    ("rnu", "CASE"): "did you mean 'run'?",
    ("run",): "Missing argument 'CASE'",
    ("run", "--forse", "CASE"): "--force",
    ("run", "CASE", "-n", "two"): "'-n'",
    ("run", "CASE/pipe"): "neither",
    ("check", "/dev/zero"): "neither",
    ("check", "CASE/none"): "no such case file",
    ("check", "CASE", "--set", "title"): "write PATH=VALUE",
    ("run", "CASE", "--set", "geometry.layers.Trager.thickness=1 mm"): "did you mean 'Träger'?",
    ("run", "CASE", "--set", "geometry.layers.0.thickness=1 mm*9**9**9**9"): "unknown unit",
    ("run", "CASE", "--set", "mesh.in_plane_size=1 nm"): "are possible",
    ("run", "CASE", "--set", 'title="a\\nplanish: done"'): "U+000A",
    ("materials", "Silicon"): "did you mean 'silicon'",
    ("materials", "fit", "CASE/none.csv"): "there is no file",
    ("materials", "fit", "CASE/case.yaml"): "line 1, column 1: unknown column",
    ("new", "fcbga", "CASE/mine"): "did you mean 'fcbga_lidded'",
    ("mesh", "CASE", "-o", "mesh.foo"): ".msh",
}


SEVERAL = """
import contextlib, io, json, sys
from solver.cli import main
for arguments in json.load(sys.stdin):
    said, wrong, sys.argv = io.StringIO(), io.StringIO(), ["planish", *arguments]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        try:
            main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, said.getvalue(), wrong.getvalue()]))
"""


@pytest.fixture(scope="module")
def answers(case) -> dict[tuple[str, ...], tuple[int, str, str]]:
    """Exit code, output and errors of every command of WRONG, from one process: most of a command is its start."""
    given = json.dumps([[word.replace("CASE", str(case)) for word in arguments] for arguments in WRONG])
    command = [sys.executable, "-c", SEVERAL]
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, timeout=120, check=True)
    return dict(zip(WRONG, (tuple(json.loads(line)) for line in done.stdout.splitlines()), strict=True))


def one_line(code: int, said: str, wrong: str, words: str) -> None:
    assert (code, said) == (2, "")
    assert wrong.count("\n") == 1
    assert wrong.startswith("planish: ")
    assert words in wrong


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_arguments_get_one_line(arguments, answers):
    one_line(*answers[arguments], WRONG[arguments])


@pytest.mark.parametrize("arguments", [("rnu", "CASE"), ("run", "CASE/pipe")], ids=" ".join)
def test_the_exit_code_of_the_process_is_that_of_the_command(arguments, case):
    done = planish(*(word.replace("CASE", str(case)) for word in arguments))
    one_line(done.returncode, done.stdout, done.stderr, WRONG[arguments])


def test_names_of_any_kind_are_solved_written_and_drawn(case):
    done = planish("run", case)
    assert (done.returncode, done.stderr) == (0, "")
    results = case / "results"
    found = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert found["steps"][0]["name"] == "../[/b] kühl $_{$ 冷却"
    fields = pv.read(results / "fields" / "01_b-kuhl" / "00000.vtu").field_data
    assert list(fields["layer_names"]) == ["Träger", "冷却 $_{$"]
    report = (results / "report.html").read_text(encoding="utf-8")
    assert "冷却" in report
    assert "<script>alert" not in report
    assert "<i>$x_$</i>" not in report
    assert (results / "pictures" / "01_b-kuhl_stress.png").stat().st_size > 10_000
    assert all(path.name.isascii() for path in results.rglob("*"))


def test_a_terminal_without_unicode_gets_escapes(case):
    done = planish("check", case, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "Tr\\xe4ger" in done.stdout
