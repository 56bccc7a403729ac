"""Pictures, `warpage.csv` and report from a results directory: `planish run` ends with it, `planish post` redoes it."""

from pathlib import Path

from solver.case.load import LoadedCase
from solver.results import csv_files, over_time, report, summary
from solver.results.pictures import draw
from solver.results.place import STUDIES


def write(loaded: LoadedCase, results: Path) -> None:
    """Draw the pictures, write the table of the warpage and the report; on one rank."""
    found = summary.read(results / "summary.json")
    csv_files.write(results / "warpage.csv", csv_files.warpage(found))
    if course := over_time.columns(found["steps"]):
        csv_files.write(results / "over_time.csv", course)
    made, problems = draw(loaded, found, results)
    kept = {*made, *(results / name for name in STUDIES)}
    for picture in (results / "pictures").glob("*.png"):
        if picture not in kept:
            picture.unlink()
    for problem in problems:
        print(f"warning: {problem}", flush=True)
    report.write_report(loaded, found, results)
