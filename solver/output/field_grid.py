"""Fields of one moment as a VTK grid of the cells of this rank: what is written to files, and given by the library.

A grid holds lengths in mm, displacements in um, stresses in MPa and temperatures in degC; its field data `units` says
so, and `layer_names` and `block_names` name the numbers of the cell data `layer` and `block`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from dolfinx import fem, plot
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import (
    vtkCellArray,
    vtkCellData,
    vtkDataSetAttributes,
    vtkFieldData,
    vtkUnstructuredGrid,
)

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
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
        space: of degree 2 and any number of components, where there is one; else one is made.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace | None = None) -> None:
        self._stack_mesh = stack_mesh
        self._space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2)) if space is None else space
        cells, kinds, points = plot.vtk_mesh(self._space)
        self._cells = len(kinds)
        nodes, there = cells.reshape(self._cells, -1)[:, 1:], np.zeros(len(points), dtype=bool)
        there[nodes] = True
        self._used = np.flatnonzero(there)
        self._grid = _grid(1e3 * points[there], (np.cumsum(there) - 1)[nodes], kinds)
        _add(self._grid.GetCellData(), "layer", stack_mesh.layer_of[: self._cells])
        _add(self._grid.GetCellData(), "block", stack_mesh.block[: self._cells])

    def of(
        self,
        step_name: str,
        displacement: fem.Function | None = None,
        temperature: fem.Function | float | None = None,
        stress: Array | None = None,
        extra: Mapping[str, fem.Function] | None = None,
        cells: Mapping[str, Array] | None = None,
    ) -> vtkUnstructuredGrid:
        """A grid with the fields of one step; `pyvista.wrap` makes one of PyVista of it.

        Args:
            step_name: its name in the case file.
            displacement: in m, of degree 2.
            temperature: a field in K, or the uniform temperature of the step (kept as field data).
            stress: (local cells, points, 6) Voigt vectors xx yy zz yz xz xy in Pa, at points such as the corners.
            extra: scalar fields by name, as they are; the name should end in the unit.
            cells: values (local cells,) or (local cells, n) by name, as they are.
        """
        grid = vtkUnstructuredGrid()
        grid.ShallowCopy(self._grid)
        at_points, of_cells = grid.GetPointData(), grid.GetCellData()
        if displacement is not None:
            _add(at_points, "displacement_um", 1e6 * self._nodal(displacement))
        if isinstance(temperature, fem.Function):
            _add(at_points, "temperature_degc", self._nodal(temperature)[:, 0] - ZERO_CELSIUS)
        for name, function in (extra or {}).items():
            _add(at_points, name, self._nodal(function)[:, 0])
        for name, values in (cells or {}).items():
            _add(of_cells, name, values[: self._cells], _AXES_NAMES if name == ALONG_AXES else ())
        if stress is not None:
            self._add_stress(of_cells, stress)
        self._add_names(grid, step_name, None if isinstance(temperature, fem.Function) else temperature)
        return grid

    def _nodal(self, function: fem.Function) -> Array:
        """Values at the points of the grid, shape (points, components); the mean of cells where a field jumps."""
        space = function.function_space
        if space.dofmap.list.shape[1] != self._space.dofmap.list.shape[1]:
            finer = fem.Function(fem.functionspace(self._stack_mesh.mesh, ("Lagrange", 2)))
            finer.interpolate(function)
            function, space = finer, finer.function_space
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

    def _add_stress(self, of_cells: vtkCellData, stress: Array) -> None:
        stress = 1e-6 * stress[: self._cells]
        _add(of_cells, "stress_mpa", stress.mean(axis=1)[:, PARAVIEW_ORDER], _STRESS_NAMES)
        for name, values in zip(_INVARIANTS, extremes(stress), strict=True):
            _add(of_cells, name, values)

    def _add_names(self, grid: vtkUnstructuredGrid, step_name: str, temperature: float | None) -> None:
        told = grid.GetFieldData()
        _add_texts(told, "units", [f"{name}: {unit}" for name, unit in UNITS.items()])
        _add_texts(told, "step", [step_name])
        _add_texts(told, "layer_names", [layer.name for layer in self._stack_mesh.stack.layers])
        _add_texts(told, "block_names", [block.name for block in self._stack_mesh.blocks])
        if temperature is not None:
            _add(told, "uniform_temperature_degc", np.array([temperature - ZERO_CELSIUS]))


def _grid(points: Array, cells: Integers, kinds: Integers) -> vtkUnstructuredGrid:
    """A grid of cells alike.

    Args:
        points: (n, 3).
        cells: (cells, nodes) their points.
        kinds: (cells,) of VTK.
    """
    there, listed, found = vtkPoints(), vtkCellArray(), vtkUnstructuredGrid()
    there.SetData(numpy_to_vtk(points, deep=True))
    counted = np.insert(cells.astype(np.int64), 0, cells.shape[1], axis=1)
    listed.ImportLegacyFormat(numpy_to_vtkIdTypeArray(counted.ravel()))
    found.SetPoints(there)
    found.SetCells(numpy_to_vtk(kinds.astype(np.uint8), deep=True), listed)
    return found


def _add(data: vtkFieldData, name: str, values: Array | Integers, components: Sequence[str] = ()) -> None:
    """Add an array (n,) or (n, components), without a copy where it is contiguous; the first is shown at once."""
    array = numpy_to_vtk(values)
    array.SetName(name)
    for number, component in enumerate(components):
        array.SetComponentName(number, component)
    data.AddArray(array)
    if isinstance(data, vtkDataSetAttributes) and data.GetScalars() is None:
        data.SetActiveScalars(name)


def _add_texts(data: vtkFieldData, name: str, texts: Sequence[str]) -> None:
    """Add text in any script, in UTF-8."""
    array = vtkStringArray()
    array.SetName(name)
    for text in texts:
        array.InsertNextValue(text)
    data.AddArray(array)
