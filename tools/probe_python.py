"""Say how this Python can run planish: `python3 probe_python.py WHEELS REQUIREMENT...`.

Prints nothing if it has DOLFINx and all requirements (such as `pint>=0.24`); `python-HASH`, the name of a virtual
environment that would add them to exactly this Python; or, if it has no DOLFINx, `pypi-HASH`, that of one that brings
DOLFINx from PyPI, of whose recipe WHEELS is the text. Exit code 1 if it can do neither; then prints what is missing.
"""

import ctypes
import hashlib
import importlib.util
import os
import platform
import re
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

# what the wheel of Gmsh expects of the machine
GMSH = ["libGLU.so.1", "libXcursor.so.1", "libXft.so.2", "libXinerama.so.1", "libXrender.so.1", "libfontconfig.so.1"]


def numbers(version):
    """The release of a version as integers: '2.10.6rc1' gives [2, 10, 6]."""
    return [int(n) for n in re.match(r"\d+(\.\d+)*", version).group().split(".")]


def satisfied(requirement):
    """Whether a distribution of this name, and at least this version, is installed."""
    from importlib import metadata  # an old Python has none

    name, _, least = requirement.partition(">=")
    try:
        return numbers(metadata.version(name)) >= numbers(least or "0")
    except metadata.PackageNotFoundError:
        return False


def compiles():
    """Whether there is a C compiler for the kernels, and the one this Python builds extensions with."""
    words = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    kernels = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    return bool(kernels and words and shutil.which(words[0]))


def loads(library):
    """Whether the machine has a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing():
    """What the wheels of PyPI need and this machine does not have."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return ["Linux on x86_64"]
    if sys.version_info < (3, 12):
        return ["Python 3.12"]
    libc, version = platform.libc_ver()
    header = Path(sysconfig.get_path("include"), "Python.h")
    needs = [
        ("glibc 2.34", libc == "glibc" and numbers(version) >= [2, 34]),
        ("venv", importlib.util.find_spec("ensurepip") is not None),
        ("a C compiler", compiles()),
        ("Python.h", header.is_file()),
    ]
    return [name for name, there in needs if not there] + [library for library in GMSH if not loads(library)]


def name(kind, *parts):
    """Of a virtual environment of this Python."""
    identity = "\n".join([sys.prefix, sys.version, *parts])
    return kind + "-" + hashlib.sha256(identity.encode()).hexdigest()[:16]


def answer(wheels, requirements):
    """The word to print, and the exit code."""
    if sys.version_info >= (3, 11) and importlib.util.find_spec("dolfinx") is not None:
        return ("" if all(map(satisfied, requirements)) else name("python", *requirements)), 0
    lacking = missing()
    return (", ".join(lacking), 1) if lacking else (name("pypi", wheels, *requirements), 0)


if __name__ == "__main__":
    word, code = answer(sys.argv[1], sys.argv[2:])
    if word:
        print(word)
    sys.exit(code)
