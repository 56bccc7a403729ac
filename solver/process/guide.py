"""A stack as a plate on a coarse plane mesh: it goes every way ahead of the solid, which starts from its shapes.

The plate has the whole stack in a few hundred cells: where dies repeat, the section of their unit cell. Its shapes are
some per cent off; what they are for is to be near.
"""

from collections.abc import Callable, Sequence

from mpi4py import MPI

from meshes.parts import held, kept_on_root
from meshes.plane import PlaneMesh
from solver.arrays import Array
from solver.case.displaced import Displaced
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.errors import PlanishError
from solver.materials.material import Material
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.stability import bent
from solver.process import loose
from solver.process.contact_path import ContactPath
from solver.process.equilibrium_path import EquilibriumPath
from solver.process.nested_path import Shape
from solver.process.normals_carried import NormalsCarrier
from solver.process.plan import PlannedStep, plan
from solver.process.plate_following import PlateFollowing
from solver.process.plate_stage import PlateStage, PlateStageMaker
from solver.process.rigid_body_fit import placed
from solver.process.stage_maker import StageMaker
from solver.progress import Progress
from solver.stackup.repeats import coarsened
from solver.stackup.stack import stack_up

CELLS = 20  # along the outline
_CHEAPER = 2  # times as many cells the plane mesh of the solid has at least; of which each costs it ten times as much
_SAME = 1e-3  # part of the displacement by which shapes differ that are one
_FEW = 8  # cells a rank has at least


class PlateGuide:
    """The plate on its way, from stage to stage of a process.

    Args:
        maker: of its stages.
        steps: of the process.

    Attributes:
        lost: True once it was no guide; it is asked no more.
        left: True if it left the shape it was in when the stage was entered, as that had lost its stability.
    """

    lost = left = False

    def __init__(self, maker: PlateStageMaker, steps: Sequence[PlannedStep]) -> None:
        self._maker, self._steps = maker, steps
        self._following = PlateFollowing()
        self._setting: PlateStage | None = None
        self._place: tuple[int, int] | None = None  # step and stage it is in
        self._carrier: NormalsCarrier | None = None

    def stand(self, place: tuple[int, int]) -> None:
        """Be in a stage (step, number) of the process, which it has not been in: as that is entered. Collective.

        Raises:
            PlanishError: the plate is no model of it, or a step on the way is in a temperature field.
        """
        if self._place is None:
            self._setting = self._maker.stage(self._steps[0].stages[0], None)
            self._following.begin(self._setting, self._steps[0].before)
            self._place = 0, 0
            self.way.locates = False
        while self._place < place:
            self._place = self._pass(*self._place)
            self.way.locates = False

    def goes_on(self, before: tuple[int, int], place: tuple[int, int]) -> None:
        """Say that a stage is the one before in all it is made of: who was in that is in this."""
        if self._place == before:
            self._place = place

    def _pass(self, step: int, number: int) -> tuple[int, int]:
        """Go through the stage it is in and enter the next one."""
        here = self._steps[step]
        assert self._setting is not None
        if here.temperature is None:
            raise PlanishError("a plate goes ahead at uniform temperatures only")
        if number:
            self.way.release(here.temperature)
        else:
            for _ in self.way.to(here.temperature):
                pass
        place = (step, number + 1) if number + 1 < len(here.stages) else (step + 1, 0)
        setting = self._maker.stage(self._steps[place[0]].stages[place[1]], self._setting)
        if not setting.is_like(self._setting):
            at = self._following.enter(setting, here.temperature)  # another way from here on
            bent = self.way.bent
            self.way.release(at)
            self.left = self.way.bent != bent
        self._setting = setting
        return place

    @property
    def way(self) -> EquilibriumPath:
        """The way the plate goes."""
        return self._following.way

    def shape_of(self, problem: LargeDeflectionSolid) -> Array:
        """Displacement (local unknowns, m) of the solid as the plate is, on the supports of the solid. Collective."""
        plate, setting = self._following.plate, self._setting
        assert setting is not None
        shape = setting.normals.displacement(plate, plate.displacement.x.array)
        if self._carrier is None or self._carrier.space is not problem.space:
            self._carrier = NormalsCarrier(shape.function_space, problem.space)
        u = self._carrier(shape)
        height = u[2::3].copy()
        placed(problem.stack_mesh, problem.space, problem.support, u, problem.thickness)
        if problem.contact is not None:
            u[2::3] = height  # it lies on the plane already
        return u

    @property
    def shape(self) -> Shape:
        """Where it is; on a plane with its free shape."""
        way = self.way
        return (way.problem.state, way.free.problem.state) if isinstance(way, ContactPath) else (way.problem.state,)

    def take(self, shape: Shape) -> None:
        """Be in a shape at the temperature it is at."""
        way = self.way
        way.problem.state = shape[0]
        if isinstance(way, ContactPath):
            way.free.problem.state = shape[-1]

    def choices(self, kelvin: float) -> list[Shape]:
        """Its shape at a temperature (K) and the others of `stability.bent` that are stable; it stays. Collective.

        On a plane they are those of the free plate put down.
        """
        way, here = self.way, self.shape
        free = way.free if isinstance(way, ContactPath) else way
        mark, free_mark, problem = way.mark(), free.mark(), free.problem
        ways = bent(problem, problem.load_at(kelvin))
        others = [(state,) for state, going, _ in ways if not going[-1].unstable]
        found: list[Shape] = _distinct(problem, [here[-1:], *others])
        if isinstance(way, ContactPath):
            found = _distinct(way.problem, [here, *((way.lain(state, kelvin), state) for (state,) in found[1:])])
        free.back(free_mark)
        way.back(mark)
        return found

    def destroy(self) -> None:
        """Free the factors of its way; they are made again where they are needed."""
        if self._place is not None:
            self.way.destroy()


def _distinct(problem: LargeDeflectionSolid, shapes: Sequence[Shape]) -> list[Shape]:
    """Those that differ in their first state, which is the problem's; it is left in one of them. Collective."""
    found: list[Shape] = []
    for shape in shapes:
        problem.state = shape[0]
        apart = [problem.part_of_displacement(shape[0].displacement - other[0].displacement) for other in found]
        found += [shape] if min(apart, default=1.0) > _SAME else []
    return found


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
    if case.process is None or not stack.even or stack.cracks:
        return None
    if any(step.loads or isinstance(step.support, Displaced) for step in case.process.steps):
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
    maker = PlateStageMaker(lambda stage, _, last: stages.make(stage, None, last), case.process.gravity)
    return PlateGuide(maker, plan(case.process, coarse.stack.layers))


def _meshed(coarse: LoadedCase, of_solid: PlaneMesh) -> tuple[tuple[int, int], PlaneMesh]:
    """Cells of both plane meshes, and that of the plate."""
    found = loose.meshed(coarse)
    return (len(found.quads), len(of_solid.quads)), found
