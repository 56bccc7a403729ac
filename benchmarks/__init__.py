"""Speed and accuracy of planish next to other finite-element programs: see docs/performance.md."""

import solver  # noqa: F401  # PyPI's DOLFINx finds its MPI
