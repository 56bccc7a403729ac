"""One run of `benchmarks.plane` as a program: numbers of every rank as a line of JSON.

mpirun -n N python3 -m benchmarks.plane_run plane|splines CASE
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from meshes.extrude import extrude
from meshes.parts import kept_on_root, owners, part_of
from meshes.plane import PlaneMesh, plane_mesh
from solver.arrays import Array
from solver.case.load import load
from solver.linalg import kirchhoff
from solver.linalg.kirchhoff import KirchhoffSpace
from solver.materials import library
from solver.parallel import guarded, on_root
from solver.physics.solid.small_deflection import SmallDeflectionSolid

_KELVIN = (448.15, 298.15)
_ARRAYS = ("points", "quads", "region", "cells", "rank", "point")


def plane(path: Path, comm: MPI.Intracomm) -> dict[str, Any]:
    """A plane mesh made, cut and dealt out; collective."""
    loaded = on_root(comm, lambda: load(path, ()))
    before, clock = _peak(), [time.process_time()]
    _, whole = kept_on_root(comm, lambda: (None, plane_mesh(loaded.stack)))
    clock.append(time.process_time())
    everywhere = None if whole is None else np.arange(len(whole.quads))
    present = None if whole is None else whole.region >= 0
    on = owners(comm, whole, everywhere, present)
    clock.append(time.process_time())
    part = part_of(comm, whole, on)
    clock.append(time.process_time())
    seconds = dict(zip(("make", "cut", "deal out"), np.diff(clock).tolist(), strict=True))
    held = sum(getattr(part, name).nbytes for name in _ARRAYS)
    of_all = {"own": part.owned, "around": len(part.cells) - part.owned, "bytes": held, "grown": _peak() - before}
    gathered = {name: comm.allgather(value) for name, value in of_all.items()}
    kept = 0 if whole is None else sum(getattr(whole, name).nbytes for name in _ARRAYS[:3])
    return {
        **gathered,
        "total": part.total,
        "ranks": comm.size,
        "whole": kept,
        "sent": sum(gathered["bytes"][1:]),
        "seconds": seconds,
    }


def splines(path: Path, comm: MPI.Intracomm) -> dict[str, Any]:
    """The panel solved with a multigrid for its splines, however few; collective."""
    counts: dict[str, list[float]] = {"setup": [], "solve": [], "messages": [], "bytes": []}
    sizes: dict[str, float] = {}
    factorised, solved = KirchhoffSpace.factorise, KirchhoffSpace.solve

    def factorise(self: KirchhoffSpace, *arguments: Any) -> None:
        if comm.size == 1:
            stencil, kirchhoff.LARGE = self._stencil, sys.maxsize  # it is given up when the matrix is made
            factorised(self, *arguments)
            self._stencil = stencil
            factors = self._ksp.getPC().getFactorMatrix()
            sizes["factors"], sizes["factor_entries"] = factors.getMumpsRinfog(3), factors.getMumpsInfog(9)
            self._ksp.destroy()
        kirchhoff.LARGE = 0
        _counted(counts, "setup", lambda: factorised(self, *arguments))
        assert self._matrix is not None and self._multigrid is not None
        sizes["unknowns"] = self._matrix.getSize()[0]
        local = PETSc.Mat.InfoType.LOCAL
        sizes["entries"] = sum(one.getInfo(local)["nz_used"] for one in (self._matrix, *self._multigrid._kept))

    def solve(self: KirchhoffSpace, values: Array) -> Array:
        return _counted(counts, "solve", lambda: solved(self, values))

    KirchhoffSpace.factorise, KirchhoffSpace.solve = factorise, solve  # type: ignore[method-assign]
    loaded = on_root(comm, lambda: load(path, ("analysis.solver=columns",)))
    _, whole = kept_on_root(comm, lambda: _plane_of(loaded.stack))
    mesh = extrude(comm, loaded.stack, whole)
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    problem = SmallDeflectionSolid(mesh, materials, np.full(len(materials), _KELVIN[0]), solver="columns")
    record, _ = problem.solve(_KELVIN[1])
    problem.destroy()
    mine = {name: float(np.mean(values)) for name, values in counts.items() if values} | {"entries": sizes["entries"]}
    of_all = {name: comm.allgather(value) for name, value in mine.items()}
    rest = {name: sizes.get(name, 0.0) for name in ("unknowns", "factors", "factor_entries")}
    return {**of_all, **rest, "iterations": record.iterations, "ranks": comm.size}


def _plane_of(stack: Any) -> tuple[None, PlaneMesh]:
    return None, plane_mesh(stack)


def _counted(counts: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    """Operations of this rank, and of a solve what it sends, as PETSc books them."""
    flops, sent, length = _booked()
    result = work()
    now = _booked()
    counts[name].append(now[0] - flops)
    if name == "solve":
        counts["messages"].append(now[1] - sent)
        counts["bytes"].append(now[2] - length)
    return result


def _booked() -> tuple[float, float, float]:
    """Operations, messages and bytes of all events so far."""
    moved = [PETSc.Log.Event(name).getPerfInfo() for name in ("VecScatterBegin", "SFBcastBegin", "SFReduceBegin")]
    return (
        PETSc.Log.getFlops(),
        sum(event["numMessages"] for event in moved),
        sum(event["messageLength"] for event in moved),
    )


def _peak() -> float:
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _main(arguments: Sequence[str]) -> int:
    comm = MPI.COMM_WORLD
    PETSc.Log.begin()
    found = {"plane": plane, "splines": splines}[arguments[0]](Path(arguments[1]), comm)
    if comm.rank == 0:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
