"""The notebook runs as it stands: from a case to a plot in fifteen lines."""

import json
from pathlib import Path

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "first_panel.ipynb"
CELLS = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]

pytestmark = pytest.mark.serial


def test_fifteen_lines_and_no_outputs():
    lines = [line for cell in CELLS for line in "".join(cell["source"]).splitlines() if line.strip()]
    assert len(lines) <= 15
    assert [cell["outputs"] for cell in CELLS] == [[]] * len(CELLS)


@pytest.mark.slow
def test_it_draws_the_warpage_it_prints(capsys):
    """Heights of the top rise by the warpage; what is left is the growth of the thickness in plane."""
    from matplotlib import pyplot as plt

    names: dict = {}
    for cell in CELLS:
        exec("".join(cell["source"]), names)
    warpage = names["cool"].metrics["warpage_um"]
    assert f"{warpage:.0f} um" in capsys.readouterr().out
    heights = names["grid"]["displacement_um"][names["top"], 2]
    assert np.ptp(heights) == pytest.approx(warpage, rel=0.02)
    figure = plt.gcf()
    assert len(figure.axes) == 2
    plt.close(figure)
