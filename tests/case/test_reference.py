"""The page on the case file says what the models read."""

from pathlib import Path

from solver.case.reference import document

PAGE = Path(__file__).parents[2] / "docs" / "case-file.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == document(), "run `python3 -m solver.case.reference > docs/case-file.md`"


def test_every_key_of_the_example_is_on_the_page():
    page = document()
    for key in ("geometry", "outline", "stress_free_temperature", "thermal_expansion", "metal_fraction", "warpage_at"):
        assert f"`{key}`" in page
