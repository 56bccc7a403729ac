"""Whether VTK can render here: it needs EGL or OSMesa, which the image of a cluster may lack.

Without them VTK ends its process by a signal, or PyVista has no window to render in, or what it renders is blank. What
else goes wrong is no matter of OpenGL, and is said as it is.
"""

import os
import subprocess
import sys
from functools import cache

from solver.report.drawing import MISSING

__all__ = ["MISSING", "problem", "problem_here"]

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")  # VTK tries X first otherwise, and complains

_PATIENCE = 60  # s
_ATTEMPT = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(16, 16))
plotter.add_mesh(pyvista.Sphere(), color="red")
if plotter.screenshot(None, return_img=True).std() <= 1:
    raise pyvista.plotting.RenderWindowUnavailable("blank")
"""
_NO_WINDOW = "RenderWindowUnavailable"  # of PyVista


def problem_here() -> str | None:
    """Why no picture can be rendered, None if one can; tried in this process, which a broken OpenGL ends."""
    try:
        exec(_ATTEMPT, {})
    except Exception as error:
        return _said(type(error).__name__, f"{type(error).__name__}: {error}")
    return None


@cache
def problem() -> str | None:
    """The same, tried in a child process."""
    command = [sys.executable, "-c", _ATTEMPT]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return _said("", f"it took more than {_PATIENCE} s")
    except OSError as error:
        return _said("", str(error))
    if tried.returncode <= 0:
        return MISSING if tried.returncode else None
    last = tried.stderr.rstrip().rpartition("\n")[2]
    return _said(last.partition(":")[0].rpartition(".")[2], last)


def _said(error: str, words: str) -> str:
    """What becomes of an error: no OpenGL, or what it says."""
    return MISSING if error == _NO_WINDOW else f"no 3-D pictures: one that was tried failed ({words})"
