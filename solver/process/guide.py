"""A stack as a plate on a coarse plane mesh: it goes every way ahead of the solid, which starts from its shapes.

The plate has the whole stack in a few hundred cells: where dies repeat, the section of their unit cell. Its shapes are
some per cent off; what they are for is to be near.
"""

from collections.abc import Callable

from dolfinx import fem
from mpi4py import MPI

from meshes.parts import held, kept_on_root
from meshes.plane import PlaneMesh
from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.errors import PlanishError
from solver.materials.material import Material
from solver.physics.solid.carried import Carrier
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.process import loose
from solver.process.equilibrium_path import EquilibriumPath
from solver.process.plan import Stage
from solver.process.plate_following import PlateFollowing
from solver.process.plate_stage import PlateStage, PlateStageMaker
from solver.process.rigid_body_fit import placed
from solver.process.stage_maker import StageMaker
from solver.progress import Progress
from solver.stackup.repeats import coarsened
from solver.stackup.stack import stack_up

CELLS = 20  # along the outline
_CHEAPER = 4  # times as many cells the plane mesh of the solid has at least
_FEW = 8  # cells a rank has at least


class PlateGuide:
    """The plate on its way.

    Args:
        maker: of its stages.
        cells: of its plane mesh.
    """

    def __init__(self, maker: PlateStageMaker, cells: int) -> None:
        self._maker, self.cells = maker, cells
        self._following = PlateFollowing()
        self._setting: PlateStage | None = None
        self._carrier: tuple[fem.FunctionSpace, Carrier] | None = None

    def begin(self, stage: Stage) -> None:
        """Be flat, at the temperature at which the stack is free of stress. Collective.

        Raises:
            PlanishError: the plate is no model of it.
        """
        self._following.destroy()
        self._setting = self._maker.stage(stage, self._setting)
        self._following.begin(self._setting, None)
        self.way.locates = False

    @property
    def way(self) -> EquilibriumPath:
        """The way the plate goes."""
        return self._following.way

    def shape_of(self, problem: LargeDeflectionSolid) -> Array:
        """Displacement (local unknowns, m) of the solid as the plate is, on the supports of the solid. Collective."""
        plate, setting = self._following.plate, self._setting
        assert setting is not None
        shape = setting.normals.displacement(plate.space, plate.displacement.x.array, plate.height)
        if self._carrier is None or self._carrier[0] is not problem.space:
            self._carrier = problem.space, Carrier(shape.function_space, problem.space)
        u = self._carrier[1](shape).x.array
        placed(problem.stack_mesh, problem.space, problem.support, u, problem.thickness)
        return u

    def destroy(self) -> None:
        """Free the factors of its way."""
        self._following.destroy()


def guide_of(
    loaded: LoadedCase,
    plane: PlaneMesh | None,
    comm: MPI.Intracomm,
    material_of: Callable[[MaterialChoice], Material],
    cheaply: bool = True,
) -> PlateGuide | None:
    """The guide of a case of elastic solids at uniform temperatures, None where a plate is none. Collective.

    Args:
        loaded: the case.
        plane: mesh of the solid, on rank 0.
        comm: all ranks of it.
        material_of: material of a layer or region.
        cheaply: False for one that is not far cheaper than the solid as well.
    """
    case, stack = loaded.case, loaded.stack
    if case.process is None or case.thermal is not None or any(layer.taper for layer in stack.layers) or stack.cracks:
        return None
    size = max(stack.size, stack.span / CELLS)
    mesh = case.mesh.model_copy(
        update={"in_plane_size": size, "homogenise_below": stack.span, "edge_refinement": None, "cells_per_layer": 1}
    )
    analysis = case.analysis.model_copy(update={"model": "plate", "die_field": "unit-cell"})
    coarse_case = case.model_copy(update={"mesh": mesh, "analysis": analysis})
    coarse = LoadedCase(
        loaded.directory,
        coarse_case,
        coarsened(stack_up(coarse_case, loaded.directory), stack.span),
        loaded.source,
        loaded.files,
    )
    try:
        (cells, of_solid), coarse_plane = kept_on_root(comm, lambda: _meshed(coarse, held(plane)))
    except PlanishError:
        return None
    if (cheaply and cells * _CHEAPER > of_solid) or cells < _FEW * comm.size:
        return None
    stages = StageMaker(coarse, comm, Progress(comm, quiet=True), lambda: coarse_plane, material_of)
    if stages.remembers:
        return None
    maker = PlateStageMaker(lambda stage, last: stages.make(stage, None, last), case.process.gravity)
    return PlateGuide(maker, cells)


def _meshed(coarse: LoadedCase, of_solid: PlaneMesh) -> tuple[tuple[int, int], PlaneMesh]:
    """Cells of both plane meshes, and that of the plate."""
    found = loose.meshed(coarse)
    return (len(found.quads), len(of_solid.quads)), found
