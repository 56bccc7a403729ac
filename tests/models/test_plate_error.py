"""What the cells of a plate leave out, as displacements of degree 3 in the same cells say."""

from typing import Any

import pytest

from solver import CaseError, load, solve
from solver.report.shape_tables import error_table

DIE = {
    "name": "die",
    "shape": {"rectangle": ["20 mm", "20 mm"]},
    "material": "silicon",
    "grid": {"count": [3, 3], "pitch": ["40 mm", "40 mm"]},
}


def framed(cell: str) -> dict[str, Any]:
    """Dies in a soft frame on a film, layer by layer: stiffness jumps a hundredfold from cell to cell."""
    return {
        "title": "9 dies in a soft frame",
        "geometry": {
            "outline": {"shape": "rectangle", "size": ["120 mm", "120 mm"]},
            "symmetry": "quarter",
            "layers": [
                {"name": "frame", "thickness": "0.3 mm", "material": "soft", "regions": [DIE]},
                {"name": "film", "thickness": "20 um", "material": "polyimide"},
            ],
        },
        "materials": {"soft": {"youngs_modulus": "1 GPa", "poisson_ratio": 0.3, "thermal_expansion": "20 ppm/K"}},
        "mesh": {"in_plane_size": cell},
        "process": {"stress_free_temperature": "125 degC", "steps": [{"name": "cool", "temperature": "121 degC"}]},
        "analysis": {"model": "plate", "die_field": "layers", "error_estimate": True},
    }


@pytest.mark.slow
@pytest.mark.serial
def test_the_estimate_is_the_error_of_a_patterned_plate():
    """Against degree 3 in cells of half the size, of which degree 2 leaves out as much still: 10.0 um, estimated 10.1.

    With cells of a quarter, and what degree 3 adds to them, it is 10.5 um.
    """
    coarse, fine = (solve(framed(cell)) for cell in ("10 mm", "5 mm"))
    (found,), (better,) = (result.steps for result in (coarse, fine))
    one, other = found.metrics["error_estimate"], better.metrics["error_estimate"]
    for key in ("warpage_um", "curvature_x_per_m"):
        error = better.metrics[key] + other[key] - found.metrics[key]
        assert one[key] == pytest.approx(error, rel=0.05), key
    assert one["warpage_part"] == pytest.approx(one["warpage_um"] / (found.metrics["warpage_um"] + one["warpage_um"]))
    assert any("cells of this size leave out some 3.4 % of the warpage (+10.1 um" in text for text in coarse.warnings)


@pytest.mark.serial
def test_models_that_do_not_estimate_their_error_say_so():
    for model in ("solid", "laminate"):
        with pytest.raises(CaseError, match=r"does not estimate the error of its cells; use model `plate`"):
            load(framed("20 mm") | {"analysis": {"model": model, "error_estimate": True}})


@pytest.mark.serial
def test_the_report_has_a_row_for_every_estimate():
    estimate = {"warpage_um": 33.5, "warpage_part": 0.037, "curvature_x_per_m": 2e-3, "curvature_y_per_m": 1e-3}
    table = error_table({"steps": [{"name": "cool", "error_estimate": estimate}, {"name": "held"}]})
    assert table is not None and table.rows == [["cool", "33.5", "0.002", "0.001", "3.7 %"]]
    assert error_table({"steps": [{"name": "held"}]}) is None
