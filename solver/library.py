"""planish as a library: `from solver import load, solve`. Nothing is written unless it is asked for.

(What is compiled and the unit cells of arrays are kept in the cache, as by every command.)
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from mpi4py import MPI

from solver import run
from solver.case import load as case_file
from solver.case import source
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.driver import drive
from solver.errors import CaseError
from solver.parallel import on_root
from solver.place import Place
from solver.progress import Progress
from solver.result import Result, ResultInMemory

__all__ = ["CaseError", "Result", "load", "solve"]

_MODEL = "<Case>"  # in messages, in the place of a file

AnyCase: TypeAlias = str | Path | Mapping[str, Any] | Case | LoadedCase


def load(case: AnyCase, overrides: Sequence[str] = (), directory: str | Path | None = None) -> LoadedCase:
    """Read and check a case.

    Args:
        case: a case directory or file; a dict with the sections of a case file, values with units as text
            (`{"thickness": "30 um"}`); a `Case`; or one that is loaded, which is returned.
        overrides: `PATH=VALUE`, as of `--set`; of a directory, a file or a dict.
        directory: where the files are that the case names; its own directory if absent, or the working directory.

    Raises:
        CaseError: anything wrong with it; one line per mistake, which names the key.
    """
    if isinstance(case, Case | LoadedCase) and overrides:
        raise CaseError("overrides: a case that is read takes none; give its directory, or use `model_copy`")
    there = None if directory is None else Path(directory)
    if isinstance(case, LoadedCase):
        return case
    if isinstance(case, Case):
        data = source.of_data(case.model_dump(by_alias=True), there, _MODEL)
        return case_file.of_model(case, data)
    if isinstance(case, Mapping):
        return case_file.of_source(source.of_data(case, there), overrides)
    return case_file.load(Path(case), overrides, there)


def solve(
    case: AnyCase,
    *,
    comm: MPI.Intracomm | None = None,
    overrides: Sequence[str] = (),
    output: str | Path | None = None,
    pictures: bool = True,
    force: bool = False,
    verbose: bool = False,
) -> Result:
    """Solve a case. Collective.

    Args:
        case: as of `load`; that of rank 0 counts.
        comm: communicator; MPI.COMM_WORLD if absent.
        overrides: as of `load`.
        output: folder for all that `planish run` writes; nothing is written if absent.
        pictures: with `output`: pictures and report too.
        force: start even if the memory will not do.
        verbose: show on rank 0 what `planish run` shows.

    Returns:
        Numbers and fields, in memory.

    Raises:
        CaseError: the case is wrong, or needs more memory than there is; or `output` is no place for results.
        NotConvergedError: a solve did not converge.
        OutputError: a file could not be written.
        All of them on every rank.
    """
    comm = MPI.COMM_WORLD if comm is None else comm
    loaded = on_root(comm, lambda: load(case, overrides))
    memory = ResultInMemory()
    if output is None:
        found = drive(loaded, comm, Progress(comm, quiet=not verbose), [memory], force)
        return memory.result(loaded, found, None)
    if loaded.source.path == Path(_MODEL):
        raise CaseError("output: a `Case` keeps no text to write beside its results; give the dict or the directory")
    place = Place(loaded.directory, Path(output))
    found = run.write(
        loaded, place, comm, force=force, pictures=pictures, name="library", sinks=[memory], quiet=not verbose
    )
    return memory.result(loaded, found, place.shown)
