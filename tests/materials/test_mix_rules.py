"""Mix rules against closed forms, bounds and limits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from solver.materials import Material, MaterialError, MaterialSpec, MixSpec, resolve
from solver.materials.mix.conductivity import cylinders, maxwell, parallel, rayleigh, series
from solver.materials.mix.rules import CONDUCTIVITIES, RULES

T = 298.15
FRACTIONS = st.floats(0.02, 0.75)
MODULI = st.floats(0.5, 400.0)
RATIOS = st.floats(0.05, 0.45)


def isotropic(youngs: float, nu: float, alpha: float = 10.0, k: float = 1.0, **more: Any) -> MaterialSpec:
    """GPa, -, ppm/K, W/m/K."""
    return MaterialSpec.model_validate(
        {
            "youngs_modulus": f"{youngs!r} GPa",
            "poisson_ratio": nu,
            "thermal_expansion": f"{alpha!r} ppm/K",
            "thermal_conductivity": f"{k!r} W/m/K",
            **more,
        }
    )


def mixed(rule: str, metal: MaterialSpec, dielectric: MaterialSpec, fraction: float, **more: str) -> Material:
    spec = MixSpec(mix=rule, metal="m", dielectric="d", metal_fraction=fraction, **more)
    return resolve(spec, {"m": metal, "d": dielectric})


COPPER = isotropic(110.0, 0.35, 17.0, 390.0, density="8900 kg/m^3", specific_heat="385 J/kg/K")
RESIN = isotropic(3.5, 0.3, 35.0, 0.3, density="1400 kg/m^3", specific_heat="1100 J/kg/K")


def is_positive(matrix: np.ndarray, scale: np.ndarray) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] >= -1e-9 * np.max(np.abs(scale)))


@settings(max_examples=60, deadline=None)
@given(MODULI, RATIOS, MODULI, RATIOS, FRACTIONS)
def test_stiffness_lies_between_reuss_and_voigt(e1: float, nu1: float, e2: float, nu2: float, phi: float) -> None:
    metal, dielectric = isotropic(e1, nu1), isotropic(e2, nu2)
    c = {rule: mixed(rule, metal, dielectric, phi).stiffness(T) for rule in RULES}
    for rule in RULES:
        assert is_positive(c["voigt"] - c[rule], c["voigt"]), rule
        assert is_positive(c[rule] - c["reuss"], c["voigt"]), rule
        assert c[rule] == pytest.approx(c[rule].T, rel=1e-9)
    assert is_positive(c["hashin-shtrikman-upper"] - c["hashin-shtrikman-lower"], c["voigt"])


@settings(max_examples=60, deadline=None)
@given(MODULI, RATIOS, st.floats(0.0, 40.0), MODULI, RATIOS, st.floats(0.0, 80.0), FRACTIONS)
def test_hydrostatic_expansion_lies_between_the_constituents(
    e1: float, nu1: float, a1: float, e2: float, nu2: float, a2: float, phi: float
) -> None:
    """The volume expansion of any two-phase mixture lies between those of its constituents for these rules."""
    for rule in ("voigt", "reuss", "hashin-shtrikman-lower", "hashin-shtrikman-upper"):
        strain = mixed(rule, isotropic(e1, nu1, a1), isotropic(e2, nu2, a2), phi).thermal_strain(T + 1.0, T)
        assert min(a1, a2) - 1e-6 <= strain[0] * 1e6 <= max(a1, a2) + 1e-6


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("expansion", ["rosen-hashin", "turner"])
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_pure_limits(rule: str, expansion: str, fraction: float) -> None:
    pure = COPPER if fraction else RESIN
    mixture = mixed(rule, COPPER, RESIN, fraction, expansion=expansion, conductivity="cylinders")
    single = resolve(pure)
    assert mixture.stiffness(T) == pytest.approx(single.stiffness(T), rel=1e-9, abs=1.0)
    assert mixture.thermal_strain(400.0, T) == pytest.approx(single.thermal_strain(400.0, T), rel=1e-9)
    assert mixture.conductivity(T) == pytest.approx(single.conductivity(T), rel=1e-9)
    assert mixture.density == pytest.approx(single.density)
    assert mixture.specific_heat(T) == pytest.approx(single.specific_heat(T))


@pytest.mark.parametrize("name", [*CONDUCTIVITIES])
def test_conductivity_limits_and_equal_constituents(name: str) -> None:
    one, other = np.full(3, 390.0), np.full(3, 0.3)
    rule = CONDUCTIVITIES[name]
    assert rule(one, other, 0.0) == pytest.approx(other)
    assert rule(one, one, 0.4) == pytest.approx(one)
    if name != "rayleigh":
        assert rule(one, other, 1.0) == pytest.approx(one)


@pytest.mark.parametrize("rule", RULES)
def test_two_halves_of_one_material_are_that_material(rule: str) -> None:
    mixture, single = mixed(rule, COPPER, COPPER, 0.37), resolve(COPPER)
    assert mixture.stiffness(T) == pytest.approx(single.stiffness(T), rel=1e-9, abs=1.0)
    assert mixture.thermal_strain(400.0, T) == pytest.approx(single.thermal_strain(400.0, T), rel=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_equal_stiffness_averages_the_expansion(rule: str) -> None:
    """Two constituents of one stiffness load each other symmetrically whatever the picture."""
    mixture = mixed(rule, isotropic(50.0, 0.3, 20.0), isotropic(50.0, 0.3, 10.0), 0.4)
    assert mixture.thermal_strain(T + 1, T) == pytest.approx(np.full(3, 14e-6), rel=1e-9)


def test_laminate_against_the_two_layer_formulas() -> None:
    """Isotropic sheets, hand derivation. In the plane: alpha = sum(phi Q alpha) / sum(phi Q), Q = E / (1 - nu).

    Through it: 1 / C_zz = sum(phi / C33), alpha_z = sum(phi (alpha + 2 nu / (1 - nu) (alpha - alpha_xy))).
    """
    phi, e, nu, alpha = (
        np.array([0.35, 0.65]),
        np.array([110e9, 3.5e9]),
        np.array([0.35, 0.3]),
        np.array([17e-6, 35e-6]),
    )
    mixture = mixed("laminate", COPPER, RESIN, 0.35)
    c, strain = mixture.stiffness(T), mixture.thermal_strain(T + 1, T)
    biaxial = e / (1 - nu)
    plane = np.sum(phi * biaxial * alpha) / np.sum(phi * biaxial)
    assert strain[:2] == pytest.approx([plane, plane], rel=1e-9)
    assert strain[2] == pytest.approx(np.sum(phi * (alpha + 2 * nu / (1 - nu) * (alpha - plane))), rel=1e-9)
    assert c[2, 2] == pytest.approx(1 / np.sum(phi / (e * (1 - nu) / (1 + nu) / (1 - 2 * nu))))
    assert c[3, 3] == pytest.approx(1 / np.sum(phi * 2 * (1 + nu) / e))
    assert c[5, 5] == pytest.approx(np.sum(phi * e / 2 / (1 + nu)))
    q = mixture.plane_stiffness(T)
    assert q[0, 0] + q[0, 1] == pytest.approx(np.sum(phi * biaxial))


def test_laminate_of_orthotropic_sheets_keeps_equilibrium() -> None:
    """Both sheets carry the same plane strains and normal stresses; averages obey the stiffness of the mixture."""
    mixture = resolve(MixSpec(mix="laminate", metal="copper", dielectric="fr4", metal_fraction=0.3))
    parts = resolve("copper").stiffness(T), resolve("fr4").stiffness(T)
    plane, normal = [0, 1, 5], [2, 3, 4]
    wanted_plane, wanted_normal = np.array([1e-3, -2e-3, 5e-4]), np.array([4e6, -1e6, 2e6])
    stress, strain = np.zeros(6), np.zeros(6)
    for share, c in zip((0.3, 0.7), parts, strict=True):
        eps = np.zeros(6)
        eps[plane] = wanted_plane
        eps[normal] = np.linalg.solve(
            c[np.ix_(normal, normal)], wanted_normal - c[np.ix_(normal, plane)] @ wanted_plane
        )
        strain, stress = strain + share * eps, stress + share * c @ eps
    assert mixture.stiffness(T) @ strain == pytest.approx(stress, rel=1e-9)


def test_fibre_axial_modulus_and_plane_bulk_modulus() -> None:
    """Z. Hashin, B. W. Rosen, J. Appl. Mech. 31 (1964) 223: E_z within 1 % of the average; exact plane bulk modulus."""
    phi, mixture = 0.4, mixed("via", COPPER, RESIN, 0.4)
    youngs, _, shear = mixture.engineering_constants(T)
    assert youngs[2] == pytest.approx(phi * 110e9 + (1 - phi) * 3.5e9, rel=1e-2)
    assert youngs[2] > phi * 110e9 + (1 - phi) * 3.5e9
    kf, km = (e / 2 / (1 + nu) / (1 - 2 * nu) for e, nu in ((110e9, 0.35), (3.5e9, 0.3)))
    gm = 3.5e9 / 2.6
    c = mixture.stiffness(T)
    assert (c[0, 0] + c[0, 1]) / 2 == pytest.approx(km + phi / (1 / (kf - km) + (1 - phi) / (km + gm)))
    assert shear[1] == pytest.approx(shear[2])


def test_schapery_is_close_to_the_exact_fibre_expansion() -> None:
    exact = mixed("fibre", COPPER, RESIN, 0.3).thermal_strain(T + 1, T)
    quick = mixed("fibre", COPPER, RESIN, 0.3, expansion="schapery").thermal_strain(T + 1, T)
    assert quick[2] == pytest.approx(exact[2], rel=0.02)
    assert quick[0] == pytest.approx(exact[0], rel=0.06)


def test_via_expansion_of_one_composite_cylinder() -> None:
    """A thick-walled tube of resin round a copper core, generalised plane strain, solved by Lame's equations."""
    phi, (e1, n1, a1), (e2, n2, a2) = 0.3, (110e9, 0.35, 17e-6), (3.5e9, 0.3, 35e-6)

    def lame(e: float, n: float) -> tuple[float, float]:
        return e * n / (1 + n) / (1 - 2 * n), e / 2 / (1 + n)

    (l1, g1), (l2, g2) = lame(e1, n1), lame(e2, n2)
    t1, t2 = (3 * l1 + 2 * g1) * a1, (3 * l2 + 2 * g2) * a2
    b2, inner = 1.0, phi  # squared radii of the tube; unknowns: core A, tube B and D (u = B r + D / r), axial strain
    matrix = np.array(
        [
            [1, -1, -1 / inner, 0],
            [2 * (l1 + g1), -2 * (l2 + g2), 2 * g2 / inner, l1 - l2],
            [0, 2 * (l2 + g2), -2 * g2 / b2, l2],
            [phi * 2 * l1, (1 - phi) * 2 * l2, 0, phi * (l1 + 2 * g1) + (1 - phi) * (l2 + 2 * g2)],
        ]
    )
    _, outer_b, outer_d, axial = np.linalg.solve(matrix, [0, t1 - t2, t2, phi * t1 + (1 - phi) * t2])
    strain = mixed("via", COPPER, RESIN, phi).thermal_strain(T + 1, T)
    assert strain == pytest.approx([outer_b + outer_d, outer_b + outer_d, axial], rel=1e-9)


