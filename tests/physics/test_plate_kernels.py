"""The kernels of plates of rectangles do what the forms say that FFCx compiles."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from solver.physics.plate.assembly import CompiledTangent, SmoothTangent, tangent_of
from solver.physics.plate.supports import on_ends, on_pins, on_plane
from tests.bending import COOL
from tests.builders import HIGH, LOW, sheet
from tests.plates import plate

PINS = [(0.135, 0.15), (-0.135, 0.15), (-0.135, -0.15), (0.135, -0.15)]
NOTHING = np.empty(0, dtype=np.int32)
PLATES = {
    "quarter": ("quarter", {}),
    "quarter on pins": ("quarter", {"supports": partial(on_pins, places=PINS)}),
    "whole on pins": ("none", {"supports": partial(on_pins, places=PINS)}),
    "quarter on a chuck": ("quarter", {"supports": partial(on_plane, lifts=False)}),
}


@pytest.fixture(params=PLATES)
def rough(request, shared_path, comm):
    """A plate in a state without any pattern, two moduli and free resultants of every cell apart."""
    symmetry, options = PLATES[request.param]
    text = sheet(
        LOW, replace(HIGH, poisson=0.2), size=("540 mm", "600 mm"), cell="45 mm", symmetry=symmetry, process=COOL
    )
    problem = plate(text, shared_path, comm, **options)
    forms, random = problem.forms, np.random.default_rng(7 + comm.rank)
    for function, size in ((forms.displacement, 1e-3), (forms.last, 3e-4), (forms.anchor, 1e-3)):
        function.x.array[:] = size * random.normal(size=len(function.x.array))
        function.x.array[problem.support.unknowns] = 0.0
        function.x.scatter_forward()
    load = problem.load_at(280.0)
    at = [random.uniform(0.5, 1.5, size=values.shape) for values in (load.moduli, load.free_strain, load.free_strain)]
    loads = [replace(load, moduli=load.moduli * at[0], free_strain=load.free_strain * one) for one in at[1:]]
    anisotropic = [
        replace(one, anisotropy=np.array(by)) for one, by in zip(loads, ([0.3, 0.2], [0.1, -0.4]), strict=True)
    ]
    forms.apply(anisotropic[0])
    forms.lag(anisotropic[1])
    for function in (forms._moduli, forms._free, forms._old_free):
        function.x.scatter_forward()
    forms.spring.value = 3e4
    assert forms.cells is not None
    return problem


def compiled(problem, what):
    """What the forms that FFCx compiles give, in place of the kernels."""
    forms = problem.forms
    cells, forms.cells = forms.cells, None
    try:
        return what()
    finally:
        forms.cells = cells


def test_energy_and_forces_are_those_of_the_compiled_forms(rough):
    """To rounding, on cells of all sides of a rim no slope may cross, with springs, of anisotropic loads."""
    forms, owned = rough.forms, rough.forms.owned
    assert forms.energy() == pytest.approx(compiled(rough, forms.energy), rel=1e-12)
    found, expected = (one[:owned] for one in (rough.residual(), compiled(rough, rough.residual)))
    scale = rough.plate.comm.allreduce(np.abs(expected).max(initial=0.0), max)
    assert found == pytest.approx(expected, abs=1e-12 * scale)


def test_the_tangent_in_smooth_functions_is_that_of_the_compiled_forms(rough):
    """To rounding: both halves of it, pins and mirror planes, and the force of the geometric stiffness."""
    functions = rough._moves
    assert functions is not None
    whole, upper = CompiledTangent(rough.forms, functions), tangent_of(rough.forms, functions, sprung=False)
    assert isinstance(upper, SmoothTangent)
    for tangent in (whole, upper):
        tangent.assemble(rough.forms, NOTHING, NOTHING, 0.0)
    x, expected = whole.matrix.createVecs()
    for number in range(3):
        x.array[:] = np.random.default_rng([number, rough.plate.comm.rank]).normal(size=x.local_size)
        whole.matrix.mult(x, expected)
        found = upper.matrix.createVecLeft()
        upper.matrix.multTranspose(x, found)
        upper.matrix.multAdd(x, found, found)
        found -= x * upper.matrix.getDiagonal()
        assert (found - expected).norm() < 1e-13 * whole.matrix.norm() * x.norm()


def test_clamped_sides_are_known_to_the_kernels(shared_path, comm):
    """Their slopes are those of the compiled forms; other plates keep these."""
    text = sheet(LOW, HIGH, size=("540 mm", "600 mm"), cell="90 mm", symmetry="none", process=COOL)
    problem = plate(text, shared_path, comm, supports=partial(on_ends, ends=["-x"], clamped=True))
    u = problem.displacement.x.array
    u[:] = 1e-3 * np.random.default_rng(1).normal(size=len(u))
    problem.displacement.x.scatter_forward()
    assert problem.forms.energy() == pytest.approx(compiled(problem, problem.forms.energy), rel=1e-12)
