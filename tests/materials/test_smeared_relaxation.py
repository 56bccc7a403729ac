"""Mixtures and unit cells that relax: limits of elastic mixtures, and constituents integrated in time."""

from typing import Any

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.materials import resolve
from solver.materials.cell.spec import TraceCell
from solver.materials.laws.smeared import SmearedRelaxing, smeared, smeared_in_numpy
from solver.materials.laws.table import law_of
from solver.materials.material import MaterialError
from solver.materials.mix.rules import RULES
from solver.materials.mix.spec import MixSpec
from solver.materials.smeared_relaxation import TOLERANCE
from solver.materials.spec import MaterialSpec
from tests.materials.points import Point
from tests.solving import solve_case

pytestmark = pytest.mark.serial

SHIFT = {"wlf_arrhenius": {"reference": "150 degC", "c1": 12, "c2": "60 K", "activation_energy": "250 kJ/mol"}}
SOFT = {
    "youngs_modulus": "3 GPa",
    "poisson_ratio": 0.35,
    "thermal_expansion": "50 ppm/K",
    "viscoelastic": {
        "times": ["1 s", "100 s", "1e4 s"],
        "shear": [0.3, 0.35, 0.25],
        "bulk": [0.1, 0.1, 0.05],
        "shift": SHIFT,
    },
}
SHEAR, BULK = (3e9 / 2 / 1.35, 0.1), (3e9 / 3 / 0.3, 0.75)  # Pa in no time, and the part that stays
METAL = {"youngs_modulus": "120 GPa", "poisson_ratio": 0.34, "thermal_expansion": "17 ppm/K"}
REFERENCE = 423.15


def users(**changes: Any) -> dict[str, MaterialSpec]:
    bulk, shear = BULK[0] * BULK[1], SHEAR[0] * SHEAR[1]
    rest = {
        "youngs_modulus": f"{9 * bulk * shear / (3 * bulk + shear)!r} Pa",
        "poisson_ratio": (3 * bulk - 2 * shear) / (6 * bulk + 2 * shear),
        "thermal_expansion": "50 ppm/K",
    }
    written = {"metal": METAL, "soft": SOFT, "glass": {**SOFT, "viscoelastic": None}, "rest": rest, **changes}
    return {name: MaterialSpec.model_validate(one) for name, one in written.items()}


def mixture(rule: str, dielectric: str = "soft", fraction: float = 0.35, **changes: Any) -> Any:
    spec = MixSpec(mix=rule, metal="metal", dielectric=dielectric, metal_fraction=fraction)
    return resolve(spec, users(**changes))


@pytest.mark.parametrize("rule", RULES)
def test_at_first_and_in_the_end_it_is_the_elastic_mixture_of_glass_and_of_what_stays(rule: str) -> None:
    """Stress of a strain at once and after 1e9 s, and free strain after a slow cooling: Levin's of both limits."""
    strain = np.array([1e-3, -5e-4, 2e-3, 1e-3, 2e-3, -1e-3])
    point = Point(law_of(mixture(rule), REFERENCE), REFERENCE)
    for dielectric, seconds in (("glass", 0.0), ("rest", 1e9)):
        found = point.strained(strain, seconds)
        known = mixture(rule, dielectric).stiffness(REFERENCE) @ strain
        assert found == pytest.approx(known, rel=1e-5, abs=1e-5 * np.abs(known).max())
    cold = REFERENCE - 20.0
    warm = Point(law_of(mixture(rule), REFERENCE), REFERENCE)
    length = warm.loaded(np.zeros(6), range(6), 1e12, cold)
    assert length[:3] == pytest.approx(mixture(rule, "rest").thermal_strain(cold, REFERENCE), rel=1e-4)


@pytest.mark.parametrize("rule", RULES)
def test_the_series_holds_its_moduli_to_a_hundredth(rule: str) -> None:
    for fraction in (0.05, 0.35, 0.7):
        assert mixture(rule, fraction=fraction).relaxation.error < TOLERANCE


