"""The package by plain finite volumes: a network of resistances between the middles of boxes, as HotSpot's grid model.

    python3 -m benchmarks.finite_volume SIZE     boxes SIZE mm wide, two for each cell through a layer; one line of JSON

Two-point fluxes with the resistances of two half boxes in series; conjugate gradients preconditioned by PETSc's
algebraic multigrid (GAMG). Boxes half as wide as planish's cells are about as many as its degree-2 nodes.
"""

import json
import sys
import time

import numpy as np
import scipy.sparse as sp
from petsc4py import PETSc

from benchmarks.heat_problem import (
    AMBIENT,
    BOTTOM_FILM,
    DIE,
    FOOT,
    HEATED,
    LAYERS,
    PACKAGE,
    POWER,
    TOP_FILM,
)

_TOLERANCE = 1e-8
_MOST = 2000


def solve(size: float) -> dict[str, float]:
    """Hottest box (degC), unknowns and seconds."""
    start = time.perf_counter()
    along, across, dz, made = _boxes(size)
    n = along.shape[1]
    number = np.full(along.shape, -1)
    there = across > 0
    number[there] = np.arange(there.sum())
    h = PACKAGE * 1e-3 / n
    half_x, half_z = h / (2 * along * dz[:, None, None] * h), dz[:, None, None] / (2 * across * h * h)
    rows, columns, values = [], [], []
    for axis, half in ((1, half_x), (2, half_x), (0, half_z)):
        low, high = (np.moveaxis(number, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        resistance = np.moveaxis(half, axis, 0)[:-1] + np.moveaxis(half, axis, 0)[1:]
        both = (low >= 0) & (high >= 0)
        rows.append(low[both])
        columns.append(high[both])
        values.append(1.0 / resistance[both])
    i, j, g = map(np.concatenate, (rows, columns, values))
    count = int(there.sum())
    matrix = sp.coo_matrix((np.r_[-g, -g], (np.r_[i, j], np.r_[j, i])), (count, count)).tocsr()
    diagonal = -np.asarray(matrix.sum(axis=1)).ravel()
    for level, film in ((0, BOTTOM_FILM), (-1, TOP_FILM)):
        diagonal[number[level].ravel()] += (1.0 / (1.0 / (film * h * h) + half_z[level])).ravel()
    matrix = (matrix + sp.diags(diagonal)).tocsr()
    assembled = time.perf_counter()
    petsc = PETSc.Mat().createAIJ(matrix.shape, csr=(matrix.indptr, matrix.indices, matrix.data))
    ksp = PETSc.KSP().create()
    ksp.setOperators(petsc)
    ksp.setType("cg")
    ksp.getPC().setType("gamg")
    ksp.setTolerances(rtol=_TOLERANCE, max_it=_MOST)
    power, rise = petsc.createVecs()
    power.array[:] = made[there]
    ksp.solve(power, rise)
    if ksp.getConvergedReason() <= 0:
        raise RuntimeError("conjugate gradients did not converge")
    seconds = time.perf_counter() - assembled
    whole = time.perf_counter() - start
    return {
        "hottest": AMBIENT + float(rise.array.max()),
        "unknowns": count,
        "iterations": ksp.getIterationNumber(),
        "algebra": seconds,
        "seconds": whole,
    }


def _boxes(size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Conductivities along and across (0 in empty space), heights (m) and heat made (W) of all boxes, bottom to top."""
    n = round(PACKAGE / size)
    x = np.abs((np.arange(n) + 0.5) * size - PACKAGE / 2)
    far = np.maximum(x[:, None], x[None, :])
    inner, foot = far < DIE / 2, far > FOOT / 2
    along, across, heights, made = [], [], [], []
    for layer in LAYERS:
        k = np.full((2, n, n), 1e-300)
        for part, where in ((layer.whole, far > 0), (layer.inner, inner), (layer.foot, foot)):
            if part is not None:
                k[0][where], k[1][where] = part.along, part.across
        boxes = 2 * layer.cells
        along += boxes * [k[0]]
        across += boxes * [np.where(k[1] > 1e-200, k[1], 0.0)]
        heights += boxes * [1e-3 * layer.thickness / boxes]
        heat = POWER / (inner.sum() * boxes) * inner if layer.name == HEATED else np.zeros((n, n))
        made += boxes * [heat]
    with np.errstate(divide="ignore"):
        return np.array(along), np.array(across), np.array(heights), np.array(made)


if __name__ == "__main__":
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        print(json.dumps(solve(float(sys.argv[1]))))
