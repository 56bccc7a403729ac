"""A place of a stack, driven on its cut by the whole, is as the whole is there."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.errors import CaseError
from solver.physics.solid.cut import Cut
from solver.physics.solid.cut_out import Place
from solver.physics.solid.cut_stress import cut_tractions, mismatch
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.submodel import Submodel
from tests.probing import parts_of

FREE, KELVIN = 423.15, 298.15
CASE = """
title: a die in a mould
geometry:
  outline: {shape: rectangle, size: [%s]}
  layers:
    - {name: low, thickness: 0.4 mm, material: silicon}
    - name: high
      thickness: 0.4 mm
      material: emc-generic
%s
mesh: {in_plane_size: %s}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
DIE = "      regions: [{name: die, shape: {rectangle: [2 mm, 2 mm]}, material: silicon}]"


def parts(size, regions, cell, path, comm):
    return parts_of(CASE % (size, regions, cell), FREE, path, comm)


def solved(*given):
    whole = SmallDeflectionSolid(*parts(*given), solver="direct")
    whole.solve(KELVIN)
    return whole


def submodel(given, whole, at):
    part = Submodel(Place(*given), whole.displacement, Cut.of(whole.stack_mesh, at), "direct")
    part.solve(KELVIN)
    return part


def energy(solid, block):
    mesh = solid.stack_mesh
    index = [one.name for one in mesh.blocks].index(block)
    return mesh.comm.allreduce(float(solid.strain_energy()[mesh.block[: len(solid.strain_energy())] == index].sum()))


@pytest.mark.slow
def test_meshed_as_the_whole_it_is_the_whole(shared_path, comm):
    whole = solved("16 mm, 12 mm", "", "2 mm", shared_path, comm)
    part = submodel(parts("8 mm, 4 mm", "", "2 mm", shared_path, comm), whole, (2e-3, 0.0))
    w, g = (field.x.array for field in (part.solid.displacement, part.driven))
    assert comm.allreduce(np.abs(w).max(), MPI.MAX) < 1e-7 * comm.allreduce(np.abs(g).max(), MPI.MAX)
    assert max(mismatch(cut_tractions(part)).values()) < 1e-6


@pytest.mark.slow
def test_finer_than_the_whole_it_is_the_whole_meshed_as_finely(shared_path, comm):
    coarse, fine = (solved("12 mm, 12 mm", DIE, cell, shared_path, comm) for cell in ("2 mm", "0.5 mm"))
    part = submodel(parts("6 mm, 6 mm", DIE, "0.5 mm", shared_path, comm), coarse, (0.0, 0.0))
    of_coarse, of_part, of_fine = (energy(one, "high/die") for one in (coarse, part.solid, fine))
    assert of_part == pytest.approx(of_fine, rel=0.01)
    assert of_coarse != pytest.approx(of_fine, rel=0.03)


@pytest.mark.slow
def test_traction_on_the_cut_says_which_side_is_too_near(shared_path, comm):
    whole = solved("12 mm, 12 mm", DIE, "2 mm", shared_path, comm)
    shifted = DIE.replace("rectangle: [2 mm, 2 mm]}", "rectangle: [2 mm, 2 mm]}, at: [-1 mm, 0 mm]")
    part = submodel(parts("6 mm, 6 mm", shifted, "0.5 mm", shared_path, comm), whole, (1e-3, 0.0))
    found = mismatch(cut_tractions(part))
    assert max(found, key=lambda side: found[side]) == "-x"
    assert found["-y"] == pytest.approx(found["+y"], rel=1e-3)


def test_a_cut_outside_of_the_whole_is_refused(shared_path, comm):
    whole = solved("16 mm, 12 mm", "", "2 mm", shared_path, comm)
    given = parts("8 mm, 4 mm", "", "2 mm", shared_path, comm)
    with pytest.raises(CaseError, match="leaves the stack"):
        submodel(given, whole, (6e-3, 0.0))
