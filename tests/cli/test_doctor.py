"""`planish doctor`: what is there, and in words what is not."""

import pytest
from petsc4py import PETSc
from rich.console import Console

import solver
from solver import c_library, compat, doctor, launch
from solver.report.pictures import offscreen

pytestmark = pytest.mark.serial


def findings() -> dict[str, str]:
    """What stands in the table, by the name of the row, as a terminal shows it."""
    table, console = doctor.examine(), Console(width=400)
    names, values = (list(column.cells) for column in table.columns)
    return {name: console.render_str(str(value)).plain for name, value in zip(names, values, strict=True)}


def test_what_is_there_has_its_version():
    found = findings()
    assert found["planish"] == solver.__version__
    assert found["MUMPS"] == "works"
    assert "untested" not in found["DOLFINx"]
    assert found["PETSc"].count(".") == 2
    assert all(found[name] for name in ("MPI", "Python", "Gmsh", "pictures", "compiler", "form cache", "machine"))


def test_what_is_not_there_is_said_with_what_follows_from_it(monkeypatch):
    def no_mumps(*_):
        raise PETSc.Error(92)

    monkeypatch.setattr(compat, "VERSION", (0, 12))
    monkeypatch.setattr(launch, "mpirun", lambda: None)
    monkeypatch.setattr(offscreen, "problem", lambda: offscreen.MISSING)
    monkeypatch.setattr(c_library, "compiler", lambda: [])
    monkeypatch.setattr(doctor, "_factorise", no_mumps)
    found = findings()
    assert found["MUMPS"] == "not in this PETSc: no direct solver"
    assert found["DOLFINx"].endswith("untested: 0.9 to 0.11 are")
    assert found["MPI"].endswith("mpirun: not found")
    assert found["pictures"].endswith("no 3-D pictures (install libegl1)")
    assert found["compiler"] == "not found: forms cannot be compiled"


@pytest.mark.parametrize(
    ("loaded", "said"), [("libopenblas.so.0", "OpenBLAS"), ("libmkl_rt.so", "MKL"), ("libblas.so.3", "not OpenBLAS")]
)
def test_a_slow_blas_is_told_by_the_libraries_that_are_loaded(loaded, said, tmp_path):
    (tmp_path / "maps").write_text(f"7f0 r-xp /usr/lib/{loaded}\n", encoding="utf-8")
    assert doctor._blas(tmp_path / "maps").startswith(said)
