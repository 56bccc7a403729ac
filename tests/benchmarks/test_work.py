"""The formulas for operations per iteration are those of the kernels, run with numbers that count."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks import work
from solver.c_library import Caller
from solver.linalg import kernels as native

pytestmark = pytest.mark.serial

_KERNELS = native.SOURCES
_COUNTING = Path(__file__).with_name("counting.h")


class Counting:
    """The kernels of some files, one lane wide; the calls return the operations they took."""

    def __init__(self, name: str, components: int, directory: Path, *others: str) -> None:
        lanes = (_KERNELS / "lanes.h").read_text()
        lanes = re.sub(r"#define LANES \d+", "#define LANES 1", lanes)
        lanes = re.sub(r"typedef double (\w+) __attribute__.*;", r"typedef Counted \1;", lanes)
        header = (_KERNELS / "kernels.h").read_text()
        lanes = re.sub(r"#include <.*>", "", lanes.replace('#include "kernels.h"', header))
        text = "".join((_KERNELS / part).read_text() for part in (name, *others))
        text = text.replace('#include "lanes.h"', lanes, 1).replace('#include "lanes.h"', "")
        for part in ("law.h", "points.h"):
            text = text.replace(f'#include "{part}"', (_KERNELS / part).read_text())
        scalar = "#define double Counted\n" if "vec" not in text.replace(lanes, "") else ""
        source = directory / f"{name}{components}.cpp"
        source.write_text(f'#include "{_COUNTING}"\n{scalar}#define restrict __restrict\nextern "C" {{\n{text}\n}}\n')
        macros = f"-DNC={components}", f"-DLAW={native.FEWEST[components]}"
        command = ["g++", "-std=c++17", "-O1", "-w", "-fpermissive", "-shared", "-fPIC", *macros]
        done = subprocess.run(
            [*command, "-o", str(source.with_suffix(".so")), str(source)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        self._call = Caller(source.with_suffix(".so"), native.declarations(components) + "long counted(void);")

    def call(self, name: str, *arguments) -> int:
        before = self._call("counted")
        self._call(name, *arguments)
        return self._call("counted") - before


@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("points", [1, 27])
def test_operations_of_the_operator(components, points, tmp_path):
    cells = 2
    nodes = np.tile(np.arange(27, dtype=np.int32), (cells, 1))
    shape = np.tile([0.0, 0, 1, 0, 0, 1, 1, 1, 0.5], (cells, 1))
    where = np.zeros((cells, points), dtype=np.int32)
    law, x, y = np.ones(9), np.ones(27 * components), np.zeros(27 * components)
    law[3 if components == 1 else 9 :] = 0.0  # no mass

    kernels = Counting("cells.c", components, tmp_path, "kirchhoff.c")
    done = kernels.call("apply", cells, nodes, shape, where, points, law, None, x, y)

    assert done == work.operator(cells, 27, components, points).flops
    assert abs(y).max() < 1e-12 * abs(law).max() * 100  # a translation: the kernel did what it does


@pytest.mark.parametrize("components", [1, 3])
def test_operations_of_a_column_solve(components, tmp_path):
    columns, height = 3, 7
    start = np.arange(columns + 1, dtype=np.int64) * height
    table = np.arange(columns * height, dtype=np.int32)
    factor = np.zeros((columns * height * components, 3 * components))
    factor[:, -1] = 0.5  # inverse of the root of a diagonal of 4
    r, z = np.ones(columns * height * components), np.zeros(columns * height * components)

    done = Counting("columns.c", components, tmp_path).call("solve", columns, start, table, height, factor, r, z)

    assert done == work.column_solve(columns, columns * height, components).flops
    assert z == pytest.approx(r / 4)


@pytest.mark.parametrize("components", [1, 3])
def test_operations_between_nodes_and_plates(components, tmp_path):
    nodes, modes = 7, 5 if components == 3 else 2
    plate = np.tile(np.array([0, -1], dtype=np.int32), (nodes, 1))
    s, lever = np.tile([1.0, 0.0], (nodes, 1)), np.zeros((nodes, 2))
    tilt, fixed = np.array([[1.0, 0, 0, 0, 1, 0]]), np.zeros(nodes * components, dtype=np.uint8)
    fine, coarse = np.ones(nodes * components), np.zeros((1, modes))
    follows = (np.arange(nodes, dtype=np.int32), plate, s, lever, tilt, fixed)
    kernels = Counting("plates.c", components, tmp_path)

    down = kernels.call("restrict_to", nodes, *follows, fine, coarse)
    up = kernels.call("prolong", nodes, *follows, coarse, fine)

    assert down == up == work.between(nodes, 1, components).flops
    assert coarse[0, 0] == nodes and fine == pytest.approx(1 + np.where(coarse[0, :components], nodes, 0).repeat(nodes))
