"""What `pip install planish` brings: commands, examples, library, kernels and tests, without a clone."""

import os
import shutil
import site
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LEFT = shutil.ignore_patterns(".git", ".*_cache", "__pycache__", "build", "*.egg-info")
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def _left(folder: str, names: list[str]) -> set[str]:
    results = [name for name in names if name.startswith("results") and Path(folder).parent == ROOT / "cases"]
    return _LEFT(folder, names) | set(results)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, place / "clone", ignore=_left)
    (place / "clone" / "cases" / "foplp_panel" / "mesh.msh").touch()
    (place / "clone" / "cases" / "foplp_panel" / "results").mkdir()
    (place / "clone" / "cases" / "foplp_panel" / "results" / "summary.json").touch()
    command = [sys.executable, "-c", _BUILD, str(place)]
    done = subprocess.run(command, cwd=place / "clone", capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = place.glob("planish-*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


@pytest.mark.parametrize(
    ("there", "shipped"),
    [
        ("solver/**/*.py", ""),
        ("meshes/*.py", ""),
        ("solver/materials/library/*.yaml", ""),
        ("solver/**/*.[ch]", ""),
        ("solver/**/*.j2", ""),
        ("cases/*/case.yaml", "solver/shipped/"),
        ("cases/*/README.md", "solver/shipped/"),
        ("cases/ev6_hotspot/ev6.flp", "solver/shipped/"),
        ("tests/conftest.py", "solver/shipped/"),
        ("tests/physics/*.py", "solver/shipped/"),
        ("tests/corpus/*.yaml", "solver/shipped/"),
        ("docs/*.md", "solver/shipped/"),
        ("pyproject.toml", "solver/shipped/"),
    ],
)
def test_the_wheel_has_what_the_clone_has(names, there, shipped):
    wanted = {shipped + path.relative_to(ROOT).as_posix() for path in ROOT.glob(there)}
    assert wanted
    assert sorted(wanted - names) == []


def test_the_wheel_has_no_results_no_bytecode_and_no_tests_of_the_repository(names):
    words = ("foplp_panel/results", "mesh.msh", "__pycache__", "tests/launcher/", "tests/repository/")
    assert [name for name in names if any(word in name for word in words)] == []


def test_dolfinx_and_gmsh_come_from_pypi_only_where_their_wheels_run(wheel):
    with zipfile.ZipFile(wheel) as file:
        (path,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        wanted = message_from_bytes(file.read(path)).get_all("Requires-Dist")
    assert wanted is not None
    marked = {line.split(";")[0].rstrip("<>=0123456789.,") for line in wanted if "extra" not in line and ";" in line}
    assert marked == {"dolfinx-solver-real", "gmsh"}
    assert all("x86_64" in line and "3.12" in line for line in wanted if "sys_platform" in line)


@pytest.fixture(scope="module")
def planish(wheel: Path, tmp_path_factory: pytest.TempPathFactory):
    """The command of the wheel in a clean virtual environment, which sees what is installed here beside it."""
    place = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", place / "venv"], check=True, timeout=100)
    (packages,) = place.glob("venv/lib/python3*/site-packages")
    (packages / "outer.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = [
        place / "venv/bin/python3",
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--force-reinstall",
        wheel,
    ]
    subprocess.run(install, env=env, capture_output=True, check=True, timeout=100)

    def start(*words: str) -> str:
        command = [place / "venv" / "bin" / "planish", *words]
        done = subprocess.run(command, env=env, cwd=place, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


def test_the_command_works_outside_the_clone(planish):
    assert "emc-generic" in planish("materials")
    assert "next: planish check strip" in planish("new", "bimetal_strip", "strip")
    assert "laminate theory" in planish("check", "strip")
    assert "planish" in planish("doctor")


def test_the_suite_works_outside_the_clone(planish):
    said = planish("test", "tests/case/test_units.py", "-x")
    assert " passed" in said
