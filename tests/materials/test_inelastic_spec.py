"""Sections of a material with a memory: what is read, what a base hands on, and the one line a wrong one gets."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from solver.materials import MaterialSpec, MixSpec, resolve
from solver.materials.inelastic.shift import Arrhenius, Shift, ShiftTable, Wlf, WlfArrhenius
from solver.materials.material import MaterialError

pytestmark = pytest.mark.serial

EPOXY = {"youngs_modulus": "20 GPa", "poisson_ratio": 0.3, "thermal_expansion": "10 ppm/K"}
WLF = {"wlf": {"reference": "160 degC", "c1": 17.44, "c2": "51.6 K"}}
RELAXING = {"times": ["1 s", "100 s"], "shear": [0.4, 0.3], "bulk": [0.1, 0.1], "shift": WLF}


def material(**changes: Any) -> Any:
    return resolve(MaterialSpec.model_validate({**EPOXY, **changes}), name="mine")


def message(**changes: Any) -> str:
    with pytest.raises((ValidationError, MaterialError)) as caught:
        material(**changes)
    return str(caught.value)


def shift(**form: Any) -> Shift:
    found: Shift = material(viscoelastic={**RELAXING, "shift": form}).inelastic.viscoelastic.shift
    return found


def test_a_material_without_sections_is_elastic() -> None:
    assert material().law == "elastic"
    assert material().inelastic is None
    assert resolve("silicon").law == "elastic"


def test_branches_are_read() -> None:
    found = material(viscoelastic=RELAXING)
    assert found.law == "viscoelastic"
    assert found.inelastic.viscoelastic.times == (1.0, 100.0)
    assert found.inelastic.viscoelastic.shear == (0.4, 0.3)
    assert found.inelastic.viscoelastic.bulk == (0.1, 0.1)


def test_bulk_is_elastic_if_absent_and_youngs_stands_for_both() -> None:
    no_bulk = {key: value for key, value in RELAXING.items() if key != "bulk"}
    assert material(viscoelastic=no_bulk).inelastic.viscoelastic.bulk == (0.0, 0.0)
    alike = material(viscoelastic={"times": ["1 s"], "youngs": [0.5]}).inelastic.viscoelastic
    assert alike.shear == alike.bulk == (0.5,)
    assert alike.shift is None


def test_a_base_hands_its_sections_on_and_null_takes_one_away() -> None:
    base = MaterialSpec.model_validate({**EPOXY, "viscoelastic": RELAXING})
    users = {"soft": base}
    assert resolve(MaterialSpec(base="soft"), users).law == "viscoelastic"
    stiffer = MaterialSpec.model_validate({"base": "soft", "youngs_modulus": "25 GPa"})
    assert resolve(stiffer, users).inelastic == resolve("soft", users).inelastic
    other = MaterialSpec.model_validate({"base": "soft", "viscoelastic": {"times": ["5 s"], "youngs": [0.5]}})
    assert resolve(other, users).inelastic.viscoelastic.times == (5.0,)
    assert resolve(MaterialSpec.model_validate({"base": "soft", "viscoelastic": None}), users).law == "elastic"


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (WLF, Wlf),
        ({"arrhenius": {"reference": "160 degC", "activation_energy": "250 kJ/mol"}}, Arrhenius),
        (
            {"wlf_arrhenius": {"reference": "160 degC", "c1": 12, "c2": "60 K", "activation_energy": "250 kJ/mol"}},
            WlfArrhenius,
        ),
        ({"table": {"temperature": ["25 degC", "160 degC", "200 degC"], "log10": [9, 0, -3]}}, ShiftTable),
    ],
)
def test_every_shift_is_one_at_its_reference_and_faster_above_it(form: dict[str, Any], kind: type) -> None:
    found = shift(**form)
    logs = found.log(np.array([393.15, 433.15, 463.15]))
    assert isinstance(found, kind)
    assert logs[1] == pytest.approx(0.0, abs=1e-12)
    assert logs[0] > 1.0
    assert logs[2] < -1.0


def test_numbers_of_the_shifts() -> None:
    """log10 a_T = -17.44 x 20 / 71.6 at 20 K above; ln a_T = 250000 / 8.314463 (1 / 413.15 - 1 / 433.15) below."""
    assert shift(**WLF).log(np.array(453.15)) == pytest.approx(-17.44 * 20 / 71.6 * np.log(10))
    both = {"wlf_arrhenius": {"reference": "160 degC", "c1": 17.44, "c2": "51.6 K", "activation_energy": "250 kJ/mol"}}
    assert shift(**both).log(np.array(413.15)) == pytest.approx(250000 / 8.314463 * (1 / 413.15 - 1 / 433.15))
    assert shift(**both).log(np.array(453.15)) == pytest.approx(-17.44 * 20 / 71.6 * np.log(10))


def test_below_the_pole_of_wlf_all_is_frozen() -> None:
    logs = shift(**WLF).log(np.array([300.0, 381.0, 381.6]))
    assert np.all(np.isfinite(logs))
    assert np.all(logs > 200.0)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({**RELAXING, "shift": {"wlf": {"reference": "160 degC", "c1": -17.44, "c2": "51.6 K"}}}, "a_T > 1 above"),
        ({**RELAXING, "shift": {"wlf": {"reference": "160 degC", "c1": 17.44, "c2": "-51.6 K"}}}, "a_T > 1 above"),
        (
            {**RELAXING, "shift": {"arrhenius": {"reference": "160 degC", "activation_energy": "-9 kJ/mol"}}},
            "faster when hot",
        ),
        ({**RELAXING, "shift": {"table": {"temperature": ["25 degC", "99 degC"], "log10": [0, 5]}}}, "a_T falls"),
        ({**RELAXING, "shift": {"table": {"temperature": ["25 degC"], "log10": [0, 5]}}}, "1 temperatures and 2"),
        ({**RELAXING, "shift": {**WLF, "table": {"temperature": ["25 degC", "99 degC"], "log10": [5, 0]}}}, "one of"),
        ({**RELAXING, "shift": {"wfl": {}}}, "did you mean 'wlf'"),
        ({**RELAXING, "shear": [0.4]}, "1 fractions for 2 times"),
        ({**RELAXING, "shear": [0.8, 0.3]}, "add up to 1 at most, not 1.1"),
        ({**RELAXING, "shear": [0.8, -0.3]}, "not negative"),
        ({**RELAXING, "times": ["100 s", "1 s"]}, "times must ascend"),
        ({**RELAXING, "times": ["0 s", "1 s"]}, "must be positive"),
        ({**RELAXING, "times": [1, 100]}, "needs a unit"),
        ({**RELAXING, "youngs": [0.1, 0.1]}, "leave those out"),
        ({"times": ["1 s"]}, "'shear' (with or without 'bulk') or 'youngs' is missing"),
    ],
)
def test_a_wrong_section_gets_one_line(section: dict[str, Any], words: str) -> None:
    assert words in message(viscoelastic=section)


def test_a_modulus_that_holds_its_relaxation_does_not_relax_once_more() -> None:
    table = {"temperature": ["25 degC", "200 degC"], "value": ["20 GPa", "1 GPa"]}
    text = message(youngs_modulus=table, viscoelastic=RELAXING)
    assert "falls from 20 to 1 GPa" in text
    assert "instantaneous" in text


def test_an_orthotropic_material_relaxes_by_one_curve() -> None:
    weave = {
        "youngs_modulus": ["24 GPa", "22 GPa", "8 GPa"],
        "poisson_ratio": [0.15, 0.36, 0.12],
        "shear_modulus": ["5.5 GPa", "3.2 GPa", "3 GPa"],
    }
    assert "write 'youngs'" in message(**weave, viscoelastic=RELAXING)
    assert material(**weave, viscoelastic={"times": ["1 s"], "youngs": [0.5]}).law == "viscoelastic"


def test_a_mixture_with_a_curing_part_is_refused_by_name_and_one_with_a_relaxing_part_relaxes() -> None:
    cure = {"kinetics": {"nth_order": {"a": "0.01 1/s", "e": "0 kJ/mol", "n": 1}}}
    mixed = MixSpec(mix="laminate", metal="copper", dielectric="soft", metal_fraction=0.5)
    users = {"soft": MaterialSpec.model_validate({**EPOXY, "viscoelastic": RELAXING, "cure": cure})}
    with pytest.raises(MaterialError, match="material 'soft': cure: its memory is lost in the mixture"):
        resolve(mixed, users)
    users = {"soft": MaterialSpec.model_validate({**EPOXY, "viscoelastic": RELAXING})}
    assert resolve(mixed, users).law == "smeared"
