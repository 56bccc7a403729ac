"""Layers that come and go, against CalculiX on the same cells: 20-node hexahedra, *MODEL CHANGE, NLGEOM.

Source: CalculiX 2.20 (G. Dhondt), run by benchmarks/model_change.py. Its element has 20 nodes where this one has 27:
2e-4 of the bending on 10 x 10 x 3 cells. A layer it adds without stress fills the gap to where it was drawn, 1.5 % of
its thickness at the edge: 4e-4 of the bending, and 3e-3 when the layer below it, which holds it, has gone.
"""

import pytest

from benchmarks.model_change import STEPS, planish

CALCULIX = {  # edge over centre, um
    "stress-free": (3.0993, 3.0993, 17.8583, 26.0744, -0.9080),
    "flat": (3.0993, -2.1194, -5.2986, -39.8077, -15.9493),
}
FILLS = {"stress-free": (2e-4, 2e-4, 8e-4, 4e-3, 2e-2), "flat": (2e-4, 3e-4, 3e-4, 2e-4, 2e-4)}


@pytest.mark.parametrize("birth", ["stress-free", "flat"])
def test_birth_and_removal_are_those_of_calculix(birth, tmp_path):
    """The last step of `stress-free` is a small difference of two large ones."""
    found = planish(birth, tmp_path)
    for step, value, expected, part in zip(STEPS, found, CALCULIX[birth], FILLS[birth], strict=True):
        assert value == pytest.approx(expected, rel=part), step
