"""Pressures and forces on the faces of a plate: they keep their size and direction however far it deflects.

A traction t at a height z works on the motion of its point, u - (z - h) grad w and w: int t . u - (z - h) t . grad w.
"""

from collections.abc import Sequence

import numpy as np
import shapely
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.ends import line, words
from solver.case.forces import Load
from solver.errors import CaseError
from solver.physics.plate.forms import DeadLoad
from solver.stackup.patches import patch

_ON_LINE = 1e-6  # of the span: outlines are rounded to a grid
_DEGREE = 4  # of the quadrature
_LOADED = 1  # tag of loaded sides


def tractions(plate: PlateMesh, loads: Sequence[Load], height: float) -> list[DeadLoad]:
    """One dead load for each of some loads.

    Args:
        plate: the layers present.
        loads: of the step, none of them on all upright sides.
        height: of the reference plane (m).

    Raises:
        CaseError: a load on nothing. Collective.
    """
    return [(_on_face if load.end is None else _on_end)(plate, load, height) for load in loads]


def _on_face(plate: PlateMesh, load: Load, height: float) -> DeadLoad:
    assert load.face is not None
    layer, _, kind = load.face.rpartition(".")
    upper, name = kind == "top", layer or plate.layers[-1 if kind == "top" else 0]
    place = plate.stack.layer(name)
    there = _exposed(plate, name, upper)
    if load.shape is not None:
        corners = plate.mesh.geometry.x[compat.geometry_nodes(plate.mesh)]
        where = patch(load.shape, load.at, plate.stack.size, plate.stack.outline)
        there &= shapely.contains_xy(where, *corners.mean(axis=1)[:, :2].T)
    dx = ufl.dx(plate.mesh, metadata={"quadrature_degree": _DEGREE})
    here = _constant_in_cells(plate, there.astype(float)[:, None])[0]
    area = _total(plate, here * dx, load)
    if load.force is None:
        assert load.pressure is not None
        t = ufl.as_vector([0.0, 0.0, -load.pressure if upper else load.pressure])
    else:
        t = ufl.as_vector([part / (plate.stack.multiplicity * area) for part in load.force])
    above = plate.heights(place.top if upper else place.bottom) - height
    arm = _constant_in_cells(plate, above[:, None])[0] if isinstance(above, np.ndarray) else above
    return lambda forms: forms.of_work(lambda v: here * _work(t, v, 1.0, arm) * dx)


def _on_end(plate: PlateMesh, load: Load, height: float) -> DeadLoad:
    assert load.end is not None
    lines, near = [line(plate.stack.outline, end) for end in load.end], _ON_LINE * plate.stack.span

    def on_them(x: Array) -> Array:
        return np.asarray(np.min([shapely.distance(one, shapely.points(x[:2].T)) for one in lines], axis=0) < near)

    sides: Integers = np.sort(mesh.locate_entities_boundary(plate.mesh, 1, on_them)).astype(np.int32)
    tags = mesh.meshtags(plate.mesh, 1, sides, np.full(len(sides), _LOADED, dtype=np.int32))
    ds = ufl.Measure("ds", plate.mesh, subdomain_data=tags, metadata={"quadrature_degree": _DEGREE})(_LOADED)
    sums = _constant_in_cells(plate, _moments(plate, height))
    area = _total(plate, sums[0] * ds, load)
    if load.force is None:
        assert load.pressure is not None
        n = ufl.FacetNormal(plate.mesh)
        t = ufl.as_vector([-load.pressure * n[0], -load.pressure * n[1], 0.0])
    else:
        t = ufl.as_vector([part / (plate.stack.multiplicity * area) for part in load.force])
    return lambda forms: forms.of_work(lambda v: _work(t, v, sums[0], sums[1]) * ds)


def _work(t: ufl.core.expr.Expr, v: ufl.Argument, size: object, arm: object) -> ufl.core.expr.Expr:
    """Of a traction t of some size, and of some size times its height above the reference plane."""
    slope = ufl.grad(v[2])
    return size * ufl.dot(t, v) - arm * (t[0] * slope[0] + t[1] * slope[1])


def _exposed(plate: PlateMesh, name: str, upper: bool) -> Mask:
    """(local cells,) True where nothing lies on the top of a layer, or under its bottom."""
    layers = plate.stack.layers
    (index,) = (number for number, layer in enumerate(layers) if layer.name == name)
    face, near = layers[index].top if upper else layers[index].bottom, 1e-9 * plate.stack.thickness
    free = plate.block[index] != EMPTY
    for number, other in enumerate(layers):
        if abs((other.bottom if upper else other.top) - face) < near:
            free &= plate.block[number] == EMPTY
    return np.asarray(free)


def _moments(plate: PlateMesh, height: float) -> Array:
    """(local cells, 2) thickness of the layers (m), and int (z - height) dz (m^2)."""
    found = np.zeros((len(plate.cell), 2))
    for index, layer in enumerate(plate.stack.layers):
        low, high = plate.heights(layer.bottom) - height, plate.heights(layer.top) - height
        there = (plate.block[index] != EMPTY).astype(float)
        found += np.stack([(high - low) * there, 0.5 * (high**2 - low**2) * there], axis=1)
    return found


def _constant_in_cells(plate: PlateMesh, values: Array) -> fem.Function:
    """The function of values (local cells, n)."""
    f = fem.Function(fem.functionspace(plate.mesh, ("DG", 0, (values.shape[1],))))
    f.x.array.reshape(-1, values.shape[1])[f.function_space.dofmap.list[:, 0]] = values
    return f


def _total(plate: PlateMesh, area: ufl.Form, load: Load) -> float:
    """Area (m^2) of the modelled part a load acts on. Collective.

    Raises:
        CaseError: there is none.
    """
    found = float(plate.comm.allreduce(fem.assemble_scalar(compat.form(area)), MPI.SUM))
    if found == 0.0:
        on = f"face '{load.face}'" if load.end is None else f"end {words(load.end)}"
        raise CaseError(f"process: the load on {on} meets no exposed area of the layers present")
    return found
