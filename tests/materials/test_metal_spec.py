"""Sections of metals: what is read, and the one line a wrong one gets."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from solver.materials import MaterialSpec, MixSpec, load, resolve
from solver.materials.inelastic.words import words
from solver.materials.material import MaterialError
from tests.materials.metals import ANAND, CHABOCHE, COPPER, DOUBLE, GAROFALO, STEADY

pytestmark = pytest.mark.serial

NORTON = {"a": "1e-15 1/s", "reference_stress": "1 Pa", "n": 4, "activation_energy": "300 kJ/mol"}


def material(**changes: Any) -> Any:
    return resolve(MaterialSpec.model_validate({**STEADY, **changes}), name="mine")


def message(**changes: Any) -> str:
    with pytest.raises((ValidationError, MaterialError)) as caught:
        material(**changes)
    return str(caught.value)


def test_the_law_is_the_one_that_knows_all_sections() -> None:
    assert material(plastic=CHABOCHE).law == "plastic"
    assert material(creep=GAROFALO).law == "creep"
    assert material(creep=GAROFALO, plastic=COPPER).law == "creep"
    assert material(anand=ANAND).law == "anand"
    assert "no law has 'creep' together with 'anand'" in message(creep=GAROFALO, anand=ANAND)
    relaxing = {"times": ["1 s"], "youngs": [0.5]}
    assert "no law has 'viscoelastic' together with 'plastic'" in message(viscoelastic=relaxing, plastic=COPPER)


def test_constants_are_read_in_si() -> None:
    plastic = material(plastic=COPPER).inelastic.plastic
    assert plastic.yield_stress(np.array([350.0]))[0, 0] == pytest.approx(100e6)
    at, slopes = np.array(plastic.hinges).T
    assert at == pytest.approx([0.0, 0.001, 0.01])
    assert np.cumsum(slopes) == pytest.approx([15e9, 15e6 / 0.009, 0.0], abs=1.0)
    assert plastic.voce == (20e6, 500.0)
    assert material(plastic={"yield_stress": "180 MPa", "kinematic": "5 GPa"}).inelastic.plastic.backs == ((5e9, 0.0),)
    assert material(plastic={"yield_stress": "180 MPa", "isotropic": "1 GPa"}).inelastic.plastic.hinges == ((0.0, 1e9),)
    (sinh,) = material(creep=GAROFALO).inelastic.creep.terms
    assert (np.exp(sinh.log_a), sinh.scale, sinh.activation) == pytest.approx((32000.0, 0.037e-6, 6524.7))
    (power,) = material(creep={"norton": NORTON}).inelastic.creep.terms
    assert power.activation == pytest.approx(300e3 / 8.314462618)
    assert len(material(creep=DOUBLE).inelastic.creep.terms) == 2
    assert material(anand=ANAND).inelastic.anand.h0 == 180e9


def test_psi_is_a_unit_like_any_other() -> None:
    per_psi = {"garofalo": {**GAROFALO["garofalo"], "alpha": "2.551e-4 1/psi"}}
    assert material(creep=per_psi).inelastic.creep.terms[0].scale == pytest.approx(0.037e-6, rel=1e-3)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"plastic": {}}, "Field required"),
        ({"plastic": {"yield_stress": "-1 MPa"}}, "a yield stress lies between"),
        ({"plastic": {"yield_stress": "1 MPa", "kinematic": "0 GPa"}}, "must be positive"),
        ({"plastic": {**CHABOCHE, "kinematic": "5 GPa"}}, "'kinematic' is one back stress without recovery"),
        ({"plastic": {"yield_stress": "1 MPa", "chaboche": [{"c": "1 GPa", "gamma": -1}]}}, "gamma is not negative"),
        ({"plastic": {"yield_stress": "1 MPa", "chaboche": []}}, "1 to 8 back stresses"),
        (
            {"plastic": {**COPPER, "isotropic": {"plastic_strain": [0, 1], "stress": ["180 MPa", "190 MPa"]}}},
            "begins with 0",
        ),
        (
            {"plastic": {**COPPER, "isotropic": {"plastic_strain": [0, 1], "stress": ["0 MPa", "-1 MPa"]}}},
            "must not fall",
        ),
        ({"plastic": {**COPPER, "isotropic": {"plastic_strain": [0, 0], "stress": ["0 MPa", "1 MPa"]}}}, "must ascend"),
        ({"plastic": {**COPPER, "isotropic": {"strain": [0, 1]}}}, "a table is {plastic_strain"),
        ({"creep": {}}, "exactly one of norton, garofalo, double_power"),
        ({"creep": {"darveaux": {}}}, "temperature and the shear modulus in its prefactor, and psi"),
        ({"creep": {"norton": {**NORTON, "q_over_r": "1 K"}}}, "one of q_over_r and activation_energy"),
        (
            {"creep": {"norton": {k: v for k, v in NORTON.items() if k[:3] != "act"}}},
            "'q_over_r: 0 K' for constants of one",
        ),
        ({"creep": {"norton": {**NORTON, "activation_energy": "-3 kJ/mol"}}}, "falls with temperature"),
        ({"creep": {"norton": {**NORTON, "activation_energy": "0.5 eV"}}}, "not a unit of molar energy"),
        ({"creep": {"norton": {**NORTON, "n": 0.5}}}, "between 1 and 60"),
        ({"creep": {"norton": {**NORTON, "reference_stress": 1}}}, "needs a unit"),
        ({"creep": {"garofalo": {**GAROFALO["garofalo"], "alpha": 0.037}}}, "needs a unit"),
        ({"creep": {"garofalo": {**GAROFALO["garofalo"], "a": "32000 K/s"}}}, "not a unit of rate"),
        ({"creep": {"double_power": [NORTON]}}, "double_power"),
        ({"anand": {**ANAND, "m": 4}}, "m is the inverse of a creep exponent"),
        ({"anand": {**ANAND, "n": 5.1}}, "it is not a creep exponent"),
        ({"anand": {**ANAND, "exponent": 0.5}}, "between 1 and 10"),
        ({"anand": {**ANAND, "s_0": "1 MPa"}}, "did you mean 's0'"),
        ({"creep": GAROFALO, "plastic": CHABOCHE}, "back stresses are for plastic flow alone"),
    ],
)
def test_a_wrong_section_gets_one_line(sections: dict[str, Any], words: str) -> None:
    assert words in message(**sections)


def test_what_flows_is_isotropic() -> None:
    weave = {
        "youngs_modulus": ["24 GPa", "22 GPa", "8 GPa"],
        "poisson_ratio": [0.15, 0.36, 0.12],
        "shear_modulus": ["5.5 GPa", "3.2 GPa", "3 GPa"],
    }
    assert "von Mises' stress is for what is isotropic" in message(**weave, anand=ANAND)


@pytest.mark.parametrize("section", [{"plastic": COPPER}, {"creep": GAROFALO}, {"anand": ANAND}])
def test_a_mixture_with_a_part_that_flows_is_refused_by_name(section: dict[str, Any]) -> None:
    users = {"metal": MaterialSpec.model_validate({**STEADY, **section})}
    mixed = MixSpec(mix="laminate", metal="metal", dielectric="polyimide", metal_fraction=0.5)
    with pytest.raises(
        MaterialError, match=f"material 'metal': {next(iter(section))}: its memory is lost in the mixture"
    ):
        resolve(mixed, users)


def test_what_flows_is_judged_by_no_yield_stress_and_is_elastic_as_its_base() -> None:
    kelvin = np.array([250.0, 300.0, 400.0])
    for name, base in {
        "sac305-anand": "sac305",
        "snpb-anand": "snpb",
        "sac387-creep": "sac305",
        "copper-plated-yielding": "copper-plated",
    }.items():
        assert resolve(base).law == "elastic"
        assert resolve(base).has("yield_stress")
        assert not resolve(name).has("yield_stress")
        assert np.array_equal(resolve(name).stiffness(kelvin), resolve(base).stiffness(kelvin))


def test_constants_are_told_in_words() -> None:
    assert words(load("sac305-anand"))["anand"].startswith(
        "a 3501 1/s, Q/R 9320 K, xi 4, m 0.25, s0 21 MPa, h0 180 GPa"
    )
    assert words(load("sac387-creep"))["creep"] == "32000 1/s sinh(0.037 1/MPa stress)^5.1 exp(-6524.7 K / T)"
    copper = "yields at 140 MPa at 25 degC to 100 MPa at 260 degC; back stress 20 GPa, up to 100 MPa"
    assert words(load("copper-plated-yielding"))["plastic"] == copper
    relaxing = MaterialSpec.model_validate({"viscoelastic": {"times": ["1 s", "10 s"], "youngs": [0.5, 0.25]}})
    assert words(relaxing)["viscoelastic"].startswith("relaxes in 1 to 10 s (2 branches); 25 % of the shear")
