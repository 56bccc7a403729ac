"""What a run leaves behind: nothing, so that a program may solve as many cases as it likes."""

import gc

import pytest
from dolfinx import mesh

from tests.solving import solve_case

STRIP = """
title: a strip of two layers
geometry:
  outline: {shape: rectangle, size: [8 mm, 2 mm]}
  layers: [{name: a, thickness: 0.5 mm, material: silicon}, {name: b, thickness: 0.5 mm, material: copper}]
mesh: {in_plane_size: 2 mm}
analysis: {model: MODEL}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def _meshes() -> int:
    gc.collect()
    return sum(isinstance(one, mesh.Mesh) for one in gc.get_objects())


@pytest.mark.frees
@pytest.mark.parametrize("model", ["solid", "plate"])
def test_meshes_go_with_their_run_on_any_number_of_ranks(model, shared_path, comm):
    """On several ranks PETSc keeps what Python lets go until it is asked for it."""
    before = _meshes()
    for _ in range(2):
        solve_case(STRIP.replace("MODEL", model), (), shared_path, comm)
    assert _meshes() == before
