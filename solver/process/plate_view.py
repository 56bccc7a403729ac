"""A plate as the solid it stands for: normals stay straight and normal, so all that is read of solids is read of it."""

from functools import cached_property

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.field_transfer import carried
from meshes.nodes import nodes_of
from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case import support as case
from solver.linalg.columns import over_ranks
from solver.materials.elasticity import full
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.temperatures import Temperature, mean
from solver.physics.solid.cell_stress import along_axes
from solver.physics.solid.load import State
from solver.physics.solid.reactions import carried_by
from solver.physics.solid.solid import Balance
from solver.physics.solid.supports import Support
from solver.process.layer_temperatures import LayerTemperatures
from solver.process.stage_model import StageModel
from solver.process.support import supports

_ON_PLANE = 1e-9  # of the span
_GAUSS = 0.5 / np.sqrt(3.0)  # of the points of a cell, from its middle


class Normals:
    """Where the points of a stack go with the plate.

    Args:
        plate: the mesh in plane.
        stack_mesh: hexahedra of the same layers; ranks may have other columns than of the plate.

    Attributes:
        space: degree-2 displacements on the hexahedra.
        corners: (owned hexahedra, 8, 3) their corners (m).
        layered: gives temperatures of the layers of the plate from a field of the hexahedra.
    """

    def __init__(self, plate: PlateMesh, stack_mesh: StackMesh) -> None:
        self.plate, self.stack_mesh = plate, stack_mesh
        self.layered = LayerTemperatures(plate, stack_mesh)
        self.space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2, (3,)))
        self._still = fem.Function(self.space, name="displacement")
        self._held: list[tuple[case.Support, Support]] = []
        points, flat = (_element(kind, 2).points for kind in ("hexahedron", "quadrilateral"))
        same = np.abs(points[:, None, :2] - flat[None]).max(axis=2) < 1e-9
        node = same.argmax(axis=1)  # of the plane cell below each node of a hexahedron
        self.corners = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[: len(stack_mesh.column)]]
        self._columns, self._of = np.unique(stack_mesh.columns, return_inverse=True)
        nodes, z = self.space.dofmap.list[: len(self.corners)], self.corners[:, :, 2] @ _shape(points).T
        self._local, first = _first(nodes.ravel())
        self._z = z.ravel()[first]
        self._below = (len(flat) * self._of[:, None] + node).ravel()[first]  # node of a node of a column

    def held(self, by: case.Support) -> Support:
        """What a support of the case holds of the hexahedra, at large deflection. Collective, the first time."""
        for known, found in self._held:
            if known == by:
                return found
        self._held.append((by, supports(by, True)(self.stack_mesh, self.space)))
        return self._held[-1][1]

    def over(self, values: Array) -> Array:
        """(owned hexahedra, ...) of values (owned plane cells, ...), from whichever rank has them. Collective."""
        return self._over_columns(values)[self._of]

    def _over_columns(self, values: Array) -> Array:
        """(columns of this rank, ...) of values (owned plane cells, ...). Collective."""
        return carried(self.plate.comm, self.plate.keys, values, self._columns)[1]

    def displacement(self, problem: PlateProblem, u: Array) -> fem.Function:
        """u - (z - height) grad w, w; the slope of a node is the mean of those of the cells around it. Collective.

        Args:
            problem: the plate.
            u: (local unknowns,) of it (m).
        """
        vectors = u.reshape(-1, 3)
        nodes = np.hstack([vectors, _slopes(self.plate, problem.displacement, vectors[:, 2])])
        mine = nodes[problem.space.dofmap.list[: self.plate.owned]]
        found = self._over_columns(mine).reshape(-1, nodes.shape[1])[self._below]
        found[:, :2] -= (self._z - problem.height)[:, None] * found[:, 3:]
        result = compat.function_like(self._still)
        result.x.array.reshape(-1, 3)[self._local] = found[:, :3]
        result.x.scatter_forward()
        return result


