"""Solve mesh.npz of the working directory with NGSolve; prints the corner's height over the centre (mm).

Runs in NGSolve's own Python: nothing of planish is imported here.
"""

import json
import sys
import time

import netgen.meshing as nm
import ngsolve as ng
import numpy as np

data = np.load("mesh.npz")
points, cells, block, laws = data["points"], data["cells"], data["block"], data["laws"]
# local corners of the side at the low end of x and of y
SIDES = np.array([[0, 1, 2, 3], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [0, 1, 5, 4], [4, 5, 6, 7]])

mesh = nm.Mesh(dim=3)
mesh.AddPoints(points)
for index in range(len(laws)):
    mesh.AddElements(dim=3, index=index + 1, data=np.ascontiguousarray(cells[block == index], dtype=np.int32), base=0)
for axis in (0, 1):
    mesh.Add(nm.FaceDescriptor(bc=axis + 1, domin=1, surfnr=axis + 1))
    mesh.SetBCName(axis, "xy"[axis])
    faces = cells[:, SIDES].reshape(-1, 4)
    faces = faces[np.all(np.abs(points[faces, axis]) < 1e-9, axis=1)]
    mesh.AddElements(dim=2, index=axis + 1, data=np.ascontiguousarray(faces, dtype=np.int32), base=0)
mesh = ng.Mesh(mesh)

ng.SetNumThreads(int(sys.argv[1]))
with ng.TaskManager():
    space = ng.VectorH1(mesh, order=2, dirichletx="x", dirichlety="y")
    free = space.FreeDofs()
    centre = int(np.argmin(np.linalg.norm(points, axis=1)))
    free.Clear(space.Range(2).start + centre)
    u, v = space.TnT()

    def strain(w):
        return 0.5 * (ng.Grad(w) + ng.Grad(w).trans)

    young, poisson, expansion = (ng.CoefficientFunction(list(laws[:, k])) for k in range(3))
    lam, mu = young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 * (1 + poisson))

    def stress(e):
        return lam * ng.Trace(e) * ng.Id(3) + 2 * mu * e

    a = ng.BilinearForm(space, symmetric=True)
    a += ng.InnerProduct(stress(strain(u)), strain(v)) * ng.dx
    start = time.perf_counter()
    a.Assemble()
    f = ng.LinearForm(space)
    f += ng.InnerProduct(stress(float(data["kelvin"]) * expansion * ng.Id(3)), strain(v)) * ng.dx
    f.Assemble()
    solution = ng.GridFunction(space)
    solution.vec.data = a.mat.Inverse(free, inverse="sparsecholesky") * f.vec
    algebra_seconds = time.perf_counter() - start

heights = solution.components[2].vec
flat = np.where(np.abs(points[:, 2]) < 1e-9, points[:, 0] + points[:, 1], -1.0)
corner = heights[int(np.argmax(flat))] - heights[centre]
print(json.dumps({"unknowns": space.ndof, "corner": corner, "algebra_seconds": algebra_seconds}))
