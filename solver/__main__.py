"""`python -m solver` is `planish`: it listens to Ctrl-C before anything that takes time.

Ranks that are asked for are started before the arguments are looked at, by a process that imports little.
"""

import os
import sys

from solver.interruption import listen

listen()
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # planish has none, and to look for some takes 40 ms


def main() -> None:
    """Start ranks, or be the command."""
    from solver import launch

    code = launch.started(sys.argv[1:])
    if code is not None:
        raise SystemExit(code)
    from solver.cli import main as command

    command()


if __name__ == "__main__":
    main()