def test_turner_weights_by_bulk_moduli() -> None:
    bulk = np.array([110 / 3 / (1 - 0.7), 3.5 / 3 / (1 - 0.6)])
    share = np.array([0.35, 0.65]) * bulk
    expected = float(np.sum(share * [17e-6, 35e-6]) / np.sum(share))
    for rule in ("voigt", "laminate", "via"):
        strain = mixed(rule, COPPER, RESIN, 0.35, expansion="turner").thermal_strain(T + 1, T)
        assert strain == pytest.approx(np.full(3, expected), rel=1e-9)


@pytest.mark.parametrize(
    ("km", "kf", "phi", "across", "along"),
    [
        (0.3, 385.0, np.pi * 0.15**2, 0.345561, 27.493),  # solid 0.3 mm vias at 1 mm pitch in FR4
        (130.0, 390.0, np.pi / 4 / 16, 136.542, 142.763),  # 10 um TSVs at 40 um pitch
    ],
)
def test_rayleigh_arrays_of_vias(km: float, kf: float, phi: float, across: float, along: float) -> None:
    """VALIDATION D5."""
    mixture = mixed("via", isotropic(100.0, 0.3, k=kf), isotropic(10.0, 0.3, k=km), phi)
    assert mixture.conductivity(T) == pytest.approx([across, across, along], rel=1e-4)


