"""Answers of materials at single temperatures are kept."""

import numpy as np
import pytest

from solver.materials import library
from solver.materials.mix.spec import MixSpec

MIXED = MixSpec(mix="laminate", metal="copper-plated", dielectric="polyimide", metal_fraction=0.33)


@pytest.mark.parametrize("choice", ["emc-granular", MIXED])
def test_what_is_kept_is_what_rows_of_temperatures_have_in_the_shape_asked_for(choice):
    material = library.resolve(choice)
    rows = np.array([300.0, 410.0])
    for _ in range(2):
        for number, kelvin in enumerate(rows):
            assert np.array_equal(material.stiffness(float(kelvin)), material.stiffness(rows)[number])
            assert np.array_equal(material.stiffness(rows[[number]]), material.stiffness(rows)[[number]])
            strain = material.thermal_strain(rows, 450.0)
            assert np.array_equal(material.thermal_strain(kelvin, np.array([450.0])), strain[[number]])


def test_what_is_given_is_the_callers_own():
    material = library.resolve("silicon")
    before = material.stiffness(300.0).copy()
    material.stiffness(300.0)[:] = 0.0
    assert np.array_equal(material.stiffness(300.0), before)
