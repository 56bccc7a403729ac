"""`python -m solver` is `planish`."""

from solver.cli import main

main()