@given(st.floats(0.1, 500.0), st.floats(0.1, 500.0), st.floats(0.0, 0.7))
def test_conductivity_lies_between_series_and_parallel(k1: float, k2: float, phi: float) -> None:
    one, other = np.full(3, k1), np.full(3, k2)
    for rule in (maxwell, cylinders, rayleigh):
        value = rule(one, other, phi)
        assert np.all(value <= parallel(one, other, phi) * (1 + 1e-9))
        assert np.all(value >= series(one, other, phi) * (1 - 1e-9))


@pytest.mark.parametrize("name", CONDUCTIVITIES)
def test_slope_of_the_conductivity_is_its_derivative(name: str) -> None:
    spec = MixSpec(mix="laminate", metal="copper", dielectric="silicon", metal_fraction=0.3, conductivity=name)
    mixture, step = resolve(spec), 0.01
    difference = (mixture.conductivity(320.0 + step) - mixture.conductivity(320.0 - step)) / (2 * step)
    assert mixture.conductivity_slope(320.0) == pytest.approx(difference, rel=1e-6)
    assert mixture.is_temperature_dependent_conductivity


def test_a_mixture_feels_the_glass_transition_of_its_dielectric() -> None:
    mixture = resolve(MixSpec(mix="laminate", metal="copper", dielectric="abf", metal_fraction=0.3))
    t = np.array([298.15, 423.15, 473.15])
    stiffness, strain = mixture.stiffness(t), mixture.thermal_strain(t, 298.15)
    assert stiffness.shape == (3, 6, 6) and strain.shape == (3, 3)
    assert stiffness[2, 2, 2] < 0.2 * stiffness[0, 2, 2]
    assert strain[0] == pytest.approx(np.zeros(3), abs=1e-15)
    assert mixture.is_temperature_dependent_stiffness and mixture.is_temperature_dependent_expansion
    assert 153 + 273.15 in mixture.knots


