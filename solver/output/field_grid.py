"""Fields of one moment as a PyVista grid of the cells of this rank: what is written to files, and given by the library.

A grid holds lengths in mm, displacements in um, stresses in MPa and temperatures in degC; its field data `units` says
so, and `layer_names` and `block_names` name the numbers of the cell data `layer` and `block`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyvista as pv
from dolfinx import fem, plot
from vtkmodules.vtkCommonCore import vtkStringArray

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.physics.solid.cell_stress import ALONG_AXES, PARAVIEW_ORDER, extremes
from solver.units import ZERO_CELSIUS

UNITS = {
    "points": "mm",
    "displacement_um": "um",
    "temperature_degc": "degC",
    "stress_mpa": "MPa, average of the cell, XX YY ZZ XY YZ XZ",
    ALONG_AXES: "MPa, average of the cell along the axes of its material, 11 22 33 12 23 13",
    "potential_v": "V",
    "current_density_a_per_m2": "A/m^2, average of the cell, X Y Z",
    "max_current_density_a_per_m2": "A/m^2, largest magnitude in the cell",
    "crowding": "largest magnitude of the current density in the cell over the mean of the part",
    "joule_heat_w_per_m3": "W/m^3, average of the cell",
    "log10_median_life_h": "logarithm of the shortest median life in hours; inf: for ever, nan: not known",
    "von_mises_mpa": "MPa, largest in the cell",
    "max_principal_mpa": "MPa, largest in the cell",
    "min_principal_mpa": "MPa, smallest in the cell",
}
_INVARIANTS = ("von_mises_mpa", "max_principal_mpa", "min_principal_mpa")
_STRESS_NAMES = ("XX", "YY", "ZZ", "XY", "YZ", "XZ")
_AXES_NAMES = ("11", "22", "33", "12", "23", "13")


class FieldGrid:
    """The owned cells of this rank, of degree 2, ready to take fields. Making it is collective.

    Args:
        stack_mesh: the layers present.
    """

    def __init__(self, stack_mesh: StackMesh) -> None:
        self._stack_mesh = stack_mesh
        self._space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2))
        cells, kinds, points = plot.vtk_mesh(self._space)
        self._cells = len(kinds)
        self._used, numbers = np.unique(cells.reshape(self._cells, -1)[:, 1:], return_inverse=True)
        lead = np.full((self._cells, 1), cells[0], dtype=np.int64)
        connectivity = np.hstack([lead, numbers.reshape(self._cells, -1)])
        self._grid = pv.UnstructuredGrid(connectivity.ravel(), kinds, 1e3 * points[self._used])
        self._grid.cell_data["layer"] = stack_mesh.layer_of[: self._cells]
        self._grid.cell_data["block"] = stack_mesh.block[: self._cells]

    def of(
        self,
        step_name: str,
        displacement: fem.Function | None = None,
        temperature: fem.Function | float | None = None,
        stress: Array | None = None,
        extra: Mapping[str, fem.Function] | None = None,
        cells: Mapping[str, Array] | None = None,
    ) -> pv.UnstructuredGrid:
        """A grid with the fields of one step.

        Args:
            step_name: its name in the case file.
            displacement: in m, of degree 2.
            temperature: a field in K, or the uniform temperature of the step (kept as field data).
            stress: (local cells, points, 6) Voigt vectors xx yy zz yz xz xy in Pa, at points such as the corners.
            extra: scalar fields by name, as they are; the name should end in the unit.
            cells: values (local cells,) or (local cells, n) by name, as they are.
        """
        grid = self._grid.copy(deep=False)
        if displacement is not None:
            grid.point_data["displacement_um"] = 1e6 * self._nodal(displacement)
        if isinstance(temperature, fem.Function):
            grid.point_data["temperature_degc"] = self._nodal(temperature)[:, 0] - ZERO_CELSIUS
        for name, function in (extra or {}).items():
            grid.point_data[name] = self._nodal(function)[:, 0]
        for name, values in (cells or {}).items():
            grid.cell_data[name] = values[: self._cells]
            if name == ALONG_AXES:
                for number, component in enumerate(_AXES_NAMES):
                    grid.cell_data.GetAbstractArray(name).SetComponentName(number, component)
        if stress is not None:
            self._add_stress(grid, stress)
        self._add_names(grid, step_name, None if isinstance(temperature, fem.Function) else temperature)
        return grid

    def _nodal(self, function: fem.Function) -> Array:
        """Values at the points of the grid, shape (points, components); the mean of cells where a field jumps."""
        space = function.function_space
        if space.dofmap.list.shape[1] != self._space.dofmap.list.shape[1]:
            finer = fem.Function(self._space)
            finer.interpolate(function)
            function, space = finer, self._space
        components = space.dofmap.index_map_bs
        values = np.zeros((self._space.dofmap.list.max(initial=0) + 1, components))
        to, here = self._space.dofmap.list, space.dofmap.list
        if space.element.basix_element.discontinuous:
            to, here = to[: self._cells], here[: self._cells]
            np.add.at(values, to.ravel(), function.x.array.reshape(-1, components)[here.ravel()])
            values /= np.maximum(np.bincount(to.ravel(), minlength=len(values)), 1)[:, None]
        else:
            values[to.ravel()] = function.x.array.reshape(-1, components)[here.ravel()]
        return values[self._used]

    def _add_stress(self, grid: pv.UnstructuredGrid, stress: Array) -> None:
        stress = 1e-6 * stress[: self._cells]
        grid.cell_data["stress_mpa"] = stress.mean(axis=1)[:, PARAVIEW_ORDER]
        for number, name in enumerate(_STRESS_NAMES):
            grid.cell_data.GetAbstractArray("stress_mpa").SetComponentName(number, name)
        for name, values in zip(_INVARIANTS, extremes(stress), strict=True):
            grid.cell_data[name] = values

    def _add_names(self, grid: pv.UnstructuredGrid, step_name: str, temperature: float | None) -> None:
        _add_texts(grid, "units", [f"{name}: {unit}" for name, unit in UNITS.items()])
        _add_texts(grid, "step", [step_name])
        _add_texts(grid, "layer_names", [layer.name for layer in self._stack_mesh.stack.layers])
        _add_texts(grid, "block_names", [block.name for block in self._stack_mesh.blocks])
        if temperature is not None:
            grid.field_data["uniform_temperature_degc"] = np.array([temperature - ZERO_CELSIUS])


def _add_texts(grid: pv.UnstructuredGrid, name: str, texts: Sequence[str]) -> None:
    """Field data of text in any script, in UTF-8; PyVista's own takes ASCII only."""
    array = vtkStringArray()
    array.SetName(name)
    for text in texts:
        array.InsertNextValue(text)
    grid.GetFieldData().AddArray(array)
