"""The steps of a process as plain stages: what is there, free of stress at which temperature, and when."""

import pytest

from solver.case.load import load
from solver.process.plan import named, plan

CASE = """title: a process
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers:
    - {name: carrier, thickness: 1 mm, material: silicon}
    - name: dies
      thickness: 0.5 mm
      material: emc-generic
      regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon}]
    - {name: film, thickness: 0.1 mm, material: copper}
process:
  stress_free_temperature: 20 degC
  steps:
    - {name: place, build: [dies/die], temperature: 120 degC, rate: 10 K/min}
    - {name: mould, build: [dies], temperature: 170 degC, birth: pressed, duration: 60 s}
    - {name: coat, build: [film], temperature: 170 degC, birth: stress-free}
    - {name: cool, temperature: 20 degC, rate: 15 K/min}
    - {name: debond, remove: [carrier]}
"""
pytestmark = pytest.mark.serial


@pytest.fixture
def planned(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    loaded = load(tmp_path)
    return plan(loaded.case.process, loaded.stack.layers), loaded.stack.layers


def test_a_step_goes_to_its_temperature_before_it_builds(planned):
    steps, _ = planned
    assert [len(step.stages) for step in steps] == [2, 3, 2, 1, 2]
    assert [stage.parts for stage in steps[0].stages] == [("carrier",), ("carrier", "dies/die")]
    assert [sorted(stage.born) for stage in steps[0].stages] == [[], ["dies/die"]]


def test_pressing_comes_between_the_way_there_and_the_birth(planned):
    steps, _ = planned
    assert [stage.pressed for stage in steps[1].stages] == [False, True, False]
    assert [stage.held_by for stage in steps[1].stages] == ["free", "chuck", "free"]
    assert (steps[1].end.birth, sorted(steps[1].end.born)) == ("pressed", ["dies"])


def test_parts_stand_bottom_to_top_whatever_the_order_they_are_built_in(planned):
    steps, layers = planned
    order = tuple(name for layer in layers for name in layer.blocks)
    assert steps[3].end.parts == order
    assert steps[3].end.layers == ("carrier", "dies", "film")
    assert steps[4].end.parts == order[1:]


def test_a_part_is_free_of_stress_where_it_was_built(planned):
    steps, _ = planned
    celsius = {name: round(kelvin - 273.15, 9) for name, kelvin in steps[3].end.references.items()}
    assert celsius == {"carrier": 20, "dies/die": 120, "dies": 170, "film": 170}
    assert set(steps[4].end.references) == set(steps[4].end.parts)


def test_time_goes_on_by_rates_and_durations(planned):
    """100 K at 10 K/min, a minute, nothing at one temperature, 150 K at 15 K/min."""
    steps, _ = planned
    assert [step.seconds for step in steps] == pytest.approx([600, 660, 660, 1260, 1260])


def test_a_layer_means_all_of_its_blocks(planned):
    _, layers = planned
    assert set(named(["dies"], layers)) == {"dies", "dies/die"}
    assert named(["dies/die", "film"], layers) == ("dies/die", "film")
