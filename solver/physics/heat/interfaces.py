"""Thermal interfaces: what their thin cells are made of, what they drop, and the field beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.interfaces import JOINED, ThermalInterface, same_cells
from solver import compat
from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.linalg.extruded_cells import element_nodes, lattice
from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material

_JOINED = 1e12  # W/m^2/K: less than a nanometre of anything


@dataclass(frozen=True)
class ThermalInterfaces:
    """The interfaces of a heat problem.

    Attributes:
        interfaces: of the case.
        mesh: without them.
        split_mesh: with their thin cells; the same as `mesh` if there are none.
    """

    interfaces: Sequence[ThermalInterface]
    mesh: StackMesh
    split_mesh: StackMesh

    def materials(self, material_of: Callable[[MaterialChoice], Material]) -> list[Material]:
        """One for each block of the split mesh."""
        layers = {layer.name: layer for layer in self.split_mesh.stack.layers}
        conductance = {JOINED: _JOINED, **{interface.name: interface.conductance for interface in self.interfaces}}
        return [
            _thin(block.region or "", layers[block.layer].thickness * conductance[str(block.region)])
            if layers[block.layer].interface
            else material_of(block.material)
            for block in self.split_mesh.blocks
        ]

    def without(self, temperature: fem.Function) -> fem.Function:
        """A field on the mesh without thin cells, where it jumps from cell to cell at an interface."""
        if self.split_mesh is self.mesh:
            return temperature
        space = fem.functionspace(self.mesh.mesh, ("DG", 2))
        result = fem.Function(space, name=temperature.name)
        cells, split_cells = same_cells(self.mesh, self.split_mesh)
        values = temperature.x.array[temperature.function_space.dofmap.list[split_cells]]
        result.x.array[space.dofmap.list[cells].ravel()] = values.ravel()
        result.x.scatter_forward()
        return result

    def summary(self, temperature: fem.Function, factor: Array | None = None) -> list[dict[str, Any]]:
        """What each interface drops and carries upwards, of the whole stack. Collective.

        Args:
            temperature: on the split mesh (K).
            factor: (owned cells,) of the split mesh: by which conductances differ from those of the case.
        """
        mesh = self.split_mesh
        indicator, over_height, scale = (fem.Function(fem.functionspace(mesh.mesh, ("DG", 0))) for _ in range(3))
        over_height.x.array[: len(mesh.block)] = 1.0 / mesh.heights
        scale.x.array[: len(mesh.block)] = 1.0 if factor is None else factor
        jump = -indicator * ufl.grad(temperature)[2]
        drop, flow = (compat.form(density * ufl.dx(mesh.mesh)) for density in (jump, scale * jump))
        area_of = compat.form(indicator * over_height * ufl.dx(mesh.mesh))
        nodes = temperature.function_space.dofmap.list[
            : len(mesh.block), lattice(element_nodes(mesh.mesh.basix_cell()))
        ]
        below, above = (temperature.x.array[nodes[:, part]] for part in (slice(9), slice(18, 27)))
        found = []
        for interface in self.interfaces:
            blocks = [i for i, block in enumerate(mesh.blocks) if block.region == interface.name]
            here = np.isin(mesh.block, blocks)
            indicator.x.array[: len(here)] = here
            total, flowing, area = (
                mesh.comm.allreduce(fem.assemble_scalar(form), MPI.SUM) for form in (drop, flow, area_of)
            )
            mean = flowing / total if factor is not None and total else 1.0
            largest = float(np.abs(below[here] - above[here]).max(initial=0.0))
            found.append(
                {
                    "between": list(interface.between),
                    "resistance_mm2_k_per_w": 1e6 / (mean * interface.conductance),
                    "area_mm2": 1e6 * area * mesh.stack.multiplicity,
                    "heat_w": interface.conductance * flowing * mesh.stack.multiplicity,
                    "mean_drop_k": total / area,
                    "max_drop_k": mesh.comm.allreduce(largest, MPI.MAX),
                }
            )
        return found


def _thin(name: str, across: float) -> Homogeneous:
    """Conducts across only and stores nothing."""
    along_and_across = Curve.constant([0.0, 0.0, across])
    nothing = Curve.constant(0.0)
    curves = {"thermal_conductivity": along_and_across, "density": nothing, "specific_heat": nothing}
    return Homogeneous(name, curves)
