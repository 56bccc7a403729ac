"""Pictures and report from what is in a results directory: `planish run` ends with this, `planish post` redoes it."""

import shutil
from pathlib import Path

from solver.case.load import LoadedCase
from solver.results import report, summary
from solver.results.pictures import draw


def write(loaded: LoadedCase, results: Path) -> None:
    """Draw the pictures and write the report; on one rank."""
    found = summary.read(results / "summary.json")
    shutil.rmtree(results / "pictures", ignore_errors=True)
    _, problems = draw(loaded, found, results)
    for problem in problems:
        print(f"warning: {problem}", flush=True)
    report.write_report(loaded, found, results)
