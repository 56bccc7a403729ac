"""Entries that relax and cure are typical: what they were built from comes back."""

import numpy as np
import pytest

from solver.materials import library
from solver.materials.laws.degree import course

pytestmark = pytest.mark.serial

RELAXING = [name for name in library.names() if name.endswith("-relaxing")]
GELS = {
    "emc-generic-curing": (175.0, 30.0),
    "emc-granular-curing": (175.0, 30.0),
    "emc-liquid-curing": (125.0, 270.0),
    "underfill-capillary-curing": (150.0, 300.0),
}


def storage(material, kelvin):
    """E' (Pa) at 1 Hz, of complex shear and bulk moduli: 9 K G / (3 K + G)."""
    branches = material.inelastic.viscoelastic
    times = 2j * np.pi * np.array(branches.times) * np.exp(branches.shift.log(kelvin))
    stiffness = material.stiffness(kelvin)
    bulk, shear = stiffness[:3, :3].sum() / 9.0, stiffness[3, 3]
    shear *= 1.0 - np.sum(np.array(branches.shear) / (1.0 + times))
    bulk *= 1.0 - np.sum(np.array(branches.bulk) / (1.0 + times))
    return (9.0 * bulk * shear / (3.0 * bulk + shear)).real


def test_nine_compounds_films_and_adhesives_relax():
    assert len(RELAXING) == 9


@pytest.mark.parametrize("name", RELAXING)
def test_the_spectrum_gives_the_modulus_over_temperature_it_was_built_from(name):
    """Within a third, where the table falls by a factor of 20 to 600: its corners are rounded."""
    base, relaxing = library.resolve(name.removesuffix("-relaxing")), library.resolve(name)
    assert relaxing.law == "viscoelastic"
    assert "Typical" in library.load(name).sources["built"]
    kelvins = [kelvin for kelvin in base.curve("youngs_modulus").temperature if kelvin < 493.0]
    for kelvin in kelvins:
        assert storage(relaxing, kelvin) == pytest.approx(base.curve("youngs_modulus")(kelvin)[0], rel=1 / 3)


@pytest.mark.parametrize("name", RELAXING)
def test_a_rubber_keeps_half_of_the_bulk_modulus(name):
    branches = library.resolve(name).inelastic.viscoelastic
    assert 1.0 - sum(branches.bulk) == pytest.approx(0.5, abs=2e-3)
    assert sum(branches.shear) < 1.0


@pytest.mark.parametrize("name", GELS)
def test_entries_that_cure_gel_when_they_say(name):
    celsius, seconds = GELS[name]
    cure = library.resolve(name).inelastic.cure
    kelvin = np.array([celsius + 273.15])
    found = course(cure.kinetics, np.array([cure.initial]), kelvin, kelvin, 4.0 * seconds)
    assert 4.0 * seconds * found.reaches(cure.gel)[0] == pytest.approx(seconds, rel=0.01)


def test_entries_without_a_memory_are_as_they_were():
    assert all(library.resolve(name.rsplit("-", 1)[0]).law == "elastic" for name in [*RELAXING, *GELS])
