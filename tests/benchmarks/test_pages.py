"""The command, its tables and the pages: sections run, and the pages ask for tables that exist."""

import json
from pathlib import Path

import pytest

import benchmarks.__main__ as command
from benchmarks import pages
from benchmarks.table import Table

pytestmark = pytest.mark.serial

_ROOT = Path(__file__).parents[2]
_FAST = ("ranks", "reduced")


def test_a_table_goes_to_its_place_and_nowhere_else():
    page = "a\n<!-- table one -->\nold\n<!-- end -->\nb\n<!-- table two -->\nkept\n<!-- end -->\n"

    filled = pages.filled(page, [Table("one", "Title:", ["x", "y"], [["1", "2"]])])

    assert filled == (
        "a\n<!-- table one -->\nTitle:\n\n| x | y |\n| --- | ---: |\n| 1 | 2 |\n<!-- end -->\n"
        "b\n<!-- table two -->\nkept\n<!-- end -->\n"
    )
    assert pages.filled(filled, []) == filled


def test_sections_run_on_tiny_sizes_and_keep_what_was_there(tmp_path):
    numbers = tmp_path / "numbers.json"
    numbers.write_text(json.dumps({"earlier": 1}))

    assert command.main(["--quick", "--json", str(numbers), "--only", *_FAST]) == 0

    found = json.loads(numbers.read_text())
    assert found["earlier"] == 1
    assert {table.name for table in command.tables(found)} == {"strong", "weak", "traffic", "reduced", "machine"}
    for table in command.tables(found):
        assert table.rows and all(len(row) == len(table.header) for row in table.rows)
    one, two = found["ranks"]["numbers"]["strong"]
    assert one["warpage_um"] == pytest.approx(two["warpage_um"], rel=1e-8)


def test_tiny_sizes_do_not_replace_the_numbers(capsys):
    with pytest.raises(SystemExit):
        command.main(["--quick"])
    assert "another file" in capsys.readouterr().err


@pytest.mark.skipif(not command.RESULTS.exists(), reason="nothing measured yet")
def test_the_pages_show_the_numbers():
    tables = command.tables(json.loads(command.RESULTS.read_text(encoding="utf-8")))
    for page in pages.PAGES:
        text = (_ROOT / page).read_text(encoding="utf-8")
        assert pages.filled(text, tables) == text
