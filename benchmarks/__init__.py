"""Speed and accuracy of planish next to other finite-element programs: see docs/performance.md."""