class PlateSolid:
    """The state a plate is in, as of `solver.physics.solid.solid.Solid`.

    Args:
        problem: the plate; it stays where it is as long as this is read.
        normals: of its meshes.
        setting: of the stage.
        support: of the solid.
        kelvin: temperature of its layers (K).
    """

    birth: fem.Function | None = None

    def __init__(
        self,
        problem: PlateProblem,
        normals: Normals,
        setting: StageModel,
        support: Support,
        kelvin: Temperature,
    ) -> None:
        self._problem, self._normals, self._kelvin = problem, normals, kelvin
        self.displacement = normals.displacement(problem, problem.displacement.x.array)
        self.stack_mesh, self.materials = setting.stack_mesh, tuple(setting.materials)
        self.references, self.space = setting.references, normals.space
        self.support = support

    @property
    def state(self) -> State:
        """State of the plate it looks at."""
        return self._problem.state

    @state.setter
    def state(self, state: State) -> None:
        self._problem.state = state

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:
        """Stress xx, yy, xy of the layers; across them there is none. Linear in every cell, as of `Solid.stress`."""
        corners = self._corners
        del temperature  # that of the state
        return corners if points is None else _shape(points) @ corners

    @cached_property
    def _corners(self) -> Array:
        """(owned cells, 8, 6) stress at the corners of the hexahedra (Pa)."""
        plate, normals, mesh = self._problem.plate, self._normals, self.stack_mesh
        shape = self._problem.shape()
        found = np.zeros((len(mesh.column), 8, 6))
        for index, layer in enumerate(mesh.stack.layers):
            if layer.name not in mesh.layers:
                continue
            mine = mesh.layer_of == index
            faces = normals.over(self._problem.stress(index, self._kelvin, shape)[: plate.owned])[mine]
            corners = normals.corners[mine]
            low, high = (
                mesh.stack.heights(corners[:, :, :2].reshape(-1, 2), level).reshape(corners.shape[:2])
                for level in (layer.bottom, layer.top)
            )
            shares = (corners[:, :, 2] - low) / (high - low)
            for side in (slice(4), slice(4, 8)):
                share = shares[:, side, None]
                stress = (1.0 - share) * faces[:, :, 0] + share * faces[:, :, 1]
                found[np.ix_(mine, range(8)[side], [0, 1, 5])] = stress
        return found

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J): half of stress times what the compliance makes of it."""
        turned = along_axes(self.stack_mesh, self.materials, self._corners)
        corners = self._corners if turned is None else turned
        points = 0.5 + _GAUSS * np.array([[i, j, k] for k in (-1, 1) for j in (-1, 1) for i in (-1, 1)])
        stress = _shape(points) @ corners
        kelvin, density = self._kelvin_of_cells, np.zeros(len(corners))
        for number, law in enumerate(self._problem.laws):
            mine = self.stack_mesh.block == number
            at = kelvin if len(kelvin) == 1 else kelvin[mine]
            strain = stress[mine] @ np.linalg.inv(full(law.moduli(at)))
            density[mine] = 0.5 * np.einsum("npi,npi->np", stress[mine], strain).mean(axis=1)
        return density * self.stack_mesh.sizes**2 * self.stack_mesh.heights

    @property
    def _kelvin_of_cells(self) -> Array:
        """(owned hexahedra or 1,) mean temperature (K) of their layer. Collective in a field."""
        if not isinstance(self._kelvin, np.ndarray):
            return np.array([self._kelvin])
        plate, mesh = self._problem.plate, self.stack_mesh
        means = [mean(self._kelvin, layer, np.arange(plate.owned)) for layer in range(len(self._kelvin))]
        return np.asarray(self._normals.over(np.stack(means, axis=1))[np.arange(len(mesh.column)), mesh.layer_of])

    def balance(self) -> Balance:
        """Checks on the equilibrium, as parts of the forces that hold the plate flat and of their work."""
        return self._balance

    @cached_property
    def _balance(self) -> Balance:
        problem = self._problem
        u, comm = problem.displacement.x.array, problem.plate.comm
        out, now = problem.reactions(), u.copy()
        u[:] = 0.0
        flat = problem.reactions()
        u[:] = now
        owned, support = problem.forms.owned, problem.support
        pins = support.pins[support.pins < owned]
        force = np.abs(out[pins[pins % 3 != 2] if problem.spread else pins]).max(initial=0.0)
        reaction, scale = comm.allreduce(force, MPI.MAX), comm.allreduce(np.abs(flat).sum(), MPI.SUM)
        work = abs(problem.dot(flat, now))
        held = np.union1d(support.unknowns, support.touches)
        carries = comm.allreduce(len(support.rests) + len(support.touches)) > 0
        up = self.stack_mesh.stack.multiplicity * problem.carried(out) if carries else 0.0  # else round-off
        out[np.setdiff1d(np.arange(owned), held)] = 0.0
        carried = (up, max(-up, 0.0)) if problem.spread else carried_by(self.stack_mesh, support, out)
        pressing = self.stack_mesh.stack.multiplicity * problem.forms.dead_share * problem.forms.pressing()
        error = abs(problem.dot(problem.residual(), now))
        return Balance(reaction / scale if scale else 0.0, error / work if work else 0.0, *carried, pressing)

    def destroy(self) -> None:
        """Nothing: the factors are those of the plate."""


def _first(nodes: Integers) -> tuple[Integers, Integers]:
    """Numbers there are among some, ascending, and where each is met first."""
    place = np.full(nodes.max(initial=-1) + 1, -1)
    place[nodes[::-1]] = np.arange(len(nodes) - 1, -1, -1)
    found = np.flatnonzero(place >= 0)
    return found, place[found]


def _element(cell: str, degree: int) -> basix.finite_element.FiniteElement:
    kind = getattr(basix.CellType, cell)
    return basix.create_element(basix.ElementFamily.P, kind, degree, basix.LagrangeVariant.gll_warped)


def _shape(points: Array) -> Array:
    """(points, 8) trilinear functions of the corners at points of the reference hexahedron."""
    return np.asarray(_element("hexahedron", 1).tabulate(0, np.ascontiguousarray(points))[0, :, :, 0])


def _slopes(plate: PlateMesh, like: fem.Function, w: Array) -> Array:
    """(local nodes, 2) grad w, mean over the cells at a node. Collective.

    Args:
        plate: the mesh.
        like: a displacement of it.
        w: (local nodes,) deflection (m).
    """
    space = like.function_space
    cells: Integers = space.dofmap.list[: plate.owned]
    element, line = _element("quadrilateral", 2), _element("quadrilateral", 1)
    slope, shape = (part.tabulate(1, element.points)[1:, :, :, 0] for part in (element, line))
    corners = plate.mesh.geometry.x[compat.geometry_nodes(plate.mesh)[: plate.owned], :2]
    (xr, yr), (xs, ys) = np.moveaxis(corners, 2, 0) @ shape.swapaxes(1, 2)[:, None]
    wr, ws = w[cells] @ slope.swapaxes(1, 2)
    volume = xr * ys - yr * xs
    parts = (ys * wr - yr * ws) / volume, (xr * ws - xs * wr) / volume, np.ones_like(volume)
    nodes = cells.ravel()
    sums: Array = np.column_stack([np.bincount(nodes, part.ravel(), len(w)) for part in parts])
    sums = over_ranks(space, sums, through=compat.zeros_like(like.x))
    mean = sums[:, :2] / np.maximum(sums[:, 2:], 1.0)
    x, span = nodes_of(space), plate.stack.span
    for axis in plate.stack.mirrors:
        mean[np.abs(x[:, axis]) < _ON_PLANE * span, axis] = 0.0
    return np.asarray(mean)
