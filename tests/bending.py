"""Stacks that deflect far, for tests: the problem of a case, and the states of a panel that cools."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.physics.solid.large_deflection import LargeDeflectionSolid
from tests.builders import HIGH, LOW, sheet
from tests.probing import parts_of

REFERENCE = 398.15  # K, where the layers below are free of stress

COOL = "process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}\n"


def large_deflection(text: str, directory: Path, comm: MPI.Intracomm, **options: Any) -> LargeDeflectionSolid:
    """The problem of a case (YAML text), whatever its process; options as of `LargeDeflectionSolid`."""
    return LargeDeflectionSolid(*parts_of(text, REFERENCE, directory, comm), **options)


def panel(
    directory: Path, comm: MPI.Intracomm, cells: int = 8, symmetry: str = "quarter", nu: float = 0.3, **options: Any
) -> LargeDeflectionSolid:
    """A square bilayer of 600 mm and 1.1 mm, so many cells on a half side."""
    plies = (replace(ply, poisson=nu) for ply in (LOW, HIGH))
    text = sheet(*plies, size=("600 mm", "600 mm"), cell=f"{300 / cells} mm", symmetry=symmetry, process=COOL)
    return large_deflection(text, directory, comm, **options)
