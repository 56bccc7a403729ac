"""Compiles `kernels/` with the compiler FFCx needs anyway, once per CPU model, and calls it on numpy arrays."""

import ctypes
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from solver import cache, compat
from solver.errors import PlanishError
from solver.files import whole
from solver.parallel import on_root

_SOURCES = Path(__file__).with_name("kernels")
_FLAGS = ["-O3", "-march=native", "-ffast-math", "-funroll-loops", "-shared", "-fPIC"]
LANES = 8  # of kernels/lanes.h


def _compile(components: int) -> Path:
    text = b"".join(path.read_bytes() for path in sorted(_SOURCES.iterdir()))
    key = hashlib.sha256(text + " ".join(_FLAGS).encode() + compat.cpu_key().encode()).hexdigest()[:16]
    target = cache.folder("kernels") / f"{key}-{components}.so"
    if target.exists():
        return target
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise PlanishError("no C compiler found (gcc or cc); forms cannot be compiled")
    sources = [str(path) for path in sorted(_SOURCES.glob("*.c"))]
    with whole(target) as beside:
        command = [compiler, *_FLAGS, f"-DNC={components}", "-o", str(beside), *sources, "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PlanishError(f"compiling {_SOURCES.name} failed: {done.stderr.strip()[-500:]}")
    return target


class Kernels:
    """The compiled functions for nodes of `components` unknowns (3: displacement, 1: temperature)."""

    def __init__(self, comm: MPI.Intracomm, components: int) -> None:
        self.components = components
        self.modes = 5 if components == 3 else 2
        self.width = 3 * components
        self._library = ctypes.CDLL(str(on_root(comm, lambda: _compile(components))))
        self._library.factorise.restype = ctypes.c_long

    def call(self, name: str, *arguments: Any) -> int:
        """Call a function; arrays go as pointers, whole numbers as long."""
        return int(getattr(self._library, name)(*(_as_c(argument) for argument in arguments)) or 0)


def _as_c(argument: Any) -> Any:
    if argument is None:
        return ctypes.c_void_p(None)
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError("kernels take contiguous arrays")
        return argument.ctypes.data_as(ctypes.c_void_p)
    return argument if isinstance(argument, ctypes.c_void_p) else ctypes.c_long(argument)