@pytest.mark.parametrize("expansion", ["rosen-hashin", "turner", "schapery"])
def test_strain_of_many_temperatures_is_that_of_each(expansion: str) -> None:
    t = np.array([[280.0, 300.0, 350.0], [400.0, 420.0, 500.0]])
    for dielectric in ("silicon", "abf"):
        mixture = resolve(
            MixSpec(mix="via", metal="copper", dielectric=dielectric, metal_fraction=0.2, expansion=expansion)
        )
        together = mixture.thermal_strain(t, T)
        one_by_one = np.array([[mixture.thermal_strain(x, T) for x in row] for row in t])
        assert together == pytest.approx(one_by_one, rel=1e-10, abs=1e-15)
        assert mixture.stiffness(t).shape == (2, 3, 6, 6)


def test_mixtures_may_be_named_and_nested() -> None:
    users: dict[str, MaterialSpec | MixSpec] = {
        "rdl": MixSpec(mix="laminate", metal="copper", dielectric="polyimide", metal_fraction=0.35),
        "outer": MixSpec(mix="via", metal="copper", dielectric="rdl", metal_fraction=0.1),
    }
    assert resolve("rdl", users).density == pytest.approx(0.35 * 8933 + 0.65 * 1400)
    assert np.all(np.linalg.eigvalsh(resolve("outer", users).stiffness(T)) > 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mix": "laminat"}, "did you mean 'laminate'"),
        ({"metal_fraction": 1.2}, "between 0 and 1"),
        ({"metal_fraction": "35 %"}, ""),
        ({"expansion": "schapery"}, "does not go with mix 'laminate'; valid: rosen-hashin, turner"),
        ({"mix": "via", "metal_fraction": 0.8}, "cylinders of a square array touch at 0.7854"),
        ({"metal_fracton": 0.3}, "did you mean 'metal_fraction'"),
        ({"conductivity": "paralel"}, "did you mean 'parallel'"),
    ],
)
def test_bad_mixtures_get_one_line(changes: dict[str, Any], words: str) -> None:
    data = {"mix": "laminate", "metal": "copper", "dielectric": "polyimide", "metal_fraction": 0.35, **changes}
    if not words:
        assert MixSpec.model_validate(data).metal_fraction == pytest.approx(0.35)
        return
    with pytest.raises(ValidationError, match=words):
        MixSpec.model_validate(data)


