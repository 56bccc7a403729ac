"""`python -m solver` is `planish`: it listens to Ctrl-C before anything that takes time."""

from solver.interruption import listen

listen()

from solver.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
