"""Runs that are killed (SIGKILL) at random moments and go on, as often as asked, to the numbers of one that was not.

`./planish exec python3 -m benchmarks.kill_and_resume 50` prints a line per kill and fails at the first difference. Runs
begin and go on on one rank or two, by turns.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cli.test_resume import CASE, MORE, ROOT, command, finish, same, written


def main(kills: int, seed: int = 1) -> None:
    """Kill, resume and compare so many times."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        whole = written(Path(place) / "whole", CASE + MORE)
        begun = time.perf_counter()
        expected = finish(whole)
        lasts = time.perf_counter() - begun
        print(f"not killed: {lasts:.1f} s", flush=True)
        for number in range(1, kills + 1):
            case = written(Path(place) / "case", CASE + MORE)
            before, after = 1 + number % 2, 1 + number // 2 % 2
            moment = dice.uniform(0.1, 1.1) * lasts
            run = subprocess.Popen(
                command(case, ranks=before), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL
            )
            time.sleep(moment)
            ended = run.poll() is not None
            if not ended:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
            same(finish(case, "--resume", ranks=after), expected)
            what = "had ended" if ended else f"killed after {moment:.1f} s"
            print(f"{number}: {what} on {before} rank(s), went on on {after}: the same numbers", flush=True)
            shutil.rmtree(case)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
