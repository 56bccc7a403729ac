"""Pictures of what materials do: what is drawn, and the modulus they draw."""

import numpy as np
import pytest
from PIL import Image

from solver.errors import CaseError
from solver.material_picture import written
from solver.materials import resolve
from solver.report.pictures.material import _panels, storage

pytestmark = pytest.mark.serial


@pytest.mark.parametrize(("name", "panels"), [("silicon", 2), ("emc-granular-curing", 6), ("sac387-creep", 3)])
@pytest.mark.slow
def test_a_material_is_drawn_by_what_it_has(tmp_path, name, panels):
    assert len(_panels(resolve(name))) == panels
    with Image.open(written(name, tmp_path / "one.png")) as picture:
        assert picture.size[0] == 1600
        assert np.ptp(np.asarray(picture.convert("L"))) > 200


def test_fast_oscillations_feel_the_glass_and_slow_ones_the_rubber():
    compound = resolve("emc-generic-relaxing")
    fast, slow = (storage(compound, np.array(hertz), np.array(423.15)).real for hertz in (1e8, 1e-12))
    poisson, branches = 0.3, compound.inelastic.viscoelastic
    shear, bulk = 19.5e9 / 2 / (1 + poisson), 19.5e9 / 3 / (1 - 2 * poisson)
    shear *= 1 - sum(branches.shear)
    bulk *= 1 - sum(branches.bulk)
    assert fast == pytest.approx(19.5e9, rel=1e-3)
    assert slow == pytest.approx(9 * bulk * shear / (3 * bulk + shear), rel=1e-3)
    assert storage(resolve("silicon"), np.array(1.0), np.array(300.0)).imag == 0.0


def test_no_picture_without_a_name_or_of_another_kind(tmp_path):
    assert written("silicon", None) is None
    for name, path, words in (
        (None, "a.png", "name it"),
        ("silicon", "a.jpg", "written as .png"),
        ("x", "a.png", "unknown"),
    ):
        with pytest.raises(CaseError, match=words):
            written(name, tmp_path / path)
