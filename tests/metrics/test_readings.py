"""A reading is one class and one line: that of CONTRIBUTING.md runs."""

import re
from pathlib import Path

import pytest

from solver.case.models import Case
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.metrics.readings import READINGS

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
STRIP = """
title: strip that stores energy
geometry:
  outline: {shape: rectangle, size: [20 mm, 5 mm]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 0.5 mm, material: steel}
    - {name: high, thickness: 0.5 mm, material: copper}
materials:
  steel: {youngs_modulus: 200 GPa, poisson_ratio: 0.3, thermal_expansion: 11 ppm/K}
mesh: {in_plane_size: 5 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
analysis: {deflection: DEFLECTION}
"""


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_the_reading_of_the_guide_reads_the_solid(solve, monkeypatch, deflection) -> None:
    blocks = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    (guide,) = (block for block in blocks if "(Reading)" in block)
    known = {"Reading": Reading, "Found": Found, "SolvedStep": SolvedStep, "Case": Case}
    exec(guide, known)
    monkeypatch.setitem(READINGS, "energy", known["StoredEnergy"].wanted)
    (step,) = solve(STRIP.replace("DEFLECTION", deflection))["steps"]
    layers = sum(layer["strain_energy_mj"] for layer in step["layers"].values())
    assert step["energy"]["stored_mj"] == pytest.approx(layers, rel=1e-12)
    assert list(step)[-2:] == ["energy", "peak_memory_gb"]
