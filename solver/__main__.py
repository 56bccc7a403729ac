"""`python -m solver` is `planish`."""

from solver.interruption import listen

listen()  # before anything that takes time

from solver.cli import main  # noqa: E402

main()
