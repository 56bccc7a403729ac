"""Plates that lie on a table: closed forms of heavy sheets."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from solver.physics.plate.dead_loads import pressure
from solver.physics.plate.supports import on_plane
from tests.bending import COOL, REFERENCE
from tests.builders import HIGH, LOW, sheet
from tests.physics.test_plate import SIDE, laminate, panel
from tests.plates import deflections, lift, plate

pytestmark = pytest.mark.slow

WEIGHT = 27.0  # N/m^2


def lying(problem, made, kelvin):
    """The plate of `made(dead_load=..., supports=..., on=...)` put down where `problem`, the free one, has gone."""
    problem.follow(problem.load_at(kelvin))
    u = problem.displacement.x.array.copy()
    u[2::3] -= problem.forms.lowest(u)
    table = partial(on_plane, lifts=True)
    heavy = made(dead_load=pressure(problem.plate, -WEIGHT), supports=table, on=problem.plate)
    load = heavy.load_at(kelvin)
    heavy.take_over(u, load)
    heavy.follow(load)
    return heavy


def curling(directory, comm, **options):
    """A sheet that curls up about y when it warms up, its lower layer more."""
    low, high = (replace(ply, poisson=0.0, expansion=(ply.expansion, "0 ppm/K", "0 ppm/K")) for ply in (HIGH, LOW))
    text = sheet(low, high, size=("600 mm", "600 mm"), cell="20 mm", process=COOL)
    return plate(text, directory, comm, **options)


def test_the_ends_of_a_heavy_sheet_that_curls_lift_off_a_table(shared_path, comm):
    """A length l of each end lifts off, which its weight does not straighten, q l^2 / 2 = D kappa: by kappa l^2 / 4.

    By hand: the moment is D kappa where it lies and q s^2 / 2 at a distance s from the end, and w, w' are zero there.
    """
    free = curling(shared_path, comm)
    kelvin = REFERENCE + 20.0
    found = laminate(free, kelvin)
    kappa, stiff = found.curvature[0], found.bending[0, 0]
    assert kappa < 0.0
    length = np.sqrt(2.0 * stiff * abs(kappa) / WEIGHT)
    assert 0.1 < length < 0.25
    heavy = lying(free, partial(curling, shared_path, comm), kelvin)
    x, u = deflections(heavy)
    assert lift(heavy, (SIDE / 2, 0.0)) == pytest.approx(abs(kappa) * length**2 / 4, rel=0.02)
    assert np.abs(u[np.abs(x[:, 0]) < SIDE / 2 - length - 0.025, 2]).max() < 0.01 * u[:, 2].max()
    assert heavy.carried() == pytest.approx(heavy.forms.pressing(), rel=1e-9)


@pytest.mark.parametrize("kelvin", [REFERENCE - 20.0, REFERENCE + 20.0])
def test_a_warped_panel_is_put_down_on_a_table(shared_path, comm, kelvin):
    """A dome on its corners or a bowl on its middle: carried as a whole, next to nowhere below the table, stable."""
    heavy = lying(panel(shared_path, comm, 6), partial(panel, shared_path, comm, 6), kelvin)
    assert heavy.carried() == pytest.approx(heavy.forms.pressing(), rel=1e-9)
    assert heavy.forms.lowest(heavy.displacement.x.array) > -1e-4 * heavy.thickness
    assert not heavy.unstable()
