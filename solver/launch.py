"""MPI ranks: starting them, and finding that a launcher has started single runs instead."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from solver.errors import CaseError
from solver.interruption import GOES_ON
from solver.studies.table import STUDIES

if TYPE_CHECKING:
    import psutil

# the tasks of a launcher, the number of this one, and how it is told to start ranks of one run
_LAUNCHERS = {
    "srun": (
        "SLURM_STEP_NUM_TASKS",
        "SLURM_PROCID",
        "say srun --mpi=pmix, for MPICH --mpi=pmi2 (srun --mpi=list shows them)",
    ),
    "mpirun": ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "use the mpirun of the MPI that `planish doctor` shows"),
    "mpiexec": ("PMI_SIZE", "PMI_RANK", "use the mpirun of the MPI that `planish doctor` shows"),
    "flux": ("FLUX_JOB_SIZE", "FLUX_TASK_RANK", "say flux run -o mpi=pmix"),
}
_NO_STEP = (
    0xFFFFFFF0  # number of the first step of a Slurm job that srun did not start: batch script, interactive shell
)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_YIELD = "OMPI_MCA_mpi_yield_when_idle"
_STARTERS = ("mpirun", "mpiexec")
_RANKED = ("run", "zoom", *STUDIES)  # commands that ranks are started for
_RULE = b"-" * 60  # above and below a word of mpirun
_TAKEN = (b"[mpiexec@", b"[proxy:", b"Ctrl-C caught")
_OURS = b"planish: interrupted"
_FAILED = (b"planish: ", b"Traceback")
_HELPERS = ("hydra_pmi_proxy",)
_KNOWN = (b"exited with non-zero status", b"MPI_ABORT was invoked")


class LaunchError(CaseError):
    """Ranks were started in a way that cannot work."""


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0))


def started(words: Sequence[str]) -> int | None:
    """Do what a command asks for with `-n`, before its arguments are looked at: each rank does that.

    Args:
        words: of the command, its name first.

    Returns:
        The exit code; None if this process is to do the work itself.
    """
    if not words or words[0] not in _RANKED or "--help" in words:
        return None
    try:
        return start(_asked(words), "--force" in words, GOES_ON if words[0] == "run" else "")
    except LaunchError as error:
        print(f"planish: {error}", file=sys.stderr)
        return error.exit_code


def start(ranks: int, force: bool, what_next: str) -> int | None:
    """Run `mpirun -n ranks` of the same command, unless a launcher has started this one.

    Args:
        ranks: how many.
        force: also if they share cores.
        what_next: said after "interrupted".

    Returns:
        The exit code; None if this process is to do the work itself.

    Raises:
        LaunchError: more ranks than cores without `force`, or no mpirun.
    """
    if ranks == 1 or any(_tasks(name) > 0 for name in _LAUNCHERS):
        return None
    there = cores()
    if ranks > there and not force:
        raise LaunchError(
            f"-n {ranks}: there are {there} cores, and ranks that share one wait for each other; "
            f"-n {there}, or --force to do it all the same"
        )
    launcher = mpirun()
    if launcher is None:
        raise LaunchError(f"-n {ranks}: no mpirun found to start ranks with")
    environment = os.environ | (oversubscribed() if ranks > there else {})
    command = [launcher, "-n", str(ranks), sys.executable, "-m", "solver", *_without_ranks(sys.argv[1:])]
    return _watched(command, environment, what_next)


def mpirun() -> str | None:
    """The mpirun to start ranks of this Python with: that of its virtual environment, else the first on the path."""
    beside = [] if sys.prefix == sys.base_prefix else [str(Path(sys.executable).parent)]
    return next(filter(None, (shutil.which(name, path=path) for path in (*beside, None) for name in _STARTERS)), None)


def _watched(command: list[str], environment: dict[str, str], what_next: str) -> int:
    """Exit code of mpirun, which would end its ranks without a word and with 1 whatever it is told.

    SIGINT ends it, with one line of ours; SIGTERM is handed to its ranks, which come to the end of an increment.
    """
    told: list[int] = []

    def tell(number: int, _: FrameType | None) -> None:
        from psutil import NoSuchProcess

        told.append(number)
        gently = number == signal.SIGTERM and told.count(number) == 1
        for one in _below(run.pid) if gently else [run]:
            with suppress(NoSuchProcess):
                one.send_signal(signal.SIGTERM if gently else signal.SIGINT)

    run = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  no thread yet
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    assert run.stderr is not None
    _relay(run.stderr, told)
    code = run.wait()
    if told and told[-1] == signal.SIGINT:
        print(f"planish: interrupted{what_next}", file=sys.stderr)
    return 128 + told[-1] if told and code else code


def _below(mpirun: int) -> "list[psutil.Process]":
    """What an mpirun has started, without the helpers of its own: they would end, and the ranks with them."""
    import psutil  # it takes a while, and few are told to stop

    found = []
    for one in psutil.Process(mpirun).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if one.name() not in _HELPERS:
                found.append(one)
    return found


def _relay(lines: Iterable[bytes], told: Sequence[int] = ()) -> None:
    """Hand on what ranks and mpirun say, but for mpirun's word on ranks that have said themselves why they end.

    Args:
        lines: of both.
        told: signals so far; MPICH's mpirun tells how it takes them, and its ranks say the line that is ours to say,
            as they do when Open MPI's ends them because one has failed and said so.
    """
    block: list[bytes] = []
    failed = False
    for line in lines:
        said = (failed or told[-1:] == [signal.SIGINT]) and line.startswith(_OURS)
        if said or (told and line.startswith(_TAKEN)):
            continue
        failed = failed or line.startswith(_FAILED)
        ruled = line.startswith(_RULE)
        if not (ruled or block):
            _say(line)
            continue
        block.append(line)
        if ruled and len(block) > 1:
            if not any(words in b"".join(block) for words in _KNOWN):
                _say(*block)
            block = []
    _say(*block)


def _say(*lines: bytes) -> None:
    sys.stderr.buffer.write(b"".join(lines))
    sys.stderr.buffer.flush()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def yield_if_crowded() -> None:
    """Before MPI starts: ranks that share cores let each other work while they wait."""
    if int(os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE", "1")) > cores():
        os.environ |= yielding()


def yielding() -> dict[str, str]:
    """The setting of Open MPI with which ranks that wait let others work; MPICH needs none."""
    return {_YIELD: os.environ.get(_YIELD, "1")}


def check(size: int) -> None:
    """Stop if a launcher has started several tasks, and each of them is a run of its own.

    Args:
        size: of the world.

    Raises:
        LaunchError: saying how; the tasks after the first end without a word.
    """
    for name, (tasks, task, how) in _LAUNCHERS.items():
        if size == 1 and _tasks(name) > 1:
            if os.environ.get(task, "0") != "0":
                raise SystemExit(LaunchError.exit_code)
            raise LaunchError(
                f"{name} has started {_tasks(name)} tasks that do not know of each other, each a run of its own: "
                f"{how}; for a single run unset {tasks}"
            )


def _tasks(launcher: str) -> int:
    """That a launcher has started, this one among them; 0 if it has not started this one."""
    number = os.environ.get(_LAUNCHERS[launcher][0], "0")
    if launcher == "srun" and int(os.environ.get("SLURM_STEP_ID", _NO_STEP)) >= _NO_STEP:
        return 0
    return int(number) if number.isdigit() else 0


def side_by_side() -> dict[str, str]:
    """Settings of Open MPI for several programs on the same cores: none of them on cores of its own, and yielding."""
    free = dict.fromkeys(("OMPI_MCA_hwloc_base_binding_policy", "PRTE_MCA_hwloc_default_binding_policy"), "none")
    return free | yielding()


def oversubscribed() -> dict[str, str]:
    """Settings of Open MPI 4, 5 and 6 for more ranks than cores; MPICH needs none."""
    allow = ("OMPI_MCA_rmaps_base_oversubscribe", "1"), ("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe")
    return dict([*allow, ("PRTE_MCA_mapby", ":oversubscribe"), (_YIELD, "1")])


def _asked(words: Sequence[str]) -> int:
    """How many ranks; 1 if nothing is said of them, or not with a number."""
    _, said = _parted(words)
    return int(said) if said.isdigit() and int(said) else 1


def _without_ranks(words: Sequence[str]) -> list[str]:
    """The arguments without `-n`."""
    return _parted(words)[0]


def _parted(words: Sequence[str]) -> tuple[list[str], str]:
    """The arguments without `-n`, and what stands there last, "" for nothing."""
    kept, said, rest = list[str](), "", iter(words)
    for word in rest:
        if word in ("-n", "--ranks"):
            said = next(rest, "")
        elif word.startswith("--ranks=") or (word.startswith("-n") and word[2:].isdigit()):
            said = word.removeprefix("--ranks=").removeprefix("-n")
        else:
            kept.append(word)
    return kept, said
