"""Elasticity by increments: a film that a rigid plate holds, on its way through a glass transition."""

from dataclasses import replace

import numpy as np
import pytest

from solver.materials import library
from solver.materials.curve import Curve
from solver.materials.laws.table import law_of
from solver.materials.library import resolve
from solver.materials.material import MaterialError
from solver.materials.spec import MaterialSpec
from tests.materials.test_laws import STRAIN, WOOD

pytestmark = pytest.mark.serial

ROOM = 298.15
SILICON = 2.8e-6  # 1/K


def incremental(name):
    return resolve("mine", {"mine": MaterialSpec.model_validate({"base": name, "form": "incremental"})})


def held(law, reference, kelvins, seconds=0.0):
    """In-plane stress (Pa) of a film that follows silicon, free of stress across, along temperatures."""
    state, before, found = law.initial(1), reference, []
    for kelvin in kelvins:
        strain = np.zeros((1, 6))
        strain[:, :2] = SILICON * (kelvin - reference)
        ends = []
        for across in (0.0, 1e-2):  # stress is affine in the strain across, which makes it free of stress there
            strain[:, 2] = across
            ends.append(law.respond(strain, np.array([kelvin]), np.array([before]), seconds, state).stress[0, 2])
        strain[:, 2] = -1e-2 * ends[0] / (ends[1] - ends[0])
        answer = law.respond(strain, np.array([kelvin]), np.array([before]), seconds, state)
        state, before = answer.new, kelvin
        found.append(answer.stress[0, 0])
    return found


@pytest.mark.parametrize(
    ("name", "celsius", "total", "by_increments"),
    [("underfill-capillary", 150.0, 69.3, 30.8), ("emc-generic", 175.0, 41.8, 22.8)],
)
def test_a_film_between_silicon_has_the_integral_of_its_modulus(name, celsius, total, by_increments):
    """Stress at 25 degC (MPa): E / (1 - nu) times the strain, and the integral of E / (1 - nu) over the strain."""
    reference = celsius + 273.15
    ways = np.linspace(reference, ROOM, 126)[1:]
    assert 1e-6 * held(law_of(library.resolve(name), reference), reference, ways)[-1] == pytest.approx(total, abs=0.05)
    law = law_of(incremental(name), reference)
    found = held(law, reference, ways)
    assert 1e-6 * found[-1] == pytest.approx(by_increments, abs=0.05)
    back = held(law, reference, [*ways, *ways[::-1], reference])
    assert back[-1] == pytest.approx(0.0, abs=1e3)  # held all the time, it comes back the way it went


def test_one_increment_is_the_mean_modulus_and_exact_for_strain_that_follows_temperature():
    law = law_of(replace(WOOD, form="incremental"), 350.0)
    kelvin, before = np.array([400.0]), np.array([350.0])
    answer = law.respond(STRAIN, kelvin, before, 0.0, law.initial(7))
    stiffness = 0.5 * (WOOD.stiffness(350.0) + WOOD.stiffness(400.0))  # nearly: it is not quite linear
    strain = STRAIN.copy()
    strain[:, :3] -= 50.0 * np.array([4e-6, 30e-6, 40e-6])
    assert answer.stress == pytest.approx(np.einsum("ij,nj->ni", stiffness, strain), rel=1e-2, abs=1e5)
    half = law.respond(0.5 * STRAIN, np.array([375.0]), before, 0.0, law.initial(7))
    twice = law.respond(STRAIN, kelvin, np.array([375.0]), 0.0, half.new)
    fine = law.initial(7)
    for share in np.linspace(0.01, 1.0, 100):
        last = law.respond(share * STRAIN, 350.0 + share * np.array([50.0]), before, 0.0, fine)
        fine = last.new
    errors = [np.abs(one.stress - last.stress).max() for one in (answer, twice)]
    assert max(errors) < 1e-9 * np.abs(last.stress).max()


def test_a_film_keeps_the_stress_it_is_born_with():
    film = replace(WOOD, form="incremental").with_stress((20e6, 20e6))
    law = law_of(film, 350.0)
    born = law.respond(np.zeros((1, 6)), np.array([350.0]), np.array([350.0]), 0.0, law.initial(1))
    assert born.stress[0, :2] == pytest.approx([20e6, 20e6])


def test_strain_at_one_temperature_gets_the_modulus_there_and_keeps_its_stress():
    law = law_of(replace(WOOD, form="incremental"), 350.0)
    first = law.respond(np.zeros((7, 6)), np.array([390.0]), np.array([350.0]), 0.0, law.initial(7))
    answer = law.respond(STRAIN, np.array([390.0]), np.array([390.0]), 0.0, first.new)
    assert answer.stress - first.stress == pytest.approx(STRAIN @ WOOD.stiffness(390.0), rel=1e-12)


def test_a_modulus_that_does_not_change_needs_no_memory():
    constant = {
        key: curve if key == "thermal_expansion" else Curve.constant(curve.value[0])
        for key, curve in WOOD.curves.items()
    }
    assert replace(WOOD, form="incremental").law == "incremental"
    assert replace(WOOD, curves=constant, form="incremental").law == "elastic"
    assert library.resolve("emc-generic").law == "elastic"


@pytest.mark.parametrize(
    ("mine", "message"),
    [
        (
            {"mix": "laminate", "metal": "copper", "dielectric": "soft", "metal_fraction": 0.3},
            "form: 'incremental' is lost",
        ),
        (
            {"base": "soft", "youngs_modulus": "9 GPa", "viscoelastic": {"times": ["1 s"], "youngs": [0.5]}},
            "form: is of",
        ),
    ],
)
def test_a_form_that_would_be_lost_is_refused(mine, message):
    from pydantic import TypeAdapter

    from solver.materials.library import Definition

    users = {"soft": {"base": "emc-generic", "form": "incremental"}, "mine": mine}
    parsed = {name: TypeAdapter(Definition).validate_python(raw) for name, raw in users.items()}
    with pytest.raises(MaterialError, match=message):
        resolve("mine", parsed)
