"""`python -m tests.killing EVENT TEXT COUNT ARGUMENTS...`: planish, killed (SIGKILL) at a named moment.

The moment is just before Python's audit event EVENT (open, os.rename, os.remove, shutil.copyfile, subprocess.Popen...)
happens for the COUNT-th time with TEXT among its arguments. If it never does, planish ends as it would.
"""

import os
import runpy
import signal
import sys


def kill_at(event: str, text: str, count: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Be killed, or told to stop, at that moment."""
    seen = 0

    def hook(name: str, arguments: tuple) -> None:
        nonlocal seen
        if name == event and text in str(arguments):
            seen += 1
            if seen == count:
                os.kill(os.getpid(), how)

    sys.addaudithook(hook)


if __name__ == "__main__":
    kill_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv[1:] = sys.argv[4:]
    runpy.run_module("solver", run_name="__main__", alter_sys=True)
