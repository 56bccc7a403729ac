"""The library: every number has a source, every material is physical, names and bases resolve."""

import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.integrate import trapezoid

from solver.errors import CaseError
from solver.materials import MaterialSpec, MixSpec, load, names, resolve
from solver.materials.describe import describe, overview
from solver.materials.inelastic.words import words
from solver.materials.library import read
from solver.materials.material import MECHANICAL, THERMAL, TRANSITIONS
from solver.materials.reference import markdown

ROOT = Path(__file__).parents[2]
NEEDED = ("youngs_modulus", "poisson_ratio", "thermal_expansion", "thermal_conductivity", "density", "specific_heat")


def test_there_are_enough_materials() -> None:
    assert len(names()) >= 32
    assert {"glass-eagle-xg", "polyimide", "emc-generic", "silicon", "copper"} <= set(names())
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names())


@pytest.mark.parametrize("name", names())
def test_every_number_has_a_source(name: str) -> None:
    spec = read(name)
    assert spec.title and spec.category
    worn = {"electromigration"} if spec.electromigration is not None else set()
    assert {*spec.given(), *worn, *words(spec)} == set(spec.provenance)
    for key, provenance in spec.provenance.items():
        assert len(spec.sources[provenance.source]) > 20
        if key not in TRANSITIONS:
            assert provenance.valid is not None
            assert provenance.valid[0] < provenance.valid[1]
    assert set(spec.sources) == {provenance.source for provenance in spec.provenance.values()}


@pytest.mark.parametrize("name", names())
def test_every_material_is_complete_and_physical(name: str) -> None:
    material = resolve(name)
    assert all(material.has(key) for key in NEEDED)
    t = np.linspace(218.15, 573.15, 29)
    assert np.all(np.linalg.eigvalsh(material.stiffness(t)) > 0)
    assert np.all(material.conductivity(t) > 0)
    assert np.all(material.specific_heat(t) > 100)
    assert np.all(np.diff(material.thermal_strain(t, 298.15), axis=0) > 0)
    assert material.is_valid_at(298.15 + 2.0)


@pytest.mark.parametrize("name", names())
def test_tables_lie_inside_the_stated_validity(name: str) -> None:
    material = resolve(name)
    for key in NEEDED:
        low, high = material.valid_range([key])
        curve = material.curve(key)  # type: ignore[attr-defined]
        if not curve.is_constant:
            assert low - 2.1 <= curve.temperature[0] and curve.temperature[-1] <= high + 2.1


def test_silicon_has_the_biaxial_modulus_of_the_100_plane() -> None:
    """Hopcroft 2010: 180 GPa in every direction of the plane; the isotropic stand-in must bend a wafer alike."""
    for name in ("silicon", "silicon-cubic-100"):
        q = resolve(name).plane_stiffness(300.0)
        assert q[0, 0] + q[0, 1] == pytest.approx(180.3e9, rel=5e-3)


def test_silicon_expansion_is_that_of_okada_and_tokumaru() -> None:
    """J. Appl. Phys. 56 (1984) 314; integrated finely from 25 to 300 degC."""
    t = np.linspace(298.15, 573.15, 20001)
    alpha = (3.725 * (1 - np.exp(-5.88e-3 * (t - 124))) + 5.548e-4 * t) * 1e-6
    assert resolve("silicon").thermal_strain(573.15, 298.15)[0] == pytest.approx(trapezoid(alpha, t), rel=2e-3)


def test_silicon_conductivity_falls_from_148_at_300_kelvin() -> None:
    """Ho, Powell and Liley 1972."""
    assert resolve("silicon").conductivity([300.0, 400.0])[:, 0] == pytest.approx([148.0, 98.9], rel=1e-3)


def test_unknown_name_gets_the_nearest_spellings() -> None:
    for call in (load, resolve):
        with pytest.raises(CaseError, match="'silicn': unknown; did you mean 'silicon'"):
            call("silicn")


def test_base_keeps_what_is_not_changed() -> None:
    users = {"emc-stiff": MaterialSpec.model_validate({"base": "emc-generic", "youngs_modulus": "25 GPa"})}
    stiff, plain = resolve("emc-stiff", users), resolve("emc-generic")
    assert stiff.engineering_constants(298.15)[0] == pytest.approx(np.full(3, 25e9))
    assert not stiff.is_temperature_dependent_stiffness
    assert stiff.thermal_strain(500.0, 300.0) == pytest.approx(plain.thermal_strain(500.0, 300.0))


def test_a_moved_glass_transition_moves_the_step_of_the_base() -> None:
    users = {"hot": MaterialSpec.model_validate({"base": "emc-generic", "glass_transition": "180 degC"})}
    assert resolve("hot", users).thermal_strain(448.15, 298.15)[0] == pytest.approx(8e-6 * 150)


def test_bases_chain_and_a_library_name_may_be_changed_in_place() -> None:
    users = {
        "a": MaterialSpec.model_validate({"base": "silicon", "density": "1000 kg/m^3"}),
        "b": MaterialSpec.model_validate({"base": "a", "specific_heat": "1 kJ/kg/K"}),
        "copper": MaterialSpec.model_validate({"base": "copper", "density": "8000 kg/m^3"}),
    }
    b = resolve("b", users)
    assert (b.density, float(b.specific_heat(300.0))) == (1000.0, 1000.0)
    assert b.conductivity(300.0)[0] == pytest.approx(148.0)
    assert resolve("copper", users).density == 8000.0
    assert resolve("copper").density > 8900.0


def test_circles_are_found() -> None:
    users: dict[str, MaterialSpec | MixSpec] = {
        "a": MaterialSpec(base="b"),
        "b": MaterialSpec(base="a"),
        "m": MixSpec(mix="laminate", metal="copper", dielectric="m", metal_fraction=0.5),
    }
    with pytest.raises(CaseError, match="a -> b -> a"):
        resolve("a", users)
    with pytest.raises(CaseError, match="m -> m"):
        resolve("m", users)


def test_unknown_base_is_named() -> None:
    with pytest.raises(CaseError, match="'mine': base: unknown material 'emc-generc'; did you mean 'emc-generic'"):
        resolve("mine", {"mine": MaterialSpec(base="emc-generc")})


def test_validity_is_that_of_the_properties_asked_for() -> None:
    emc = resolve("emc-generic")
    assert emc.is_valid_at(533.15, MECHANICAL)
    assert not emc.is_valid_at(533.15, THERMAL)
    assert emc.valid_temperature == emc.valid_range()


def test_changed_value_loses_the_validity_of_the_library() -> None:
    users = {"soft": MaterialSpec.model_validate({"base": "copper", "youngs_modulus": "70 GPa"})}
    assert resolve("soft", users).valid_range(["youngs_modulus"]) == (-np.inf, np.inf)


def test_reference_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "materials.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m solver.materials.reference > docs/materials.md"


def test_screen_tables_show_values_and_sources() -> None:
    console = Console(width=200, file=StringIO())
    console.print(describe("silicon-cubic-100"), overview())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[169, 169, 130] GPa" in text and "Hopcroft" in text and "glass-eagle-xg" in text
