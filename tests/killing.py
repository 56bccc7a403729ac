"""`python -m tests.killing EVENT TEXT COUNT ARGUMENTS...`: planish, killed (SIGKILL) at a named moment.

The moment is just before Python's audit event EVENT (open, os.rename, os.remove, shutil.copyfile, subprocess.Popen...;
* is any of a file) happens for the COUNT-th time with TEXT among its arguments. If it never does, planish ends as it
would; with --count before EVENT, the last line it prints is how often it did.
"""

import os
import runpy
import signal
import sys

_OF_FILES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.copyfile")


class Killer:
    """Kills, or tells to stop, when an event is seen for the `count`-th time."""

    def __init__(self, event: str, text: str, count: int, how: signal.Signals = signal.SIGKILL) -> None:
        self.seen, self._count, self._text, self._how = 0, count, text, how
        self._events = _OF_FILES if event == "*" else (event,)
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in self._events and self._text in str(arguments):
            self.seen += 1
            if self.seen == self._count:
                os.kill(os.getpid(), self._how)


if __name__ == "__main__":
    counts = sys.argv[1] == "--count"
    if counts:
        del sys.argv[1]
    moment = Killer(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv[1:] = sys.argv[4:]
    try:
        runpy.run_module("solver", run_name="__main__", alter_sys=True)
    finally:
        if counts:
            print(moment.seen)