class Sheets:
    """Sheets of metal and of the dielectric in turn: equal strain in the plane, equal stress across, step by step."""

    plane, across = [0, 1, 5], [2, 3, 4]

    def __init__(self, fraction: float) -> None:
        known = users()
        self.parts = [
            (fraction, Point(law_of(resolve("metal", known), REFERENCE), REFERENCE)),
            (1.0 - fraction, Point(law_of(resolve("soft", known), REFERENCE), REFERENCE)),
        ]

    def strained(self, strain: np.ndarray, seconds: float, kelvin: float) -> np.ndarray:
        tangents, stresses, start = [], [], []
        for _, point in self.parts:
            at = point.strain.copy()
            at[0, self.plane] = strain[self.plane]
            answer = point.law.respond(at, np.array([kelvin]), point.kelvin, seconds, point.state)
            rows = answer.tangent.moduli[0]
            matrix = np.diag([rows[5], rows[7 - 1], rows[7]])
            tangents.append(matrix)
            stresses.append(answer.stress[0][self.across])
            start.append(at[0])
        (f, _), (g, _) = self.parts
        # s1 + D1 x = s2 + D2 y,  f (a1 + x) + g (a2 + y) = strain across
        a = np.block([[tangents[0], -tangents[1]], [f * np.eye(3), g * np.eye(3)]])
        wanted = strain[self.across] - f * start[0][self.across] - g * start[1][self.across]
        change = np.linalg.solve(a, np.concatenate([stresses[1] - stresses[0], wanted]))
        total = np.zeros(6)
        for number, (share, point) in enumerate(self.parts):
            own = start[number].copy()
            own[self.across] += change[3 * number : 3 * number + 3]
            total += share * point.strained(own, seconds, kelvin)
        return total


@pytest.mark.parametrize("component", range(6))
def test_sheets_integrated_in_time_relax_as_their_mixture(component: int) -> None:
    """A strain held for five decades of time, in twenty steps a decade: within 0.3 % of the stress at first."""
    point, sheets = Point(law_of(mixture("laminate"), REFERENCE), REFERENCE), Sheets(0.35)
    strain = 1e-3 * np.eye(6)[component]
    first = sheets.strained(strain, 0.0, REFERENCE)
    assert point.strained(strain, 0.0) == pytest.approx(first, rel=1e-9, abs=1.0)
    for seconds in np.diff(np.append(0.0, np.geomspace(1e-2, 1e5, 141))):
        known = sheets.strained(strain, float(seconds), REFERENCE)
        found = point.strained(strain, float(seconds))
        assert found == pytest.approx(known, rel=0.02, abs=0.003 * np.abs(first).max())


@pytest.mark.slow
def test_sheets_that_cool_while_they_relax_have_the_stress_of_their_mixture() -> None:
    """Held on all sides, 150 to 100 degC in 1000 s: both expand, one relaxes, and slower as it cools."""
    point, sheets = Point(law_of(mixture("laminate"), REFERENCE), REFERENCE), Sheets(0.35)
    steps, kelvins = 200, np.linspace(REFERENCE, REFERENCE - 50.0, 201)[1:]
    for kelvin in kelvins:
        known = sheets.strained(np.zeros(6), 1000.0 / steps, float(kelvin))
        found = point.strained(np.zeros(6), 1000.0 / steps, float(kelvin))
    assert found[:3] == pytest.approx(known[:3], rel=0.01)
    assert known[2] < 0.97 * mixture("laminate", "glass").stiffness(300.0)[2, :3] @ mixture(
        "laminate", "glass"
    ).thermal_strain(REFERENCE, kelvins[-1])


def test_along_its_traces_a_cell_of_equal_poisson_ratios_relaxes_as_the_rule_of_mixtures() -> None:
    """E(t) = f E1 + (1 - f) E2(t) exactly, as both narrow alike; the cell is solved at samples of s and fitted."""
    alike = {**SOFT, "poisson_ratio": 0.34, "viscoelastic": {"times": ["1 s", "100 s"], "youngs": [0.5, 0.4]}}
    spec = TraceCell.model_validate(
        {"unit_cell": "trace", "metal": "metal", "matrix": "soft", "width": "20 um", "pitch": "60 um",
         "height": "10 um", "layer": "25 um", "direction": "x"}
    )  # fmt: skip
    cell = resolve("lines", {"lines": spec, **users(soft=alike)})
    assert cell.law == "smeared"
    assert cell.relaxation.error < TOLERANCE
    fraction = 20.0 * 10.0 / (60.0 * 25.0)
    point, free = Point(law_of(cell, 300.0), 300.0), [1, 2, 3, 4, 5]
    time = 0.0
    for seconds in (0.0, 1.0, 9.0, 90.0, 900.0, 1e6):
        time += seconds
        point.strain[0, 0] = 1e-3
        point.loaded(np.zeros(6), free, seconds)
        stress = point.law.respond(point.strain, point.kelvin, point.kelvin, 0.0, point.state).stress[0]
        youngs = 3e9 * (0.1 + 0.5 * np.exp(-time / 1.0) + 0.4 * np.exp(-time / 100.0))
        assert stress[0] == pytest.approx(1e-3 * (fraction * 120e9 + (1.0 - fraction) * youngs), rel=3e-3)


def test_no_cycle_of_strain_gives_energy() -> None:
    """Every branch is positive semi-definite: what it takes in a cycle it never gives back."""
    series = mixture("laminate").relaxation
    for branch in series.stiffness(np.array([300.0])).reshape(-1, 6, 6):
        assert np.linalg.eigvalsh(branch).min() > -1e-9 * np.abs(branch).max(initial=1.0)


