"""A comparison as files: numbers for programs, pictures for people."""

import json
from pathlib import Path

from solver.comparison import picture
from solver.comparison.compare import Comparison
from solver.files import write_text
from solver.output import csv_files
from solver.output.summary import plain
from solver.slug import slug


def write(found: Comparison, folder: Path) -> list[Path]:
    """Write comparison.json, comparison.csv, comparison.png and heights_STEP.png.

    Returns:
        The files.

    Raises:
        OutputError: one could not be written.
    """
    written = [folder / "comparison.json", folder / "comparison.csv"]
    write_text(written[0], json.dumps(plain(found.summary()), indent=2, ensure_ascii=False) + "\n")
    all_rows = [(part, row) for part, rows in found.parts.items() for row in rows]
    columns: dict[str, list[object]] = {"part": [part for part, _ in all_rows]}
    keys = ("metric", "a", "b", "difference", "relative")
    columns |= {key: [getattr(row, key) for _, row in all_rows] for key in keys}
    csv_files.write(written[1], columns)
    written += picture.steps(found, folder / "comparison.png")
    for number, one in enumerate(found.surfaces, start=1):
        written.append(picture.heights(one, folder / f"heights_{number:02d}_{slug(one.step)[:60] or 'step'}.png"))
    return written
