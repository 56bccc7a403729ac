"""`planish post`: pictures, tables of the warpage and report again, of what a run has left."""

from pathlib import Path

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.output import record, summary
from solver.report.drawing import Drawing


def again(path: Path, results: Path) -> list[str]:
    """Draw and report again what a run has left, by the case it was made of; on one rank.

    Args:
        path: the case today.
        results: the results folder.

    Returns:
        What is not as it was when the run was made, and what could not be drawn.

    Raises:
        CaseError: the case of the run cannot be read.
    """
    loaded = case_of(results, path)
    since = record.changes(loaded, path, summary.read(results / "summary.json").get("run") or {})
    with Drawing(loaded, results, since=since) as drawing:
        problems = drawing.finish()
    return [*since, *(f"warning: {problem}" for problem in problems)]


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
