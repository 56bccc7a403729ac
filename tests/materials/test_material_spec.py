"""What a case file may write for a material, and the one line a wrong one gets."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from solver.materials import MaterialSpec, resolve
from solver.materials.material import MaterialError

STEEL = {"youngs_modulus": "200 GPa", "poisson_ratio": 0.3, "thermal_expansion": "12 ppm/K"}
GLASS_EPOXY = {
    "youngs_modulus": ["24 GPa", "22 GPa", "8 GPa"],
    "poisson_ratio": [0.15, 0.36, 0.12],
    "shear_modulus": ["5.5 GPa", "3.2 GPa", "3 GPa"],
}


def spec(**changes: Any) -> MaterialSpec:
    return MaterialSpec.model_validate({**STEEL, **changes})


def message(data: dict[str, Any]) -> str:
    """The error of a spec, or of the material it describes."""
    with pytest.raises((ValidationError, MaterialError)) as caught:
        resolve(MaterialSpec.model_validate(data), name="mine")
    return str(caught.value)


def test_isotropic_stiffness_is_hookes_law() -> None:
    c = resolve(spec()).stiffness(300.0)
    lame, shear = 200e9 * 0.3 / 1.3 / 0.4, 200e9 / 2.6
    assert c[0, 0] == pytest.approx(lame + 2 * shear)
    assert c[0, 1] == pytest.approx(lame)
    assert np.diagonal(c)[3:] == pytest.approx(np.full(3, shear))


def test_poisson_ratios_follow_the_stated_convention() -> None:
    """nu_xy = -eps_y / eps_x under sigma_x; nu_zx = -eps_x / eps_z under sigma_z; shear in the order yz, xz, xy."""
    flexibility = np.linalg.inv(resolve(MaterialSpec.model_validate(GLASS_EPOXY)).stiffness(300.0))
    under_x, under_z = flexibility[:, 0], flexibility[:, 2]
    assert -under_x[1] / under_x[0] == pytest.approx(0.15)
    assert -under_z[0] / under_z[2] == pytest.approx(0.12)
    assert 1 / np.diagonal(flexibility)[3:] == pytest.approx([3.2e9, 3e9, 5.5e9])
    assert flexibility == pytest.approx(flexibility.T)


def test_engineering_constants_come_back() -> None:
    youngs, poisson, shear = resolve(MaterialSpec.model_validate(GLASS_EPOXY)).engineering_constants([300.0, 400.0])
    assert youngs[1] == pytest.approx([24e9, 22e9, 8e9])
    assert poisson[1] == pytest.approx([0.15, 0.36, 0.12])
    assert shear[1] == pytest.approx([5.5e9, 3.2e9, 3e9])


def test_plane_stress_stiffness_of_an_isotropic_plate() -> None:
    q = resolve(spec()).plane_stiffness(300.0)
    assert q[0, 0] == pytest.approx(200e9 / (1 - 0.3**2))
    assert q[0, 1] == pytest.approx(0.3 * q[0, 0])
    assert q[2, 2] == pytest.approx(200e9 / 2.6)


def test_strain_across_the_glass_transition_is_the_integral() -> None:
    material = resolve(
        spec(thermal_expansion={"below_tg": "8 ppm/K", "above_tg": "30 ppm/K"}, glass_transition="150 degC")
    )
    strain = material.thermal_strain([298.15, 448.15], 448.15)
    assert strain[0] == pytest.approx(np.full(3, -(8e-6 * 125 + 30e-6 * 25)), rel=1e-12)
    assert strain[1] == pytest.approx(np.zeros(3))


def test_directions_below_and_above_the_glass_transition() -> None:
    expansion = {"below_tg": ["15 ppm/K", "14 ppm/K", "60 ppm/K"], "above_tg": "200 ppm/K"}
    material = resolve(spec(thermal_expansion=expansion, glass_transition="140 degC"))
    assert material.thermal_strain(423.15, 403.15) == pytest.approx(
        [15e-5 + 2e-3, 14e-5 + 2e-3, 60e-5 + 2e-3], rel=1e-9
    )


def test_secant_table_gives_the_handbook_strain() -> None:
    table = {"temperature": ["100 degC", "300 degC"], "value": ["16.9 ppm/K", "17.6 ppm/K"]}
    material = resolve(spec(thermal_expansion={**table, "kind": "secant", "reference": "20 degC"}))
    assert material.thermal_strain(573.15, 293.15)[0] == pytest.approx(17.6e-6 * 280, rel=1e-12)
    assert material.thermal_strain(473.15, 293.15)[2] == pytest.approx(17.25e-6 * 180, rel=1e-12)


def test_tables_of_three_and_vectorised_temperatures() -> None:
    rows = {"temperature": ["25 degC", "125 degC"], "value": ["2 W/m/K", ["1 W/m/K", "1 W/m/K", "0.5 W/m/K"]]}
    material = resolve(spec(thermal_conductivity=rows))
    t = np.array([[298.15, 348.15], [398.15, 500.0]])
    assert material.conductivity(t).shape == (2, 2, 3)
    assert material.conductivity(348.15) == pytest.approx([1.5, 1.5, 1.25])
    assert material.conductivity_slope(348.15) == pytest.approx([-0.01, -0.01, -0.015])
    assert material.stiffness(t).shape == (2, 2, 6, 6)
    assert material.is_temperature_dependent_conductivity
    assert not material.is_temperature_dependent_stiffness
    assert not material.is_temperature_dependent_expansion


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**STEEL, "youngs_modulus": "0 GPa"}, ["youngs_modulus", "0 GPa", "between 0 and 2000 GPa"]),
        ({**STEEL, "youngs_modulus": "22"}, ["needs a unit", "22 GPa"]),
        ({**STEEL, "poisson_ratio": 0.5}, ["mine", "poisson_ratio", "0.5 is not physical", "-1 < nu < 0.5"]),
        ({**STEEL, "poisson_ratio": -1.0}, ["poisson_ratio", "-1 is not physical"]),
        ({**STEEL, "thermal_conductivity": "-1 W/m/K"}, ["thermal_conductivity", "-1 W/m/K", "between 0 and"]),
        ({**STEEL, "thermal_expansion": "8 1/K"}, ["thermal_expansion", "2000 ppm/K"]),
        ({**STEEL, "thermal_expansion": "8 GPa"}, ["thermal_expansion", "not a unit of thermal expansion"]),
        ({**STEEL, "thermal_expansion": {"below_tg": "8 ppm/K"}}, ["'above_tg' is missing"]),
        (
            {**STEEL, "thermal_expansion": {"below_tg": "8 ppm/K", "above_tg": "9 ppm/K"}},
            ["need", "'glass_transition'"],
        ),
        ({**STEEL, "density": ["1 kg/m^3"] * 3}, ["density", "has no direction"]),
        ({**STEEL, "youngs_modulus": ["1 GPa", "2 GPa"]}, ["three directions", "has 2"]),
        ({**STEEL, "youngs_modulus": ["1 GPa", "2 GPa", "3 GPa"]}, ["shear_modulus", "[xy, yz, zx]"]),
        ({**STEEL, "shear_modulus": "50 GPa"}, ["50 GPa contradicts", "76.92 GPa"]),
        ({"youngs_modulus": "3 GPa"}, ["poisson_ratio", "missing"]),
        ({**GLASS_EPOXY, "poisson_ratio": [1.1, 0.36, 0.12]}, ["nu_xy = 1.1", "Ex / Ey = 1.091"]),
        ({**GLASS_EPOXY, "poisson_ratio": [0.9, 1.5, 0.5]}, ["not physical", "positive definite"]),
        ({**STEEL, "youngs_moduls": "3 GPa"}, ["unknown key 'youngs_moduls'", "'youngs_modulus'"]),
        ({**STEEL, "cte": "3 ppm/K"}, ["did you mean 'thermal_expansion'"]),
    ],
)
def test_errors_name_key_value_and_rule(data: dict[str, Any], words: list[str]) -> None:
    text = message(data)
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"temperature": ["25 degC"], "value": ["1 GPa", "2 GPa"]}, "1 temperatures and 2 values"),
        ({"temperature": ["25 degC", "25 degC"], "value": ["1 GPa", "2 GPa"]}, "must ascend"),
        ({"temperature": ["125 degC", "25 degC"], "value": ["1 GPa", "2 GPa"]}, "'25 degC' follows '125 degC'"),
        ({"temperature": ["-300 degC", "25 degC"], "value": ["1 GPa", "2 GPa"]}, "absolute zero"),
        ({"temperatures": ["25 degC"], "value": ["1 GPa"]}, "did you mean 'temperature'"),
        ({"value": ["1 GPa"]}, "'temperature' is missing"),
        ({"temperature": [], "value": []}, "a table is"),
    ],
)
def test_bad_tables(table: dict[str, Any], words: str) -> None:
    assert words in message({**STEEL, "youngs_modulus": table})


def test_secant_needs_its_reference() -> None:
    table = {"temperature": ["25 degC"], "value": ["1 ppm/K"]}
    assert "needs the 'reference'" in message({**STEEL, "thermal_expansion": {**table, "kind": "secant"}})
    assert "neither 'tangent' nor 'secant'" in message({**STEEL, "thermal_expansion": {**table, "kind": "mean"}})


def test_a_missing_property_is_named_when_it_is_needed() -> None:
    material = resolve(spec(), name="mine")
    assert not material.has("thermal_conductivity")
    with pytest.raises(MaterialError, match="'mine': thermal_conductivity: not given"):
        material.conductivity(300.0)
    with pytest.raises(MaterialError, match="density"):
        _ = material.density


LINE = {"value": "2e-8 ohm m", "temperature_coefficient": "0.004 1/K", "reference": "20 degC"}


def test_resistivity_is_a_line_or_a_table_that_goes_on() -> None:
    line = resolve(spec(electrical_resistivity=LINE))
    assert line.resistivity([293.15, 393.15, 1293.15])[:, 2] == pytest.approx([2e-8, 2.8e-8, 10e-8])
    assert line.resistivity_slope(500.0) == pytest.approx(np.full(3, 8e-11))
    assert line.is_temperature_dependent_resistivity
    data = {"temperature": ["0 degC", "100 degC"], "value": ["1 uohm cm", "1.5 uohm cm"]}
    table = resolve(spec(electrical_resistivity=data))
    assert table.resistivity([173.15, 323.15, 473.15])[:, 0] == pytest.approx([1e-8, 1.25e-8, 2e-8])
    assert table.valid_range(["electrical_resistivity"]) == pytest.approx((273.15, 373.15))
    assert not resolve(spec(electrical_resistivity="1 uohm cm")).is_temperature_dependent_resistivity


def test_bad_resistivities() -> None:
    assert "between 1e-10 and 1000 ohm m" in message({**STEEL, "electrical_resistivity": "0 ohm m"})
    short = {key: LINE[key] for key in ("value", "temperature_coefficient")}
    assert "'reference' is missing" in message({**STEEL, "electrical_resistivity": short})
    steep = {**LINE, "temperature_coefficient": "0.4 1/K"}
    assert "between 0 and 0.1 1/K" in message({**STEEL, "electrical_resistivity": steep})
    assert "did you mean 'electrical_resistivity'" in message({**STEEL, "resistivity": "1 ohm m"})


def test_mixtures_and_arrays_are_no_conductors() -> None:
    from solver.materials import MixSpec

    mixed = resolve(MixSpec(mix="laminate", metal="copper", dielectric="sac305", metal_fraction=0.5))
    assert not mixed.has("electrical_resistivity")
    with pytest.raises(MaterialError, match="is no conductor"):
        mixed.resistivity(300.0)


def test_constants_of_electromigration_change_one_by_one() -> None:
    test = {"life": "500 h", "current_density": "1 MA/cm^2", "temperature": "150 degC"}
    changed = MaterialSpec.model_validate({"base": "copper-plated", "electromigration": {"reference": test}})
    metal, base = resolve(changed).electromigration, resolve("copper-plated").electromigration
    assert metal is not None and base is not None and metal.reference is not None
    assert (metal.exponent, metal.blech_product) == (base.exponent, base.blech_product)
    assert metal.reference.life == pytest.approx(500 * 3600)
    assert metal.reference.current_density == pytest.approx(1e10)
    assert "needs 'current_exponent'" in message({**STEEL, "electromigration": {"activation_energy": "0.9 eV"}})
    assert "0.05 to 5" in message({**STEEL, "electromigration": {"activation_energy": "9 eV"}})
    assert resolve("silicon").electromigration is None
