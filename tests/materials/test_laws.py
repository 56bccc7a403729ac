"""The seam between materials and solids: what a law answers, whatever it is."""

from dataclasses import replace

import numpy as np
import pytest

from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.anand import Anand
from solver.materials.inelastic.creep import Creep, CreepTerm
from solver.materials.inelastic.cure import Cure, DiBenedetto
from solver.materials.inelastic.kinetics import Arrhenius as Constant
from solver.materials.inelastic.kinetics import Kamal
from solver.materials.inelastic.plastic import Plastic
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.shift import Arrhenius
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws.response import MaterialLaw, Response
from solver.materials.laws.table import LAWS, law_of
from solver.materials.material import MaterialError
from solver.materials.mix.mixture import mix
from solver.materials.mix.spec import MixSpec
from solver.physics.solid.constitutive import laws_of
from tests.materials.points import stiffness_of

WOOD = Homogeneous(
    "wood",
    {
        "youngs_modulus": Curve(np.array([300.0, 400.0]), np.array([[11e9, 0.8e9, 0.5e9], [7e9, 0.6e9, 0.4e9]])),
        "poisson_ratio": Curve.constant([0.4, 0.3, 0.02]),
        "shear_modulus": Curve.constant([0.7e9, 0.1e9, 0.6e9]),
        "thermal_expansion": Curve.constant([4e-6, 30e-6, 40e-6]),
    },
)
BRANCHES = Viscoelastic((0.1, 10.0), (0.5, 0.3), (0.5, 0.3), Arrhenius(350.0, 100e3))
SOLDER = Homogeneous(
    "solder",
    {
        "youngs_modulus": Curve(np.array([250.0, 450.0]), np.array([[52e9], [36e9]])),
        "poisson_ratio": Curve.constant(0.36),
        "thermal_expansion": Curve.constant(22e-6),
    },
)
SINH = CreepTerm(True, np.log(32000.0), 0.037e-6, 5.1, 6524.7)
ANAND = Anand(CreepTerm(True, np.log(3501.0), 4.0, 4.0, 9320.0), 21e6, 180e9, 30.2e6, 0.01, 1.78)
CURE = Cure(
    Kamal(Constant(1e9, 80e3), Constant(0.0, 0.0), 1.0, 1.0), 0.55, 0.56, 0.02, DiBenedetto(250.0, 350.0, 0.5), None
)
LAW = {
    "elastic": WOOD,
    "incremental": replace(WOOD, form="incremental"),
    "viscoelastic": replace(WOOD, inelastic=Inelastic(viscoelastic=BRANCHES)),
    "polymer": replace(WOOD, inelastic=Inelastic(viscoelastic=BRANCHES, cure=CURE)),
    "plastic": replace(
        SOLDER, inelastic=Inelastic(plastic=Plastic(Curve.constant(15e6), ((0.0, 1e9),), backs=((5e9, 0.0),)))
    ),
    "creep": replace(SOLDER, inelastic=Inelastic(creep=Creep((SINH,)))),
    "anand": replace(SOLDER, inelastic=Inelastic(anand=ANAND)),
}
SOFT = replace(SOLDER, name="soft", inelastic=Inelastic(viscoelastic=BRANCHES))
SHEETS = MixSpec(mix="laminate", metal="wood", dielectric="soft", metal_fraction=0.4)
LAW["smeared"] = mix("sheets", SHEETS, WOOD, SOFT)
KELVIN = np.linspace(290.0, 410.0, 7)
STRAIN = 1e-3 * np.random.default_rng(1).uniform(-1.0, 1.0, (7, 6))


def made(law: str, green: bool = False) -> MaterialLaw:
    """A law of wood, or of solder."""
    return law_of(LAW[law], 350.0, green)


def response(law: str, strain: np.ndarray, kelvin: np.ndarray, green: bool = False) -> Response:
    """Of a second increment of 1 s, in which it becomes 5 K warmer."""
    found = made(law, green)
    first = found.respond(0.3 * STRAIN[:, ::-1], kelvin - 5.0, kelvin - 9.0, 2.0, found.initial(len(strain)))
    return found.respond(strain, kelvin, kelvin - 5.0, 1.0, first.new)


@pytest.mark.parametrize("green", [False, True])
def test_elastic_stress_is_stiffness_times_strain_less_free_strain(green):
    e = np.outer(KELVIN - 350.0, [4e-6, 30e-6, 40e-6])
    elastic = STRAIN.copy()
    elastic[:, :3] -= ((1 + e) ** 2 - 1) / 2 if green else e
    expected = np.einsum("nij,nj->ni", WOOD.stiffness(KELVIN), elastic)
    assert response("elastic", STRAIN, KELVIN, green).stress == pytest.approx(expected, rel=1e-10, abs=1e-3)


