"""What the numbers were measured on."""

import os
import platform
from datetime import date
from pathlib import Path

import dolfinx
import psutil
from petsc4py import PETSc

from benchmarks.peer_calculix import command
from benchmarks.peer_ngsolve import python


def describe() -> dict[str, str]:
    """Processor, memory, versions, date, and the load of other programs at this moment."""
    return {
        "date": date.today().strftime("%d %B %Y").lstrip("0"),
        "processor": f"{len(os.sched_getaffinity(0))} cores, {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{_system()}, DOLFINx {dolfinx.__version__}, PETSc {'.'.join(map(str, PETSc.Sys.getVersion()))}",
        "others": ", ".join(name for name, path in (("CalculiX", command()), ("NGSolve", python())) if path) or "none",
        "busy": f"{psutil.cpu_percent(interval=1.0):.0f} %",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return " ".join((names or [platform.processor()])[0].replace("(R)", "").split())


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
