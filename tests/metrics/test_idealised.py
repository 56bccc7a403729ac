"""A run says where a material is taken as elastic that is not."""

import pytest
from mpi4py import MPI

from solver.materials import library
from solver.materials.library import resolve
from solver.materials.mix.spec import MixSpec
from solver.materials.spec import MaterialSpec
from solver.metrics.idealised import idealised
from tests.solving import solve_case

CASE = """
title: solder on silicon
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers: [{name: die, thickness: 0.3 mm, material: silicon}, {name: solder, thickness: 0.1 mm, material: MATERIAL}]
mesh: {in_plane_size: 1 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC, duration: 60 s}, {name: back, temperature: 100 degC, duration: 60 s}]
analysis: {deflection: small}
"""


def lines(material, celsius):
    return [text for _, text in idealised("cool", material, celsius + 273.15)]


@pytest.mark.serial
def test_solder_creeps_above_two_fifths_of_its_melting_point():
    (text,) = lines(library.resolve("indium"), 25.0)  # 0.4 of 430 K is -101 degC
    assert "above 0.4 of its melting point in kelvins (156.6 degC)" in text
    assert "upper bound" in text
    assert not lines(library.resolve("indium"), -110.0)
    assert not lines(library.resolve("sac305-anand"), 125.0)
    assert not lines(library.resolve("copper"), 260.0)


@pytest.mark.serial
def test_solder_in_a_mixture_is_named_with_it():
    spec = MixSpec.model_validate(
        {"mix": "via", "metal": "sac305", "dielectric": "underfill-capillary", "metal_fraction": 0.2}
    )
    (text,) = lines(resolve("bumps", {"bumps": spec}), 125.0)
    assert "sac305 (in bumps) is elastic up to 125 degC" in text


@pytest.mark.serial
@pytest.mark.parametrize(("celsius", "doubts"), [(140.0, 0), (200.0, 1)])
def test_a_constant_modulus_above_the_glass_transition_is_that_of_the_glass(celsius, doubts):
    glass = {"youngs_modulus": "20 GPa", "poisson_ratio": 0.3, "glass_transition": "150 degC"}
    found = lines(resolve("mine", {"mine": MaterialSpec.model_validate(glass)}), celsius)
    assert len(found) == doubts
    assert not lines(library.resolve("emc-generic"), celsius)  # whose modulus falls


def test_a_run_says_it_once(tmp_path):
    found = solve_case(CASE.replace("MATERIAL", "sac305"), [], tmp_path, MPI.COMM_WORLD)
    (text,) = [text for text in found["warnings"] if "melting point" in text]
    assert text.startswith("step 'cool': sac305 is elastic up to 150 degC, above 0.4 of its melting point")


@pytest.mark.slow
def test_a_law_beyond_its_data_is_named(tmp_path):
    found = solve_case(CASE.replace("MATERIAL", "sac305-anand"), [], tmp_path, MPI.COMM_WORLD)
    text = next(text for text in found["warnings"] if "its data cover" in text and "sac305" in text)
    assert "sac305-anand is used from 25 to 150 degC, its data cover 25 to 125 degC" in text
    assert not any("melting point" in text for text in found["warnings"])
