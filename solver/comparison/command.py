"""`planish compare`: on the terminal, as JSON, as files."""

import json
from pathlib import Path

from solver.comparison import files, words
from solver.comparison.compare import Comparison
from solver.comparison.compare import compare as read_both
from solver.output.summary import plain
from solver.screen import show


def compare(a: Path, b: Path, output: Path | None, as_json: bool, everything: bool, within: float | None) -> bool:
    """Print two results side by side, and write files if a folder for them is given.

    Args:
        a: results folder, or case directory.
        b: another.
        output: folder for files, or None.
        as_json: True to print one JSON object instead of tables.
        everything: True for every metric.
        within: what metrics may differ by, as a part of them; None: by anything.

    Returns:
        False if one of the metrics shown differs by more.

    Raises:
        CaseError: there are no results.
        OutputError: a file could not be written.
    """
    found = read_both(a, b)
    if as_json:
        print(json.dumps(plain(found.summary()), ensure_ascii=False))
    else:
        show(words.table(found, everything))
        for line in words.lines(found):
            print(line)
    if output is not None:
        written = files.write(found, output)
        if not as_json:
            print(f"{output}/: {', '.join(path.name for path in written)}")
    return within is None or _agree(found, everything, within)


def _agree(found: Comparison, everything: bool, within: float) -> bool:
    shown = [row for rows in found.parts.values() for row in rows if everything or words.is_first(row)]
    return all(row.size <= within for row in shown)
