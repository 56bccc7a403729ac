"""A law with a memory says where a step is faster, or lasts longer, than its data."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.materials import MaterialSpec, resolve
from solver.metrics.in_range import Way, in_range
from tests.solving import solve_case

pytestmark = pytest.mark.serial

SHIFT = {"arrhenius": {"reference": "150 degC", "activation_energy": "250 kJ/mol"}}
COMPOUND = {
    "youngs_modulus": "22 GPa",
    "poisson_ratio": 0.3,
    "thermal_expansion": "10 ppm/K",
    "viscoelastic": {"times": ["1 s", "100 s"], "youngs": [0.4, 0.3], "shift": SHIFT},
    "sources": {"dma": "a test"},
    "provenance": {"viscoelastic": {"source": "dma", "valid": ["0 degC", "200 degC"], "times": ["0.5 s", "200 s"]}},
}
SOLDER = {
    "base": "sac305",
    "creep": {"garofalo": {"a": "32000 1/s", "alpha": "0.037 1/MPa", "n": 5.1, "q_over_r": "6524.7 K"}},
    "sources": {"tension": "a test"},
    "provenance": {"creep": {"source": "tension", "rates": ["1e-5 1/s", "1e-3 1/s"]}},
}


def material(written):
    return resolve("mine", {"mine": MaterialSpec.model_validate(written)})


def way(seconds, celsius, **strains):
    return Way(np.array(seconds), np.array(celsius) + 273.15, strains)


def lines(written, passed, blocks=()):
    return [text for _, text in in_range("cool", material(written), blocks, passed, 1.0)]


def test_a_hold_at_the_reference_is_seen_for_as_long_as_it_lasts():
    assert lines(COMPOUND, way([0.0, 100.0], [150.0, 150.0])) == []
    (text,) = lines(COMPOUND, way([0.0, 3600.0], [150.0, 150.0]))
    assert "asked for 3.6e+03 s of reduced time, longer than its data for 'viscoelastic' (0.5 to 2e+02 s)" in text


def test_a_ramp_is_as_fast_as_its_shift_changes():
    """150 to 100 degC at rate r: a_T changes by e within R T^2 / (E r); at 100 degC it is a_T times as short."""
    kelvin, gas, energy, rate = 373.15, 8.314462618, 250e3, 0.1
    reduced = gas * kelvin**2 / (energy * rate) / np.exp(energy / gas * (1 / kelvin - 1 / 423.15))
    (text,) = lines(COMPOUND, way([0.0, 500.0], [150.0, 100.0]))
    assert "faster than its data" in text
    assert "near 10" in text
    asked = float(text.partition("asked for ")[2].split()[0])
    assert asked == pytest.approx(reduced, rel=0.1)  # 32 pieces of the increment


def test_beyond_an_end_on_a_plateau_nothing_is_left_to_know():
    wide = COMPOUND | {
        "provenance": {"viscoelastic": {"source": "dma", "times": ["1e-4 s", "1e6 s"]}},
    }  # tan delta of 1e-4 and of 1e-4 at these ends
    assert lines(wide, way([0.0, 500.0], [150.0, 100.0])) == []
    assert lines(wide, way([0.0, 1e9], [150.0, 150.0])) == []
    assert lines(COMPOUND | {"provenance": {}}, way([0.0, 1e9], [150.0, 150.0])) == []


@pytest.mark.parametrize(("seconds", "word"), [(1e-2, "faster"), (1.0, ""), (1e4, "slower")])
def test_a_metal_is_judged_by_the_rate_at_which_most_of_its_strain_comes(seconds, word):
    """1e-4 of shear strain gamma is an equivalent strain of gamma / sqrt(3); what it swells does not count."""
    gamma = np.sqrt(3.0) * 1e-4
    strain = np.array([[0.0] * 6, [1.0, 1.0, 1.0, 0.0, 0.0, gamma]])
    found = lines(SOLDER, way([0.0, seconds], [25.0, 25.0], joint=strain), ["joint"])
    assert len(found) == bool(word)
    if word:
        assert f"mine in 'joint': 100 % of its strain comes at {1e-4 / seconds:.2g} 1/s in the mean, {word}" in found[0]
        assert "the data of 'creep' (1e-05 to 0.001 1/s)" in found[0]


@pytest.mark.parametrize(
    ("provenance", "rule"),
    [
        ({"creep": {"source": "tension", "times": ["1 s", "2 s"]}}, "'times' is of viscoelastic"),
        ({"creep": {"source": "tension", "rates": ["2 1/s", "1 1/s"]}}, "the first is below the second"),
    ],
)
def test_a_range_that_is_none_is_refused(provenance, rule):
    with pytest.raises(ValueError, match=rule):
        MaterialSpec.model_validate(SOLDER | {"provenance": provenance})


CASE = {
    "title": "compound on silicon",
    "geometry": {
        "outline": {"shape": "rectangle", "size": ["4 mm", "4 mm"]},
        "symmetry": "quarter",
        "layers": [
            {"name": "die", "thickness": "0.3 mm", "material": "silicon"},
            {"name": "mould", "thickness": "0.1 mm", "material": "compound"},
            {"name": "solder", "thickness": "0.1 mm", "material": "solder"},
        ],
    },
    "materials": {"compound": COMPOUND, "solder": SOLDER},
    "mesh": {"in_plane_size": "1 mm"},
    "analysis": {"deflection": "small"},
    "process": {
        "stress_free_temperature": "150 degC",
        "steps": [
            {"name": "cool", "temperature": "25 degC", "duration": "0.1 s"},
            {"name": "again", "temperature": "0 degC", "duration": "0.1 s"},
        ],
    },
}


@pytest.mark.parametrize("model", ["solid", "laminate"])
def test_a_run_says_once_that_it_is_faster_than_the_data(tmp_path, model):
    found = solve_case(yaml.safe_dump(CASE), [f"analysis.model={model}"], tmp_path, MPI.COMM_SELF)["warnings"]
    (relaxing,) = [text for text in found if "reduced time" in text]
    assert relaxing.startswith("step 'cool': compound is asked for")
    (creeping,) = [text for text in found if "the data of 'creep'" in text]
    assert creeping.startswith("step 'cool': solder in 'solder'")
