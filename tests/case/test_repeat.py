"""Steps that are repeated are written out, and mistakes in them are where they stand."""

import jsonschema
import pytest
import yaml

from solver.case import schema
from solver.case.load import load
from solver.errors import CaseError
from tests.builders import BAR, sheet

pytestmark = pytest.mark.serial
CYCLES = """process:
  stress_free_temperature: 125 degC
  steps:
    - {name: start, temperature: 25 degC}
    - repeat:
        times: 3
        steps:
          - {name: cold, temperature: -40 degC, rate: 10 K/min}
          - {name: hot, temperature: 125 degC, rate: 10 K/min}
          - repeat: {times: 2, steps: [{name: dwell, duration: 10 min}]}
    - {name: end, temperature: 25 degC}
"""


def loaded(tmp_path, process=CYCLES, overrides=()):
    text = sheet(*BAR, size=("10 mm", "2 mm"), cell="1 mm", process=process)
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    return load(tmp_path, overrides)


def test_rounds_follow_each_other_by_name(tmp_path):
    names = [step.name for step in loaded(tmp_path).case.process.steps]
    rounds = [name for k in (1, 2, 3) for name in (f"cold {k}", f"hot {k}", f"dwell 1 {k}", f"dwell 2 {k}")]
    assert names == ["start", *rounds, "end"]


def test_a_mistake_names_the_line_it_stands_at(tmp_path):
    with pytest.raises(CaseError, match=r"case.yaml:\d+: process.steps.cold 1.rate = '10 K': "):
        loaded(tmp_path, CYCLES.replace("-40 degC, rate: 10 K/min", "-40 degC, rate: 10 K"))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("times: 3", "times: 0", r"times = '0': needs `times`, from 1 to 1000"),
        ("times: 3", "times: three", r"times = 'three': needs `times`"),
        ("times: 3", "tims: 3", r"did you mean 'times'"),
        ("times: 3", "times: 500", r"2000 steps; at most 1000"),
        ("steps: [{name: dwell, duration: 10 min}]", "steps: []", r"needs `steps`, a list of them"),
        ("    - repeat:\n", "    - name: again\n      repeat:\n", r"beside `repeat` there is no other key"),
    ],
)
def test_what_cannot_be_repeated_is_refused(tmp_path, old, new, rule):
    with pytest.raises(CaseError, match=rule):
        loaded(tmp_path, CYCLES.replace(old, new))


def test_the_schema_knows_rounds(tmp_path):
    loaded(tmp_path)
    jsonschema.validate(yaml.safe_load((tmp_path / "case.yaml").read_text()), schema.schema())
