"""Runs that are killed (SIGKILL) and go on, as often as asked, to the numbers and files of one that was not.

`./planish exec python3 -m benchmarks.kill_and_resume 20` kills so many runs of each kind, prints a line for each and
fails at the first difference:

- output: at a file it opens, renames or removes in its results, at random among all of them;
- compile: while the compiler makes one of its forms, at a random moment;
- resume: once at such a file, then again in what goes on (every other one: in a finished run that takes a step more);
- increments: at a random moment of a run at large deflection, on one rank or two by turns, going on on one or two.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.test_resume import CASE, HOT, MORE, ROOT, command, finish, same, written

_TEXT = HOT.replace("DEFLECTION", "small")
_STEP = "    - {name: again, temperature: 60 degC}\n"
_KILLED = -signal.SIGKILL


class Bench:
    """A place with runs that were not killed, and dice."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place, self.dice = place, random.Random(seed)
        self.case = place / "case"
        self.cache = place / "cache"
        os.environ["XDG_CACHE_HOME"] = str(self.cache)
        self.wanted = finish(written(place / "whole", _TEXT + _STEP))
        self.files = files(place / "whole")
        self.forms = sorted(path.name.split(".")[0] for path in self.cache.glob("planish/forms/*/*.c.cached"))
        self.moments = self._moments()
        print(f"not killed: {self.moments} moments of output, {len(self.forms)} forms", flush=True)

    def _moments(self) -> int:
        """How often a run touches its results."""
        case = written(self.place / "counted", _TEXT + _STEP)
        done = subprocess.run(self._command(0, case, "--count"), cwd=ROOT, capture_output=True, text=True, check=True)
        return int(done.stdout.splitlines()[-1])

    def _command(self, number: int, case: Path, *how: str, options: tuple[str, ...] = ()) -> list[str]:
        start = [sys.executable, "-m", "tests.killing", *how, "*", "results.partial", str(number)]
        return [*start, *command(case, *options)[3:]]

    def killed_at(self, number: int, case: Path, *options: str) -> int:
        """Run until it has touched its results so many times; the exit code."""
        start = self._command(number, case, options=options)
        return subprocess.run(start, cwd=ROOT, capture_output=True, check=False).returncode

    def output(self, number: int) -> str:
        """Killed at a file of its results."""
        at = self.dice.randint(1, self.moments)
        code = self.killed_at(at, written(self.case, _TEXT + _STEP))
        self._goes_on()
        return f"killed at file {at} of {self.moments}" if code == _KILLED else "had ended"

    def compile(self, number: int) -> str:
        """Killed while a form is compiled that the cache does not have."""
        name = self.dice.choice(self.forms)
        for path in self.cache.glob(f"planish/forms/*/{name}.*"):
            path.unlink()
        run = subprocess.Popen(
            command(written(self.case, _TEXT + _STEP)), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL
        )
        while not list(self.cache.glob(f"planish/forms/*/{name}.c")) and run.poll() is None:
            time.sleep(0.005)
        moment = self.dice.uniform(0.0, 1.0)
        time.sleep(moment)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        left = not list(self.cache.glob(f"planish/forms/*/{name}.c.cached"))
        self._goes_on()
        return f"killed {moment:.2f} s into a compile, {'which it left' if left else 'just after it'}"

    def resume(self, number: int) -> str:
        """Killed once, or finished without the last step, then killed in what goes on."""
        case = written(self.case, _TEXT if number % 2 else _TEXT + _STEP)
        first = self.moments + 999 if number % 2 else self.dice.randint(self.moments // 4, self.moments)
        self.killed_at(first, case)
        (case / "case.yaml").write_text(_TEXT + _STEP, encoding="utf-8")
        second = self.dice.randint(1, 60)
        code = self.killed_at(second, case, "--resume")
        self._goes_on()
        begun = "finished" if number % 2 else f"killed at file {first}"
        return f"{begun}, " + (f"killed at file {second} of what went on" if code == _KILLED else "went on to its end")

    def increments(self, number: int) -> str:
        """Killed at any moment at large deflection."""
        if not (self.place / "large").exists():
            self.begun = time.perf_counter()
            self.large = finish(written(self.place / "large", CASE + MORE))
            self.lasts = time.perf_counter() - self.begun
        before, after = 1 + number % 2, 1 + number // 2 % 2
        moment = self.dice.uniform(0.1, 1.1) * self.lasts
        start = command(written(self.case, CASE + MORE), ranks=before)
        run = subprocess.Popen(start, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
        time.sleep(moment)
        ended = run.poll() is not None
        if not ended:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        same(finish(self.case, "--resume", ranks=after), self.large)
        return ("had ended" if ended else f"killed after {moment:.1f} s") + f" on {before} rank(s), went on on {after}"

    def _goes_on(self) -> None:
        found = finish(self.case, "--resume")
        same(found, self.wanted)
        assert found["unknowns"] == self.wanted["unknowns"]
        assert files(self.case) == self.files, files(self.case) ^ self.files
        assert {path.name for path in self.case.iterdir()} == {"case.yaml", "results"}


def files(case: Path) -> set[str]:
    """What is in the results, but for checkpoints, whose numbers count on."""
    names = {str(path.relative_to(case / "results")) for path in (case / "results").rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("checkpoint")}


def main(kills: int, kinds: list[str], seed: int = 1) -> None:
    """Kill, resume and compare so many times of each kind."""
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), seed)
        for kind in kinds:
            once: Callable[[int], str] = getattr(bench, kind)
            for number in range(1, kills + 1):
                print(f"{kind} {number}: {once(number)}: the same numbers", flush=True)
                shutil.rmtree(bench.case)


if __name__ == "__main__":
    asked = sys.argv[1:] or ["20"]
    main(int(asked[0]), asked[1:] or ["output", "compile", "resume", "increments"])
