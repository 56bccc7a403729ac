"""Metals of the tests, with the constants of published laws."""

from typing import Any

from solver.materials import MaterialSpec, resolve
from solver.materials.laws.response import MaterialLaw
from solver.materials.laws.table import law_of
from solver.materials.material import Material

SOLDER = {
    "youngs_modulus": {"temperature": ["200 K", "500 K"], "value": ["56 GPa", "32 GPa"]},
    "poisson_ratio": {"temperature": ["200 K", "500 K"], "value": [0.34, 0.38]},
    "thermal_expansion": "22 ppm/K",
}
STEADY = {**SOLDER, "youngs_modulus": "40 GPa", "poisson_ratio": 0.36}
ANAND = {  # SAC305: M. Motalab et al., ITHERM 2012
    "a": "3501 1/s", "q_over_r": "9320 K", "xi": 4, "m": 0.25, "s0": "21 MPa", "h0": "180 GPa",
    "s_hat": "30.2 MPa", "n": 0.01, "exponent": 1.78,
}  # fmt: skip
TIN_LEAD = {
    "a": "4e6 1/s", "q_over_r": "9400 K", "xi": 1.5, "m": 0.303, "s0": "12.41 MPa", "h0": "1378.95 MPa",
    "s_hat": "13.79 MPa", "n": 0.07, "exponent": 1.3,
}  # fmt: skip
GAROFALO = {"garofalo": {"a": "32000 1/s", "alpha": "0.037 1/MPa", "n": 5.1, "q_over_r": "6524.7 K"}}
DOUBLE = {
    "double_power": [
        {"a": "4e-7 1/s", "reference_stress": "1 MPa", "n": 3, "q_over_r": "3223 K"},
        {"a": "1e-12 1/s", "reference_stress": "1 MPa", "n": 12, "q_over_r": "7348 K"},
    ]
}
COPPER = {
    "yield_stress": {"temperature": ["250 K", "450 K"], "value": ["120 MPa", "80 MPa"]},
    "isotropic": {"plastic_strain": [0, 0.001, 0.01], "stress": ["0 MPa", "15 MPa", "30 MPa"]},
    "voce": {"saturation": "20 MPa", "rate": 500},
}
CHABOCHE = {"yield_stress": "60 MPa", "chaboche": [{"c": "40 GPa", "gamma": 800}, {"c": "3 GPa"}]}
SECTIONS: dict[str, dict[str, Any]] = {
    "isotropic": {"plastic": COPPER},
    "linear kinematic": {"plastic": {**COPPER, "kinematic": "5 GPa"}},
    "chaboche": {"plastic": CHABOCHE},
    "garofalo": {"creep": GAROFALO},
    "norton": {"creep": {"norton": {"a": "2e-9 1/s", "reference_stress": "1 MPa", "n": 5, "q_over_r": "0 K"}}},
    "double power": {"creep": DOUBLE},
    "creep and plastic": {"creep": GAROFALO, "plastic": {**COPPER, "yield_stress": "15 MPa"}},
    "anand": {"anand": ANAND},
    "anand of tin-lead": {"anand": TIN_LEAD},
}


def metal(elastic: dict[str, Any] = SOLDER, **sections: Any) -> Material:
    """A material with these sections."""
    return resolve(MaterialSpec.model_validate({**elastic, **sections}), name="mine")


def law(
    elastic: dict[str, Any] = SOLDER, reference: float = 300.0, green: bool = False, **sections: Any
) -> MaterialLaw:
    """The law of a material with these sections."""
    return law_of(metal(elastic, **sections), reference, green)
