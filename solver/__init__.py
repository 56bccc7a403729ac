"""planish: finite-element warpage and thermal solver for advanced packaging."""

from solver import mpi_first

__version__ = "0.1.0"

mpi_first.install()
