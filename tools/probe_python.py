"""Say whether this Python can run planish: `python3 probe_python.py REQUIREMENT...`.

Exit code 1 if it has no DOLFINx. Otherwise 0, and prints nothing if it has all requirements (such as `pint>=0.24`),
or the name of a virtual environment that would add them to exactly this Python.
"""

import importlib.util
import re
import sys

if importlib.util.find_spec("dolfinx") is None:
    sys.exit(1)

import hashlib
from importlib import metadata


def numbers(version):
    """The release of a version as integers: '2.10.6' gives [2, 10, 6]."""
    return [int(n) for n in re.match(r"[\d.]*\d", version).group().split(".")]


def satisfied(requirement):
    name, _, least = requirement.partition(">=")
    try:
        return not least or numbers(metadata.version(name)) >= numbers(least)
    except metadata.PackageNotFoundError:
        return False


requirements = sys.argv[1:]
if not all(map(satisfied, requirements)):
    identity = "\n".join([sys.prefix, sys.version, *requirements])
    print("python-" + hashlib.sha256(identity.encode()).hexdigest()[:16])