def test_parts_that_relax_by_different_shifts_are_refused_by_name() -> None:
    other = {"arrhenius": {"reference": "150 degC", "activation_energy": "100 kJ/mol"}}
    also = {**SOFT, "viscoelastic": {**SOFT["viscoelastic"], "shift": other}}
    with pytest.raises(MaterialError, match="material 'soft': viscoelastic: its shift is not that of 'metal'"):
        mixture("laminate", metal=also)
    assert mixture("laminate", metal=SOFT).law == "smeared"
    inner = MixSpec(mix="laminate", metal="metal", dielectric="soft", metal_fraction=0.5)
    outer = MixSpec(mix="laminate", metal="metal", dielectric="inner", metal_fraction=0.5)
    with pytest.raises(MaterialError, match="that relaxes is no part of another one"):
        resolve(outer, {**users(), "inner": inner})


@pytest.mark.parametrize("uniform", [True, False])
def test_the_kernel_in_c_is_the_law_in_numpy(uniform: bool) -> None:
    """Points that share a temperature, and a field of them."""
    random, count = np.random.default_rng(2), 21  # no multiple of a block
    law = law_of(mixture("laminate"), REFERENCE)
    assert isinstance(law, SmearedRelaxing)
    after = np.array([400.0]) if uniform else np.linspace(380.0, 420.0, count)
    by = law.increment(after + 3.0, after, 60.0)
    strain, old = (1e-3 * random.normal(size=(count, width)) for width in (6, law.memory))
    found, twin = (update(by, strain, old) for update in (smeared, smeared_in_numpy))
    for mine, known in zip(found, twin, strict=True):
        assert mine == pytest.approx(known, rel=1e-11, abs=1e-12 * np.abs(known).max())


CASE = {
    "title": "build-up on silicon",
    "geometry": {"outline": {"shape": "rectangle", "size": ["20 mm", "20 mm"]}, "symmetry": "quarter"},
    "mesh": {"in_plane_size": "5 mm"},
    "analysis": {"model": "laminate"},
    "process": {
        "stress_free_temperature": "150 degC",
        "steps": [
            {"name": "cool", "temperature": "110 degC", "duration": "600 s"},
            {"name": "hold", "duration": "2 h"},
            {"name": "heat", "temperature": "150 degC", "duration": "600 s"},
        ],
    },
}


def curvatures(layers: list[dict[str, str]], materials: dict[str, Any], tmp_path: Any, **analysis: Any) -> np.ndarray:
    hard = {"youngs_modulus": "130 GPa", "poisson_ratio": 0.28, "thermal_expansion": "3 ppm/K"}
    written: Any = dict(CASE)
    written["geometry"] = CASE["geometry"] | {  # type: ignore[operator]
        "layers": [{"name": "silicon", "thickness": "0.3 mm", "material": "hard"}, *layers]
    }
    written["materials"] = {"metal": METAL, "soft": SOFT, "hard": hard} | materials
    written["analysis"] = analysis or CASE["analysis"]
    steps = solve_case(yaml.safe_dump(written), [], tmp_path, MPI.COMM_SELF)["steps"]
    return np.array([step["curvature_x_per_m"] for step in steps])


@pytest.mark.slow
def test_a_plate_with_sheets_in_it_bends_in_time_as_one_with_their_mixture(tmp_path: Any) -> None:
    """Six sheets of 2 um of metal in 108 um of the dielectric, each its own layer in time, against one layer."""
    sheets = []
    for number in range(6):
        outer = {"name": f"soft{number}", "thickness": "9 um", "material": "soft"}
        inner = {"name": f"metal{number}", "thickness": "2 um", "material": "metal"}
        sheets += [outer, inner, {**outer, "name": f"more{number}"}]
    known = curvatures(sheets, {}, tmp_path)
    mixed = {"rdl": {"mix": "laminate", "metal": "metal", "dielectric": "soft", "metal_fraction": 0.1}}
    found = curvatures([{"name": "rdl", "thickness": "120 um", "material": "rdl"}], mixed, tmp_path)
    assert found == pytest.approx(known, rel=2e-3, abs=2e-3 * np.abs(known).max())
    assert not np.allclose(known[1], known[0], rtol=0.02)  # it relaxes


@pytest.mark.slow
def test_the_solid_agrees_with_the_laminate_on_a_layer_that_is_a_mixture(tmp_path: Any) -> None:
    mixed = {"rdl": {"mix": "laminate", "metal": "metal", "dielectric": "soft", "metal_fraction": 0.5}}
    layer = [{"name": "rdl", "thickness": "120 um", "material": "rdl"}]
    found = curvatures(layer, mixed, tmp_path, deflection="small")
    assert found == pytest.approx(curvatures(layer, mixed, tmp_path), rel=0.02)
