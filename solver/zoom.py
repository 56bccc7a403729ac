"""`planish zoom`: run a case with one more place that is solved finer, or with one of its own alone or elsewhere."""

from collections.abc import Sequence
from pathlib import Path

from mpi4py import MPI

from solver.case import source
from solver.case.load import of_source
from solver.case.loaded import LoadedCase
from solver.errors import CaseError, nearest
from solver.parallel import on_root
from solver.place import Place
from solver.run import write

NEW = "zoom"  # name of a place the case does not have


def zoom(
    path: Path,
    comm: MPI.Intracomm,
    asked: dict[str, str | None],
    name: str | None = None,
    overrides: Sequence[str] = (),
    force: bool = False,
    pictures: bool = True,
    output: Path | None = None,
) -> Path:
    """Run a case with a submodel; collective.

    Args:
        path: case directory or file.
        comm: communicator.
        asked: key of the submodel (`at`, `size`, `of`, `mesh.in_plane_size`) -> its text, None where it is not given.
        name: of a submodel of the case; None: a new one, of the layers of the whole.
        overrides: texts of `--set`.
        force: start even if the memory will not do.
        pictures: draw them and write the report.
        output: where results go; CASE/results_zoom if None.

    Returns:
        The results directory.

    Raises:
        CaseError: the case or the place is wrong.
        OutputError, NotConvergedError, InterruptedRunError: as of `solver.run.write`.
    """
    loaded = on_root(comm, lambda: _loaded(path, asked, name, overrides))
    place = Place(loaded.directory, output or loaded.directory / "results_zoom")
    write(loaded, place, comm, force=force, pictures=pictures, name=str(path))
    if comm.rank == 0:
        print(f"results in {place.shown}: `submodels` in summary.json", flush=True)
    return place.shown


def _loaded(path: Path, asked: dict[str, str | None], name: str | None, overrides: Sequence[str]) -> LoadedCase:
    text = source.read(path)
    given = {key: _bracketed(value) for key, value in asked.items() if value is not None}
    there = text.data.get("submodels") or []
    names = [one.get("name") for one in there if isinstance(one, dict)] if isinstance(there, list) else []
    if name is not None and name not in names:
        raise CaseError(f"{text.path}: there is no submodel '{name}'; {nearest(name, names)}")
    if name is None:
        missing = [key for key in ("at", "size") if key not in given]
        if missing:
            raise CaseError(f"a new place needs --{missing[0]}, such as --at '[1 mm, 2 mm]' --size '[0.4 mm, 0.4 mm]'")
        text.data["submodels"] = [*(there if isinstance(there, list) else []), {"name": NEW, "mesh": {}}]
    words = [f"submodels.{name or NEW}.{key}={value}" for key, value in given.items()]
    return of_source(text, [*words, *overrides])


def _bracketed(text: str) -> str:
    """`1 mm, 2 mm` as the pair it means."""
    return f"[{text}]" if "," in text and not text.lstrip().startswith("[") else text
