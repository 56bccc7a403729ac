"""What a run was, kept with its results: the case as it was solved, files, versions, machine and time.

`post` and the report describe the run by it, not by what the case file has become since.
"""

import datetime
import importlib.util
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dolfinx
import numpy as np
from petsc4py import PETSc

import solver
from solver import home
from solver.case import override, resolved, source
from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.files import write_text

CASE = "case.yaml"  # in the results
_LENGTH = 12  # of a commit
_HEAD = """\
# The case as it was solved on {date} by planish {planish}: overrides applied, materials of the library written out.
# Names of files are relative to the directory of the case.
"""


def record(loaded: LoadedCase) -> dict[str, Any]:
    """The `run` part of summary.json; on one rank."""
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "overrides": list(loaded.source.overrides.values()),
        "commit": None if home.INSTALLED else commit(home.ROOT),
        "versions": versions(),
        "case_file": {"name": loaded.source.path.name, "sha256": resolved.digest(loaded.source.path)},
        "side_files": resolved.side_files(loaded),
    }


def versions() -> dict[str, str]:
    """Of the program and of what its numbers rest on."""
    return {
        "planish": solver.__version__,
        "dolfinx": dolfinx.__version__,
        "petsc": ".".join(str(part) for part in PETSc.Sys.getVersion()),
        "gmsh": _gmsh(),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _gmsh() -> str:
    """Its version as its module says, which is not loaded: 60 MB and a fifth of a second, and many meshes need none."""
    found = importlib.util.find_spec("gmsh")
    text = Path(found.origin).read_text(encoding="utf-8") if found is not None and found.origin else ""
    stated = re.search(r'^GMSH_API_VERSION *= *"([^"]+)"', text, re.MULTILINE)
    return stated[1] if stated else "unknown"


def commit(root: Path) -> str | None:
    """Commit of a checkout of the program, with `+` if Git says that files differ from it; None elsewhere."""
    git = shutil.which("git")
    if git is not None:
        command = [git, "-C", str(root), "describe", "--always", f"--abbrev={_LENGTH}", "--dirty=+", "--exclude=*"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    try:
        return _head(root / ".git")
    except (OSError, ValueError):
        return None


def _head(place: Path) -> str | None:
    """What HEAD of a Git directory names, without Git."""
    if place.is_file():  # of a work tree
        place = (place.parent / place.read_text(encoding="utf-8").partition("gitdir:")[2].strip()).resolve()
    head = (place / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head[:_LENGTH]
    name, shared = head.partition("ref:")[2].strip(), place
    if (place / "commondir").is_file():
        shared = (place / (place / "commondir").read_text(encoding="utf-8").strip()).resolve()
    if (shared / name).is_file():
        return (shared / name).read_text(encoding="utf-8").strip()[:_LENGTH]
    packed = (shared / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0][:_LENGTH] for line in packed if line.endswith(f" {name}")), None)


def keep(loaded: LoadedCase, run: dict[str, Any], results: Path) -> None:
    """Write the case as it is solved beside the results; on one rank."""
    head = _HEAD.format(date=run["date"], planish=run["versions"]["planish"])
    write_text(results / CASE, head + resolved.text(loaded))


def changes(loaded: LoadedCase, path: Path, run: dict[str, Any]) -> list[str]:
    """What is not as it was when a run was made, a line for each.

    Args:
        loaded: the case of the run.
        path: the case today.
        run: its record; an empty one if the results keep none.
    """
    if not run:
        return ["the results keep no case of their own: the report takes inputs from today's case file"]
    file = path / CASE if path.is_dir() else path
    found = []
    if resolved.digest(file) != run["case_file"]["sha256"]:
        where = _where(loaded, path, run["overrides"])
        found.append(f"{file.name} has changed since the run{where}; the report describes the run")
    for name, before in run["side_files"].items():
        if resolved.digest(loaded.directory / name) != before:
            found.append(f"{name} has changed since the run; what is drawn from it is drawn from today's file")
    return found


def _where(loaded: LoadedCase, path: Path, overrides: Sequence[str]) -> str:
    """` (first at geometry.layers.mould.thickness)`; not where only materials or words beside the data differ."""
    try:
        today = source.read(path)
        for assignment in overrides:
            override.apply(today, assignment)
    except CaseError:
        return ", and cannot be read"
    before = {key: value for key, value in loaded.source.data.items() if key != "materials"}
    now = {key: value for key, value in today.data.items() if key != "materials"}
    loc = _first(before, now, ())
    return f" (first at {today.spell(loc)})" if loc else ""


def _first(before: Any, now: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Place of the first difference, () if there is none."""
    if isinstance(before, dict) and isinstance(now, dict):
        pairs = [(key, before.get(key), now.get(key)) for key in [*now, *(key for key in before if key not in now)]]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = list(zip(range(len(now)), before, now, strict=True))
    else:
        return loc
    return next((_first(old, new, (*loc, key)) for key, old, new in pairs if old != new), ())
