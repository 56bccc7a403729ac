"""Traction on the faces of a cut: of the submodel, by what was refined in it, and of the whole."""

from dataclasses import dataclass

import basix
import basix.ufl
import numpy as np
import ufl
from basix import LagrangeVariant
from dolfinx import fem, mesh
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.physics.coefficients import DX, QUADRATURE_DEGREE
from solver.physics.solid.at_gauss import as_field
from solver.physics.solid.carried import carried
from solver.physics.solid.cut_out import CutOut
from solver.physics.solid.solid import Solid

_VOIGT = {"x": (0, 5, 4), "y": (5, 1, 3), "bottom": (4, 3, 2), "top": (4, 3, 2)}  # components on a face across x, ...


@dataclass(frozen=True)
class CutTraction:
    """Root mean square of the traction over one face of a cut (Pa).

    Attributes:
        refined: by what was refined, zero where the cut feels nothing of it.
        place: of the submodel.
        whole: of the whole, in its own materials; nan if that is not known.
        off: of the difference of the last two.
        area: of the face (m^2).
    """

    refined: float
    place: float
    whole: float
    off: float
    area: float


def cut_tractions(submodel: CutOut, whole: fem.Function | None = None) -> dict[str, CutTraction]:
    """Of every driven face (`-x` to `+y`, `bottom`, `top`). Collective.

    Args:
        submodel: solved.
        whole: stress of the whole, as of `stress_field`, or None.
    """
    place = submodel.solid.stack_mesh
    domain = place.mesh
    domain.topology.create_connectivity(2, 3)
    facets = mesh.exterior_facet_indices(domain.topology)
    middles = mesh.compute_midpoints(domain, 2, facets)
    by_refining, in_place = (_at_points(place, stress) for stress in (submodel.refined_stress, submodel.linear_stress))
    faces = submodel.cut.driven(place, middles)
    there = None
    if whole is not None:
        driven = facets[np.any(list(faces.values()), axis=0)] if faces else facets[:0]
        cells = mesh.compute_incident_entities(domain.topology, driven, 2, 3)
        there = carried(whole, _stresses(domain), submodel.cut.at, cells)[0]
    found = {}
    for name, mask in faces.items():
        tags = mesh.meshtags(domain, 2, np.sort(facets[mask]), np.ones(int(mask.sum()), dtype=np.int32))
        face = ufl.ds(domain, subdomain_data=tags, metadata=DX)(1)
        fields = [by_refining, in_place]
        fields += [] if there is None else [there, there - in_place]
        squares = [sum(field[i] ** 2 for i in _VOIGT[name.lstrip("+-")]) * face for field in fields]
        area, *sums = (_sum(form) for form in (fem.Constant(domain, 1.0) * face, *squares))
        if area > 0.0:
            refined, own, *others = (float(np.sqrt(one / area)) for one in sums)
            of_whole, off = others or (float("nan"), float("nan"))
            found[name] = CutTraction(refined, own, of_whole, off, area)
    return found


def mismatch(found: dict[str, CutTraction]) -> dict[str, float]:
    """How much of the traction each face feels of what was refined, over the largest face's; the worst one is to move.

    In the norm of L2; zero where the cut feels nothing.
    """
    largest = max((one.place * np.sqrt(one.area) for one in found.values()), default=0.0)
    return {name: float(one.refined * np.sqrt(one.area) / largest) if largest else 0.0 for name, one in found.items()}


def stress_field(whole: Solid, temperature: float | fem.Function) -> fem.Function:
    """Stress of a stack in Voigt order (Pa), quadratic in every cell.

    Args:
        whole: in equilibrium.
        temperature: of the present state: uniform (K) or a field.
    """
    domain = whole.stack_mesh.mesh
    element = basix.create_element(basix.ElementFamily.P, domain.basix_cell(), 2, LagrangeVariant.gll_warped)
    sigma = whole.stress(temperature, element.points)
    field = fem.Function(fem.functionspace(domain, ("DG", 2, (6,))))
    owned = field.function_space.dofmap.list[: len(sigma)]
    field.x.array.reshape(-1, 6)[owned] = sigma
    field.x.scatter_forward()
    return field


def _at_points(place: StackMesh, stress: ufl.core.expr.Expr) -> fem.Function:
    """A stress of coefficients that are known at Gauss points, as a field."""
    points = basix.make_quadrature(place.mesh.basix_cell(), QUADRATURE_DEGREE)[0]
    cells = np.arange(len(place.block), dtype=np.int32)
    values = compat.evaluate(compat.expression(stress, points), place.mesh, cells)
    space = fem.functionspace(place.mesh, ("DG", 2, (6,)))
    return as_field(space, values.reshape(len(cells), len(points), 6))


def _stresses(domain: mesh.Mesh) -> fem.FunctionSpace:
    """Quadratic in every cell, by values at points inside of it, none on the border of two materials of the whole."""
    kind = basix.ufl.element(
        "DG", domain.basix_cell(), 2, lagrange_variant=LagrangeVariant.gl_warped, shape=(6,), discontinuous=True
    )
    return fem.functionspace(domain, kind)


def _sum(form: ufl.Form) -> float:
    domain = form.ufl_domain().ufl_cargo()
    return float(domain.comm.allreduce(fem.assemble_scalar(compat.form(form)), MPI.SUM))
