"""PyPI's DOLFINx and PETSc find their MPI only if `dolfinx_solver`, which comes with them, was imported before."""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _MpiFirst(MetaPathFinder):
    """Finds nothing, but sees what is about to be imported: what needs no DOLFINx starts as fast as ever."""

    def find_spec(self, fullname: str, _: Sequence[str] | None, __: ModuleType | None = None) -> ModuleSpec | None:
        if fullname in ("dolfinx", "petsc4py"):
            sys.meta_path.remove(self)
            if importlib.util.find_spec("dolfinx_solver") is not None:
                importlib.import_module("dolfinx_solver")
        return None


def install() -> None:
    """Watch the imports of this process."""
    sys.meta_path.insert(0, _MpiFirst())
