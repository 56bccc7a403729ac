"""The library of MPI is loaded beside the imports that need none of it.

Network layers that come with it measure the clock of the processor while they are loaded, a tenth of a second of sleep
on every start. A library loads while no other does: what has some of its own comes before.
"""

import ctypes
import importlib
import importlib.util
import threading
from contextlib import suppress

_BEFORE = ("numpy", "pydantic", "shapely", "yaml")  # with libraries of their own, needed by what is imported meanwhile
_MEANWHILE = "solver.case.load"


def load_beside() -> None:
    """Load it, and import what reads a case meanwhile; `mpi4py.MPI` says what is wrong if it cannot be loaded."""
    found = importlib.util.find_spec("mpi4py.MPI")
    if found is None or found.origin is None:
        return
    for name in _BEFORE:
        importlib.import_module(name)
    loading = threading.Thread(target=_load, args=(found.origin,))
    loading.start()
    importlib.import_module(_MEANWHILE)
    loading.join()


def _load(file: str) -> None:
    with suppress(OSError):
        ctypes.CDLL(file)