def test_every_law_is_tried_here():
    assert set(LAW) == set(LAWS)
    assert all(made(law).memory == made(law).initial(3).shape[1] for law in LAWS)


@pytest.mark.parametrize("green", [False, True])
@pytest.mark.parametrize("law", LAWS)
def test_the_tangent_is_the_slope_of_the_stress(law, green):
    step, stiffness = 1e-6, stiffness_of(response(law, STRAIN, KELVIN, green), 7)
    for column in range(6):
        ends = [response(law, STRAIN + sign * step * np.eye(6)[column], KELVIN, green).stress for sign in (1.0, -1.0)]
        slope = (ends[0] - ends[1]) / (2.0 * step)
        assert slope == pytest.approx(stiffness[:, :, column], rel=1e-6, abs=1e3)


@pytest.mark.parametrize("law", LAWS)
def test_what_was_is_not_changed_and_no_heat_is_made_from_nothing(law):
    found = made(law)
    old = found.respond(STRAIN, KELVIN, KELVIN, 1.0, found.initial(7)).new
    arguments = STRAIN[::-1].copy(), KELVIN.copy(), KELVIN.copy(), 1.0, old.copy()
    answer = found.respond(*arguments)
    assert np.array_equal(arguments[0], STRAIN[::-1])
    assert np.array_equal(arguments[1], KELVIN)
    assert np.array_equal(arguments[2], KELVIN)
    assert np.array_equal(arguments[4], old)
    assert answer.new.shape == (7, found.memory)
    assert answer.dissipated.shape == (7,)
    assert (answer.dissipated >= 0.0).all()


@pytest.mark.parametrize("law", LAWS)
def test_at_first_and_at_once_every_law_is_elastic(law):
    material = LAW[law]
    if material.inelastic is not None and material.inelastic.cure is not None:  # what is liquid bears nothing
        solid = replace(material.inelastic.cure, initial=1.0)
        material = replace(material, inelastic=replace(material.inelastic, cure=solid))
    found, kelvin = law_of(material, 350.0), KELVIN
    if law == "incremental":  # which goes from its reference to any other temperature, and is not at once there
        kelvin = np.full(7, 350.0)
    at_once = found.respond(1e-2 * STRAIN, kelvin, kelvin, 0.0, found.initial(7))
    same = LAWS["elastic"](LAW[law], 350.0, False)
    elastic = same.respond(1e-2 * STRAIN, kelvin, kelvin, 0.0, np.empty((7, 0)))
    warm = same.respond(0.0 * STRAIN, KELVIN, KELVIN, 0.0, np.empty((7, 0)))
    assert at_once.stress == pytest.approx(elastic.stress, rel=1e-9, abs=1.0)
    assert np.abs(warm.stress).max() > 1e6


@pytest.mark.parametrize("law", LAWS)
def test_one_temperature_stands_for_all_points(law):
    uniform = response(law, STRAIN, np.array([300.0]))
    assert uniform.stress == pytest.approx(response(law, STRAIN, np.full(7, 300.0)).stress, rel=1e-12)


@pytest.mark.parametrize("law", LAWS)
def test_many_points_are_as_each_alone(law):
    """More of them than are in memory at once, each with a temperature and a past of its own."""
    random = np.random.default_rng(5)
    strain, kelvin = 1e-3 * random.uniform(-1.0, 1.0, (300, 6)), random.uniform(290.0, 410.0, 300)
    found = made(law)
    first = found.respond(-strain, kelvin, kelvin - 2.0, 5.0, found.initial(300)).new
    whole = found.respond(strain, kelvin + 4.0, kelvin, 3.0, first)
    for point in (0, 1, 255, 256, 299):
        one = slice(point, point + 1)
        alone = found.respond(strain[one], kelvin[one] + 4.0, kelvin[one], 3.0, first[one])
        assert whole.stress[one] == pytest.approx(alone.stress, rel=1e-5, abs=1e-5 * np.abs(whole.stress).max())
        assert whole.new[one] == pytest.approx(alone.new, rel=1e-4, abs=1e-9)


def test_a_law_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(Homogeneous, "law", "magic")
    with pytest.raises(MaterialError, match="material 'wood': law: 'magic' is not one of elastic"):
        law_of(WOOD, 350.0)


def test_a_solid_refuses_a_law_with_a_memory(monkeypatch):
    class Ageing(LAWS["elastic"]):
        memory = 2

    monkeypatch.setitem(LAWS, "ageing", Ageing)
    monkeypatch.setattr(Homogeneous, "law", "ageing")
    with pytest.raises(MaterialError, match="material 'wood': law: 'ageing' has a memory"):
        laws_of([WOOD], np.array([350.0]))
