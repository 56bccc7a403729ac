"""`planish materials fit FILE.csv ...`: an entry on the terminal, a picture beside the first file."""

from collections.abc import Sequence
from pathlib import Path

from solver.errors import CaseError
from solver.fit.columns import read
from solver.fit.entry import entry, text
from solver.fit.fitted import Fitted
from solver.fit.kinds import kind_of
from solver.fit.picture import draw

ASSUMED = 0.3  # Poisson ratio, if none is given


def fit(paths: Sequence[Path], name: str | None, poisson: float | None, output: Path | None) -> str:
    """Fit files of one material together.

    Args:
        paths: CSV files.
        name: under which the entry is printed as a case has it; None: as the library has it.
        poisson: Poisson ratio, which none of the measurements tells.
        output: the picture; beside the first file if None.

    Returns:
        The entry as YAML, with remarks on what is not told and where the picture is.

    Raises:
        CaseError: a file is wrong, or does not tell what it would have to.
    """
    if poisson is not None and not -1.0 < poisson < 0.5:
        raise CaseError(f"--poisson {poisson:g}: an isotropic material has a ratio between -1 and 0.5")
    picture = output or paths[0].with_suffix(".png")
    if picture.suffix != ".png":
        raise CaseError(f"--output {picture}: pictures are written as .png")
    found: dict[str, Fitted] = {}
    for path in paths:
        if path.name in found:
            raise CaseError(f"{path}: a second file of that name")
        measured = read(path)
        found[path.name] = kind_of(measured).fit(measured, ASSUMED if poisson is None else poisson)
    panels = [panel for one in found.values() for panel in one.panels]
    draw(panels, f"Fit of {', '.join(found)}", picture)
    doubts = [f"{name}: {doubt}" for name, one in found.items() for doubt in one.doubts]
    made = entry(found, poisson, ASSUMED)
    return f"# data against fit: {picture}\n{text(made, name, doubts)}"
