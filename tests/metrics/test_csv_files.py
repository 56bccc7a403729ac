"""CSV files of the results."""

import csv

import pytest

from solver.output import csv_files

pytestmark = pytest.mark.serial


def test_names_of_a_case_are_no_formulas_in_a_spreadsheet(tmp_path):
    """CWE-1236: a cell that begins with =, +, -, @ or a control character is run; numbers stay numbers."""
    path = tmp_path / "a.csv"
    csv_files.write(path, {"=1+1_um": [-1.5, None], "name": ["@SUM(A1)", "plain - name"], "at": ["\t=2", "-3 degC"]})
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [["'=1+1_um", "name", "at"], ["-1.5", "'@SUM(A1)", "'\t=2"], ["", "plain - name", "'-3 degC"]]
