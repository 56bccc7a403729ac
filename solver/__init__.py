"""planish: finite-element warpage and thermal solver for advanced packaging.

`from solver import load, solve` is the library (`solver.library`), read only when it is asked for. What is imported
here delays the moment from which Ctrl-C is listened to.
"""

from solver import mpi_first

TYPE_CHECKING = False  # as `typing` has it, which takes longer to import than all that is here
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_LIBRARY = ("CaseError", "Result", "load", "solve")

mpi_first.install()


def __getattr__(name: str) -> "Any":
    if name not in _LIBRARY:
        raise AttributeError(f"module 'solver' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module("solver.library"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LIBRARY})
