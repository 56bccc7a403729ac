"""Pictures, tables of the warpage and report of results: `planish run` ends with it, `planish post` redoes it."""

from collections.abc import Sequence
from pathlib import Path

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.metrics import over_time
from solver.output import csv_files, in_time, record, summary
from solver.place import LEFT_BY_STUDIES
from solver.report import report
from solver.report.pictures import draw


def again(path: Path, results: Path) -> list[str]:
    """Draw and report again what a run has left, by the case it was made of; on one rank.

    Args:
        path: the case today.
        results: the results folder.

    Returns:
        What is not as it was when the run was made.

    Raises:
        CaseError: the case of the run cannot be read.
    """
    loaded = case_of(results, path)
    since = record.changes(loaded, path, summary.read(results / "summary.json").get("run") or {})
    write(loaded, results, since)
    return since


def case_of(results: Path, path: Path) -> LoadedCase:
    """The case that results are of.

    Args:
        results: their folder.
        path: the case today, which is taken where the results keep none.

    Raises:
        CaseError: it cannot be read, or a file it names is not there any more.
    """
    if not (results / record.CASE).is_file():
        return load(path)
    today = path if path.is_dir() else path.parent
    return load(results / record.CASE, directory=today)


def write(loaded: LoadedCase, results: Path, since: Sequence[str] = ()) -> None:
    """Draw the pictures, write the tables of the warpage and the report; on one rank.

    Args:
        loaded: the case the results are of.
        results: the results folder.
        since: what is not as it was when the run was made.
    """
    found = summary.read(results / "summary.json")
    csv_files.write(results / "warpage.csv", csv_files.warpage(found))
    if course := over_time.columns(found["steps"]):
        csv_files.write(results / "over_time.csv", course)
    if history := in_time.columns(found["steps"]):
        csv_files.write(results / "history_in_time.csv", history)
    made, problems = draw(loaded, found, results)
    kept = {*made, *(results / name for name in LEFT_BY_STUDIES)}
    for picture in (results / "pictures").glob("*.png"):
        if picture not in kept:
            picture.unlink()
    for problem in problems:
        print(f"warning: {problem}", flush=True)
    report.write_report(loaded, found, results, since)
