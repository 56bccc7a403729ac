"""Loops that numpy cannot express, in C: columns and cells side by side."""

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.c_library import Caller, compiled, prototypes
from solver.parallel import on_root

SOURCES = Path(__file__).parent
_SIGNALS = Path(__file__).parents[1] / "signals"
LANES = 8  # of kernels/lanes.h
FEWEST = {3: 9, 1: 4}  # components -> values of the law of materials whose axes are those of the stack


def signals(comm: MPI.Intracomm) -> ctypes.CDLL:
    """The functions of signals/end.c. Collective."""
    library = ctypes.CDLL(str(on_root(comm, lambda: compiled(_SIGNALS))))
    library.end_on.argtypes, library.end_on.restype = (ctypes.c_int, ctypes.c_int, ctypes.c_char_p), None
    library.end_on_sigcont_and_sigterm.argtypes, library.end_on_sigcont_and_sigterm.restype = (), None
    library.end_with_parent.argtypes, library.end_with_parent.restype = (), None
    return library


class Kernels:
    """The compiled functions.

    Args:
        comm: communicator; collective.
        components: unknowns of a node: 3, displacement, or 1, temperature.
        law: values of a law at a point, as of kernels/law.h: 9 or 21, of heat 4 or 5.
    """

    def __init__(self, comm: MPI.Intracomm, components: int, law: int = 0) -> None:
        self.components = components
        self.modes = 5 if components == 3 else 2
        self.width = 3 * components
        flags = f"-DNC={components}", f"-DLAW={law or FEWEST[components]}"
        self._call = _caller(on_root(comm, lambda: compiled(SOURCES, *flags)), components)

    def call(self, name: str, *arguments: Any) -> int:
        """Call a function of kernels.h; arguments as of `Caller`."""
        return self._call(name, *arguments)


@cache
def _caller(library: Path, components: int) -> Caller:
    """A library is declared once: cffi takes 30 ms to read the functions."""
    return Caller(library, declarations(components))


def declarations(components: int) -> str:
    """The functions of kernels.h for so many components, as cffi reads them."""
    text = (SOURCES / "kernels.h").read_text()
    if components != 3:
        text = re.sub(r"^#if NC == 3.*?^#endif", "", text, flags=re.DOTALL | re.MULTILINE)
    return prototypes(text)
