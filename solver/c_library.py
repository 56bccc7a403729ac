"""Compiles C with the compiler FFCx needs anyway, once per CPU model, and calls it on numpy arrays."""

import hashlib
import operator
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI

from solver import cache, compat
from solver.errors import PlanishError
from solver.files import whole

# -nostartfiles leaves out crtfastmath.o, by which older compilers have a library of fast mathematics take subnormal
# numbers from the whole process
_FLAGS = ["-O3", "-march=native", "-ffast-math", "-funroll-loops", "-shared", "-fPIC", "-nostartfiles"]
_TYPES: dict[str, np.dtype[Any]] = {
    "double": np.dtype(np.float64),
    "int32_t": np.dtype(np.int32),
    "int64_t": np.dtype(np.int64),
    "uint8_t": np.dtype(np.uint8),
}


def compiler() -> list[str] | None:
    """The command of the C compiler, which may be of several words (`CC="ccache gcc"`); None if there is none."""
    found = shlex.split(os.environ.get("CC", "")) or list(filter(None, map(shutil.which, ("gcc", "cc"))))[:1]
    return found or None


def compiled(folder: Path, *more: str) -> Path:
    """The library of all C files in a folder, from the cache if it was compiled before; on one rank.

    Args:
        folder: of `.c` and `.h` files.
        more: flags of the compiler.

    Raises:
        PlanishError: there is no compiler, or it does not take them.
    """
    files, flags = sorted(folder.iterdir()), [*_FLAGS, *more]
    text = b"".join(path.read_bytes() for path in files if path.suffix in (".c", ".h"))
    key = hashlib.sha256(text + " ".join(flags).encode() + compat.cpu_key().encode()).hexdigest()[:16]
    target = cache.folder("kernels") / f"{key}.so"
    if target.exists():
        return target
    command = compiler()
    if command is None:
        raise PlanishError("no C compiler found (gcc or cc); forms cannot be compiled")
    sources = [str(path) for path in files if path.suffix == ".c"]
    with whole(target) as beside:
        arguments = [*command, *flags, "-o", str(beside), *sources, "-lm"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PlanishError(f"compiling {folder.name} failed: {done.stderr.strip()[-500:]}")
    return target


def prototypes(header: str) -> str:
    """The functions of a C header's text as cffi reads them: without comments and directives."""
    return re.sub(r"^#.*$", "", re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL), flags=re.MULTILINE)


class Caller:
    """Calls the functions of a compiled library by their declarations.

    Args:
        library: file of it.
        declared: C declarations.
    """

    def __init__(self, library: Path, declared: str) -> None:
        self._ffi = FFI()
        self._ffi.cdef(declared)
        self._library = self._ffi.dlopen(str(library))
        self._known: dict[str, tuple[Any, list[tuple[str, np.dtype[Any] | None]]]] = {}

    def __call__(self, name: str, *arguments: Any) -> int:
        """Call a function.

        Args:
            name: of the function.
            arguments: whole numbers, contiguous arrays of the type that is declared, or None for a null pointer.

        Returns:
            What it returns, 0 for nothing.

        Raises:
            TypeError: an argument of another type, another width or with gaps; the message names it.
        """
        function, wanted = self._known.get(name) or self._look_up(name)
        if len(arguments) != len(wanted):
            raise TypeError(f"kernel '{name}' takes {len(wanted)} arguments, not {len(arguments)}")
        given = [
            self._as_c(f"kernel '{name}', argument {number}", argument, *kind)
            for number, (argument, kind) in enumerate(zip(arguments, wanted, strict=True), start=1)
        ]
        return int(function(*given) or 0)

    def _look_up(self, name: str) -> tuple[Any, list[tuple[str, np.dtype[Any] | None]]]:
        function = getattr(self._library, name)
        kinds: list[tuple[str, np.dtype[Any] | None]] = [
            (kind.item.cname, _TYPES.get(kind.item.cname)) if kind.kind == "pointer" else (kind.cname, None)
            for kind in self._ffi.typeof(function).args
        ]
        self._known[name] = function, kinds
        return self._known[name]

    def _as_c(self, what: str, argument: Any, cname: str, kind: "np.dtype[Any] | None") -> Any:
        if cname == "long":
            return operator.index(argument)
        if argument is None:
            return self._ffi.NULL
        if kind is None:  # a function
            return self._ffi.cast("void *", getattr(argument, "value", argument))
        if not isinstance(argument, np.ndarray):
            raise TypeError(f"{what}: an array of {kind} is wanted, not {type(argument).__name__}")
        if argument.dtype != kind and not (kind == np.uint8 and argument.dtype == np.bool_):
            raise TypeError(f"{what}: an array of {kind} is wanted, not of {argument.dtype}")
        if not argument.flags.c_contiguous:
            raise TypeError(f"{what}: a contiguous array is wanted; this one of shape {argument.shape} has gaps")
        return self._ffi.from_buffer(f"{cname}[]", argument)
