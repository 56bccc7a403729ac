"""`planish run`: solve a case and write its results beside the old ones, which are replaced only when all is done."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from mpi4py import MPI

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.driver import Sink, drive, wall_seconds
from solver.metrics.run_summary import Summary
from solver.models.continuing import Before
from solver.output import summary
from solver.parallel import cores, on_root
from solver.place import Place
from solver.progress import Progress
from solver.report.drawing import Drawing
from solver.result_files import ResultFiles
from solver.resume import checkpointing, checkpoints_of


def run(
    path: Path,
    overrides: Sequence[str],
    comm: MPI.Intracomm,
    force: bool = False,
    resume: bool = False,
    pictures: bool = True,
    output: Path | None = None,
    unlock: bool = False,
) -> Path:
    """Run a case; collective.

    Args:
        path: case directory or file.
        overrides: texts of `--set`.
        comm: communicator.
        force: start even if the memory will not do.
        resume: go on from the checkpoint of a run that was interrupted, or of a finished one that has new steps.
        pictures: draw them and write the report.
        output: where results go; CASE/results if None.
        unlock: take the results over from a run on another host that is known to have ended.

    Returns:
        The results directory.

    Raises:
        CaseError: the case is wrong, is not the one of the checkpoint, or needs more memory than there is, or another
            run works there; no result was touched.
        OutputError: a file could not be written; the results before are whole, and what was solved is kept.
        NotConvergedError: what was solved is in `results.partial`.
        InterruptedRunError: by SIGTERM; the checkpoint is in `results.partial`.
    """
    loaded = on_root(comm, lambda: load(path, overrides))
    place = Place(loaded.directory, output, unlock)
    found = write(loaded, place, comm, force=force, resume=resume, pictures=pictures, name=str(path))
    if comm.rank == 0:
        seconds = found.wall_seconds["total"]
        drawn = "report.html, pictures/, " if pictures else ""
        print(f"results in {place.shown}: summary.json, {drawn}fields/ ({seconds:.1f} s)", flush=True)
    return place.shown


def write(
    loaded: LoadedCase,
    place: Place,
    comm: MPI.Intracomm,
    *,
    force: bool = False,
    resume: bool = False,
    pictures: bool = True,
    name: str = "",
    sinks: Sequence[Sink] = (),
    quiet: bool = False,
) -> Summary:
    """Solve a case and put its results in their place; collective.

    Args:
        loaded: the case.
        place: where results go.
        comm: communicator.
        force: as of `run`.
        resume: as of `run`.
        pictures: as of `run`.
        name: of the case, for the log.
        sinks: take the outcomes too.
        quiet: says nothing on the terminal.

    Returns:
        The summary of the run.

    Raises:
        CaseError, OutputError, NotConvergedError, InterruptedRunError: as `run`.
    """
    with place.held(comm):
        saved = checkpoints_of(place, loaded, comm) if resume else Before()
        aside = on_root(comm, lambda: place.begin(saved.place))
        progress = Progress(comm, place.partial / "log.txt", quiet, append=bool(saved))
        progress.say(f"{loaded.case.title}: {name}, {comm.size} rank{'s' if comm.size > 1 else ''}")
        if aside:
            there = f"{place.shown.name}.interrupted"
            progress.say(f"an interrupted run is now in {there}; --resume would have gone on with it")
        if resume:
            progress.say(str(saved) if saved else f"there is no checkpoint; {saved}")
        try:
            with _drawing(loaded, place.partial, comm) if pictures else nullcontext() as drawing:
                files = ResultFiles(place.partial, loaded, comm, progress, drawing)
                savers = checkpointing(place.partial, loaded, comm, progress)
                found = drive(loaded, comm, progress, [files, *sinks], force, saved, lambda: savers)
                if pictures:
                    with progress.stage("output", "pictures and report"):
                        problems = on_root(comm, lambda: drawing.finish() if drawing else [], long=True)
                    for problem in problems:
                        progress.say(f"warning: {problem}", "yellow")
                    found.wall_seconds = wall_seconds(progress)
                    on_root(comm, lambda: summary.write(place.partial / "summary.json", found.entry()))
        finally:
            progress.close()
        on_root(comm, place.finish)
    return found


def _drawing(loaded: LoadedCase, results: Path, comm: MPI.Intracomm) -> AbstractContextManager[Drawing | None]:
    """What draws the pictures beside the run, on one rank. Collective."""
    there = cores(comm)
    if comm.rank != 0:
        return nullcontext()
    drawing = Drawing(loaded, results, there)
    drawing.look()
    return drawing
