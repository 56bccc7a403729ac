"""A soldered die cycled from 125 to -40 degC and back, against CalculiX with Norton's law, at every increment.

Source: CalculiX 2.20 (G. Dhondt), *CREEP and *VISCO, run by benchmarks/creep_cycle.py in increments of 30 s; of 15 s
they change the warpage by 0.03 % of its largest and the creep strain by 0.3 % of it. Its element has 20 nodes and 8
points where this one has 27 of each: on cells of 1 and 0.5 mm the warpages of both are 0.7 and 0.07 % apart.
"""

import numpy as np
import pytest

from benchmarks.creep_cycle import STEPS, calculix, planish
from benchmarks.peer_calculix import command

TOLERANCE = 5e-3  # of increments in planish, by default

pytestmark = [
    pytest.mark.skipif(command() is None, reason="no CalculiX: install ccx or run benchmarks/get_calculix"),
]


def test_warpage_and_creep_strain_over_a_cycle_are_those_of_calculix(tmp_path):
    theirs, ours = calculix(tmp_path, 30.0), planish(tmp_path)
    assert ours[-1, 0] == pytest.approx(sum(seconds for _, _, seconds in STEPS))
    for column, elements in ((1, 4e-3), (2, 4e-3)):  # and increments of theirs
        expected = np.interp(ours[:, 0], theirs[:, 0], theirs[:, column])
        largest = np.abs(expected).max()
        apart = np.abs(ours[:, column] - expected)
        if column == 1:  # what is nearly flat is no dome, and has no sign
            apart = apart[np.abs(expected) > 0.02 * largest]
        assert apart.max() < (TOLERANCE + elements) * largest
