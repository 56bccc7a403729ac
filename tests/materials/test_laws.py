"""The seam between materials and solids: what a law answers, whatever it is."""

import numpy as np
import pytest

from solver.materials.curve import Curve
from solver.materials.elasticity import MODULI
from solver.materials.homogeneous import Homogeneous
from solver.materials.laws.response import Response
from solver.materials.laws.table import LAWS, law_of
from solver.materials.material import MaterialError
from solver.physics.solid.constitutive import laws_of

WOOD = Homogeneous(
    "wood",
    {
        "youngs_modulus": Curve(np.array([300.0, 400.0]), np.array([[11e9, 0.8e9, 0.5e9], [7e9, 0.6e9, 0.4e9]])),
        "poisson_ratio": Curve.constant([0.4, 0.3, 0.02]),
        "shear_modulus": Curve.constant([0.7e9, 0.1e9, 0.6e9]),
        "thermal_expansion": Curve.constant([4e-6, 30e-6, 40e-6]),
    },
)
KELVIN = np.linspace(290.0, 410.0, 7)
STRAIN = 1e-3 * np.random.default_rng(1).uniform(-1.0, 1.0, (7, 6))


def response(law: str, strain: np.ndarray, kelvin: np.ndarray, green: bool = False) -> Response:
    """Of a first increment of 1 s, from a memory of zeros."""
    made = LAWS[law](WOOD, 350.0, green)
    return made.respond(strain, kelvin, kelvin, 1.0, np.zeros((len(strain), made.memory)))


@pytest.mark.parametrize("green", [False, True])
def test_elastic_stress_is_stiffness_times_strain_less_free_strain(green):
    e = np.outer(KELVIN - 350.0, [4e-6, 30e-6, 40e-6])
    elastic = STRAIN.copy()
    elastic[:, :3] -= ((1 + e) ** 2 - 1) / 2 if green else e
    expected = np.einsum("nij,nj->ni", WOOD.stiffness(KELVIN), elastic)
    assert response("elastic", STRAIN, KELVIN, green).stress == pytest.approx(expected, rel=1e-10, abs=1e-3)


@pytest.mark.parametrize("law", LAWS)
def test_the_tangent_is_the_slope_of_the_stress(law):
    step, stiffness = 1e-6, np.zeros((7, 6, 6))
    found = response(law, STRAIN, KELVIN)
    for place, (i, j) in enumerate(MODULI):
        stiffness[:, i, j] = stiffness[:, j, i] = found.tangent.moduli[:, place]
    if found.tangent.softening is not None:
        b, v = found.tangent.softening[:, 0], found.tangent.softening[:, 1:]
        stiffness -= b[:, None, None] * v[:, :, None] * v[:, None, :]
    for column in range(6):
        ends = [response(law, STRAIN + sign * step * np.eye(6)[column], KELVIN).stress for sign in (1.0, -1.0)]
        slope = (ends[0] - ends[1]) / (2.0 * step)
        assert slope == pytest.approx(stiffness[:, :, column], rel=1e-5, abs=1e4)


@pytest.mark.parametrize("law", LAWS)
def test_what_was_is_not_changed_and_no_heat_is_made_from_nothing(law):
    made = law_of(WOOD, 350.0) if law == "elastic" else LAWS[law](WOOD, 350.0, False)
    arguments = STRAIN.copy(), KELVIN.copy(), KELVIN.copy(), 1.0, np.zeros((7, made.memory))
    found = made.respond(*arguments)
    assert np.array_equal(arguments[0], STRAIN)
    assert np.array_equal(arguments[1], KELVIN)
    assert not arguments[4].any()
    assert found.new.shape == (7, made.memory)
    assert found.dissipated.shape == (7,)
    assert (found.dissipated >= 0.0).all()


def test_one_temperature_stands_for_all_points():
    uniform = response("elastic", STRAIN, np.array([300.0]))
    assert np.array_equal(uniform.stress, response("elastic", STRAIN, np.full(7, 300.0)).stress)


def test_a_law_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(Homogeneous, "law", "plastic")
    with pytest.raises(MaterialError, match="material 'wood': law: 'plastic' is not one of elastic"):
        law_of(WOOD, 350.0)


def test_a_solid_refuses_a_law_with_a_memory(monkeypatch):
    class Ageing(LAWS["elastic"]):
        memory = 2

    monkeypatch.setitem(LAWS, "ageing", Ageing)
    monkeypatch.setattr(Homogeneous, "law", "ageing")
    with pytest.raises(MaterialError, match="material 'wood': law: 'ageing' has a memory"):
        laws_of([WOOD], np.array([350.0]))