def test_isotropic_rules_refuse_orthotropic_constituents() -> None:
    with pytest.raises(MaterialError, match="'fr4' is not; use 'laminate' or 'fibre'"):
        resolve(MixSpec(mix="hashin-shtrikman-lower", metal="copper", dielectric="fr4", metal_fraction=0.3))


def test_unknown_constituent_is_named() -> None:
    with pytest.raises(MaterialError, match="'coper': unknown; did you mean 'copper'"):
        resolve(MixSpec(mix="laminate", metal="coper", dielectric="abf", metal_fraction=0.3))


@pytest.mark.parametrize("key", ["stress: 100 MPa", "stress_free_temperature: 100 degC"])
def test_what_a_constituent_is_born_with_is_refused_not_dropped(key):
    name, value = key.split(": ")
    metal = MaterialSpec.model_validate({"base": "copper", name: value})
    mixed = MixSpec(mix="laminate", metal="plated", dielectric="polyimide", metal_fraction=0.3)
    with pytest.raises(MaterialError, match="is lost in the mixture"):
        resolve(mixed, {"plated": metal})


@pytest.mark.serial
@pytest.mark.parametrize("rule", ["via", "laminate", "traces", "voigt"])
def test_resistivity_of_a_mixture_follows_its_metal(rule):
    """One conductor: the same part of its conductivity at any temperature; the slope as of finite differences."""
    table = {"temperature": ["25 degC", "125 degC"], "value": ["1.7e-8 ohm m", "2.4e-8 ohm m"]}
    wire = isotropic(110.0, 0.35, electrical_resistivity=table)
    found = mixed(rule, wire, RESIN, 0.3, conducts=True)
    cold, warm = (found.resistivity(kelvin) for kelvin in (T, T + 100.0))
    assert cold.min() >= 1.7e-8 / 0.3 * (1 - 1e-9)
    np.testing.assert_allclose(warm, cold * 2.4 / 1.7, rtol=1e-12)
    step = found.resistivity(T + 51.0) - found.resistivity(T + 50.0)
    np.testing.assert_allclose(found.resistivity_slope(T + 50.0), step, rtol=1e-9)
    assert found.is_temperature_dependent_resistivity
