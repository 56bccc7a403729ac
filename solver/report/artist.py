"""A process of its own that draws the pictures of a run while it goes on: no MPI, no PETSc, no DOLFINx in it.

`drawing` starts it, with a pickled `Commission` as its standard input, and gives orders through a connection: LOOK
whenever `summary.json` was written, FINISH when it is complete, which is answered with a list of what could not be
drawn. Where the connection ends before, the run has ended, and so does this process; at once if the run was killed.
"""

import ctypes
import os
import pickle
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from solver.output import csv_files, in_time, over_time, summary
from solver.report import report
from solver.report.drawing import FINISH, Commission
from solver.report.pictures import Picture, offscreen, pictures
from solver.studies.table import LEFT_BY_STUDIES

_PR_SET_PDEATHSIG = 1  # prctl(2)
_NICER = 10  # what is solved goes first
_HELPED = 2  # pictures that are left from which on a second process is worth its start
_NUMBER, _MOST_SHARED = 2, 30_000  # bytes of the number of a picture, and pictures whose numbers a pipe holds
_SOON = 0.1  # s, in which an order follows on another where the run has come to its end


@dataclass
class _Drawn:
    """Files by what they show, and why one could not be drawn."""

    files: dict[str, list[Path]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def draw(self, picture: Picture) -> None:
        """Draw a picture; one that fails is noted, and the others go on."""
        try:
            self.files[picture.shows] = picture.draw()
        except Exception as error:
            self.files[picture.shows] = []
            name = picture.shows.split(" (")[0].split(" {")[0]
            self.problems[picture.shows] = f"picture '{name}' could not be drawn: {type(error).__name__}: {error}"


class Artist:
    """Draws what is there and was not drawn before.

    Args:
        commission: what is to be drawn.
    """

    def __init__(self, commission: Commission) -> None:
        self._given, self._drawn = commission, _Drawn()
        self._tried = False
        self._lacks: str | None = None  # what 3-D pictures need

    def left(self) -> list[Picture]:
        """What is not drawn of the results."""
        found = summary.so_far(self._given.results / "summary.json")
        known = pictures(self._given.loaded, found, self._given.results)
        wanted = [one for one in known if self._given.rendered or not one.rendered]
        return [one for one in wanted if one.shows not in self._drawn.files]

    def left_so_far(self) -> list[Picture]:
        """What is not drawn of results that are still made, and will not change."""
        try:
            return [one for one in self.left() if not one.final]
        except Exception:  # a file that is just replaced: it is seen again when it has changed
            return []

    def get_ready(self) -> None:
        """Start what renders, if the case will have pictures in 3-D, while there is nothing to draw."""
        case = self._given.loaded.case
        if case.process is not None or case.thermal is not None:
            self._try_to_render()

    def draw(self, picture: Picture) -> None:
        """Draw one picture; those in 3-D, if PyVista can render here."""
        if picture.rendered:
            self._try_to_render()
        if not picture.rendered or self._lacks is None:
            self._drawn.draw(picture)

    def _try_to_render(self) -> None:
        """Find out once whether 3-D pictures can be drawn."""
        if self._given.rendered and not self._tried:
            self._tried, self._lacks = True, offscreen.problem_here()

    def draw_all(self, left: Sequence[Picture]) -> None:
        """Draw what is left, in two processes if there are cores for them; this one first what PyVista renders."""
        flat, rendered = [one for one in left if not one.rendered], [one for one in left if one.rendered]
        if len(flat) < _HELPED or len(flat) > _MOST_SHARED or len(self._given.cores) < 2:
            for one in left:
                self.draw(one)
            return
        flat = flat[::-1]  # those of fields, which take longest, are the last
        shared = _shared(len(flat))
        answer, helper = _helped(flat, shared)
        for one in rendered:
            self.draw(one)
        _draw_shared(self._drawn, flat, shared)
        os.close(shared)
        _wait(answer, helper, self._drawn, flat)

    def conclude(self) -> list[str]:
        """Tables and report, and no other pictures than those that were drawn; what could not be drawn."""
        results, loaded = self._given.results, self._given.loaded
        found = summary.read(results / "summary.json")
        csv_files.write(results / "warpage.csv", csv_files.warpage(found))
        if course := over_time.columns(found["steps"]):
            csv_files.write(results / "over_time.csv", course)
        if history := in_time.columns(found["steps"]):
            csv_files.write(results / "history_in_time.csv", history)
        wanted = pictures(loaded, found, results)
        shown = [one.shows for one in wanted]
        kept = {path for shows in shown for path in self._drawn.files.get(shows, ())}
        for picture in (results / "pictures").glob("*.png"):
            if picture not in kept and f"pictures/{picture.name}" not in LEFT_BY_STUDIES:
                picture.unlink()
        report.write_report(loaded, found, results, self._given.since)
        problems = [self._drawn.problems[shows] for shows in shown if shows in self._drawn.problems]
        missing = self._tried and any(one.rendered for one in wanted)
        return [*problems, self._lacks] if missing and self._lacks is not None else problems


def _shared(count: int) -> int:
    """Where two processes take the numbers of pictures from, each number once."""
    numbers, put = os.pipe()
    os.write(put, b"".join(number.to_bytes(_NUMBER) for number in range(count)))
    os.close(put)
    return numbers


def _draw_shared(drawn: _Drawn, flat: Sequence[Picture], shared: int) -> None:
    """Draw pictures whose numbers nobody has taken, until there are none."""
    while number := os.read(shared, _NUMBER):
        drawn.draw(flat[int.from_bytes(number)])


def _helped(flat: Sequence[Picture], shared: int) -> tuple[int, int]:
    """A child that draws pictures without OpenGL as their numbers come; where it answers, and its number."""
    answer, question = os.pipe()
    helper = os.fork()
    if helper:
        os.close(question)
        return answer, helper
    code = 1
    with suppress(BaseException):
        _end_with(os.getppid())
        drawn = _Drawn()
        _draw_shared(drawn, flat, shared)
        with os.fdopen(question, "wb") as file:
            pickle.dump(drawn, file)
        code = 0
    os._exit(code)  # nothing of the parent is ended here


def _wait(answer: int, helper: int, drawn: _Drawn, flat: Sequence[Picture]) -> None:
    """Take over what the child has drawn; draw what is missing here if the child has failed."""
    with os.fdopen(answer, "rb") as file:
        text = file.read()
    if os.waitpid(helper, 0)[1] == 0:
        found: _Drawn = pickle.loads(text)
        drawn.files |= found.files
        drawn.problems |= found.problems
        return
    for one in flat:
        if one.shows not in drawn.files:
            drawn.draw(one)


def _end_with(parent: int) -> None:
    """Be killed when the parent ends, now if it has."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def work(artist: Artist, orders: Connection) -> None:
    """Draw as told until all is drawn, or the run has ended before its end."""
    left, complete = list[Picture](), False
    while not complete:
        if not left:
            artist.get_ready()
        if not left or orders.poll():
            try:
                complete = _last(orders) == FINISH
            except EOFError:
                return
            left = artist.left() if complete else artist.left_so_far()
        else:
            artist.draw(left.pop(0))
    artist.draw_all(left)
    orders.send(artist.conclude())


def _last(orders: Connection) -> str:
    """The last of the orders that come at once: of what is complete no picture is drawn before the rest is shared out.

    Raises:
        EOFError: there are no more.
    """
    order, until = str(orders.recv()), time.monotonic() + _SOON
    while order != FINISH and orders.poll(max(0.0, until - time.monotonic())):
        order = str(orders.recv())
    return order


def main() -> None:
    """Entry point; the first argument is the connection."""
    commission: Commission = pickle.load(sys.stdin.buffer)
    _end_with(commission.parent)
    with suppress(OSError):
        os.sched_setaffinity(0, commission.cores)
        os.nice(_NICER)
    work(Artist(commission), Connection(int(sys.argv[1])))
    os._exit(0)  # the run waits: nothing of VTK is taken down
