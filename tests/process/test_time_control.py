"""Increments of time that cannot be made small enough are counted, and a run says so."""

import numpy as np
from mpi4py import MPI

from solver.metrics import plausibility
from solver.process.time_control import TimeControl


def gone(displacement):
    """A way of 100 s of one node that moves across as a function of time (m) says; its control."""
    control, now = TimeControl(MPI.COMM_SELF, 0.005, 1e-3, 0.1), 0.0
    control.begin(100.0)
    while (seconds := control.next()) is not None:
        before, after = (np.array([0.0, 0.0, displacement(time)]) for time in (now, now + seconds))
        if control.accepts(seconds, before, after):
            now = control.now
    return control


def test_an_even_way_has_no_increment_that_is_forced():
    assert gone(lambda time: 1e-6 * time).forced == 0
    assert list(plausibility.forced("cool", 0)) == []


def test_a_jump_is_gone_over_in_the_smallest_increments_and_said():
    control = gone(lambda time: 1e-6 * time + (1e-3 if time > 50.3 else 0.0))
    assert control.forced > 0
    (text,) = plausibility.forced("cool", control.forced)
    assert "step 'cool'" in text and "doubtful" in text
