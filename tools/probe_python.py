"""Say whether this Python can run planish: `python3 probe_python.py REQUIREMENT...`.

Exit code 1 if it has no DOLFINx or is too old. Otherwise 0, and prints nothing if it has all requirements (such as
`pint>=0.24`), or the name of a virtual environment that would add them to exactly this Python.
"""

import hashlib
import importlib.util
import re
import sys


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


if __name__ == "__main__":
    if sys.version_info < (3, 11) or importlib.util.find_spec("dolfinx") is None:
        sys.exit(1)
    requirements = sys.argv[1:]
    if not all(map(satisfied, requirements)):
        identity = "\n".join([sys.prefix, sys.version, *requirements])
        print("python-" + hashlib.sha256(identity.encode()).hexdigest()[:16])
