"""Pictures of a case, drawn from the files in `results/` alone, so that they can be drawn at any time and again.

Matplotlib draws lines and maps, and needs neither a display nor OpenGL; PyVista reads and cuts the fields and renders
the 3-D pictures off-screen, which are left out where that is impossible.
"""

from pathlib import Path
from typing import Any

from solver.case.loaded import LoadedCase
from solver.report.pictures import offscreen
from solver.report.pictures.album import Picture, pictures

__all__ = ["Picture", "draw", "pictures"]


def draw(loaded: LoadedCase, summary: dict[str, Any], results: Path) -> tuple[list[Path], list[str]]:
    """Draw everything the results hold; call it on one rank.

    Args:
        loaded: the case.
        summary: what `summary.json` holds.
        results: the folder with `fields/`; pictures go to `pictures/` in it.

    Returns:
        The PNG files, in the order of a report, and a line for what could not be drawn.
    """
    found = pictures(loaded, summary, results)
    problem = offscreen.problem() if any(one.rendered for one in found) else None
    problems = [] if problem is None else [problem]
    return [path for one in found if not (one.rendered and problems) for path in one.draw()], problems
