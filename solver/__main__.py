"""`python -m solver` is `planish`: it listens to Ctrl-C before anything that takes time."""

import os

from solver.interruption import listen

listen()
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # planish has none, and to look for some takes 40 ms

from solver.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
