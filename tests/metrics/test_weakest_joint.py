"""A place at the joint that was the weakest: another may be by the end."""

from types import SimpleNamespace

import numpy as np
import pytest

from solver.metrics import places

pytestmark = pytest.mark.serial

CENTRES = 1e-3 * np.array([[-2.0, 1.0], [2.0, 1.0], [-1.0, 0.0], [1.0, 0.0]])


def step(mirrors):
    """Four joints on both sides of x = 0."""
    return SimpleNamespace(stack_mesh=SimpleNamespace(stack=SimpleNamespace(mirrors=mirrors, span=6e-3)))


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ([1.0, 1.0, 3.0, 3.0], ((1e-3, 0.0), 3.0)),
        ([1.0, 1.0, 1.04, 1.04], None),  # to some per cent the same
        ([1.0, np.nan, 0.5, 2.0], ((1e-3, 0.0), 2.0)),  # one is cut by the outline
        ([2.0, 2.0, 1.0, 1.0], None),
    ],
)
def test_another_joint_that_bears_more_is_told_with_how_much(work, expected, monkeypatch):
    monkeypatch.setattr(places, "_borne", lambda *_: np.array(work))
    monkeypatch.setattr(places, "_centres", lambda *_: CENTRES)
    found = places.outdone(step((0,)), "balls/ball", (2e-3, 1e-3))
    assert (found is None) == (expected is None)
    if found is not None:
        assert found[0] == pytest.approx(expected[0]) and found[1] == pytest.approx(expected[1])


def test_of_joints_that_are_no_images_the_one_at_the_place_counts(monkeypatch):
    """Without mirror planes the joint at -2, 1 mm is another than that at 2, 1 mm."""
    monkeypatch.setattr(places, "_borne", lambda *_: np.array([4.0, 1.0, 1.0, 1.0]))
    monkeypatch.setattr(places, "_centres", lambda *_: CENTRES)
    assert places.outdone(step(()), "balls/ball", (-2e-3, 1e-3)) is None
    assert places.outdone(step(()), "balls/ball", (2e-3, 1e-3)) == (pytest.approx((-2e-3, 1e-3)), pytest.approx(4.0))
