"""Gmsh, or one line on what the machine lacks for it."""

from solver.errors import PlanishError

_PACKAGES = "libglu1-mesa libxcursor1 libxft2 libxinerama1"

try:
    import gmsh
except OSError as error:  # PyPI's is linked with libraries of a desktop
    raise PlanishError(f"Gmsh cannot be loaded: {error}; on Debian and Ubuntu: apt install {_PACKAGES}") from error

__all__ = ["gmsh"]
