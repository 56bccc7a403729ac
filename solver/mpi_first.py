"""PyPI's DOLFINx and PETSc find their MPI only if `dolfinx_solver`, which comes with them, was imported before."""

import sys


class _MpiFirst:
    """Finds nothing, but sees what is about to be imported: what needs no DOLFINx starts as fast as ever."""

    @classmethod
    def find_spec(cls, fullname: str, _: object, __: object = None) -> None:
        if fullname not in ("dolfinx", "petsc4py"):
            return
        import importlib.util

        sys.meta_path.remove(cls)
        if importlib.util.find_spec("dolfinx_solver") is not None:
            importlib.import_module("dolfinx_solver")


def install() -> None:
    """Watch the imports of this process."""
    sys.meta_path.insert(0, _MpiFirst)
