"""The ladder from a case of 3-D solids to its numbers: plane mesh, heat, current, then the steps one by one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from mpi4py import MPI

from meshes.extrude import StackMesh, extrude
from meshes.interfaces import ThermalInterface, present, split
from meshes.parts import held, kept_on_root
from meshes.plane import PlaneMesh
from meshes.quality import Quality, quality
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.errors import PlanishError
from solver.materials import library
from solver.materials.material import Material
from solver.metrics.readings import Readings
from solver.parallel import on_root
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged
from solver.process import laminate_estimate, loose
from solver.process.checkpoint import HeatPosition, Position, Saved
from solver.process.history import History, SaveCheckpoint, StepOutcome
from solver.process.nested_path import Guide
from solver.process.plan import Stage, heated, plan
from solver.process.rounds import Rounds
from solver.process.stage_maker import StageMaker
from solver.process.stage_model import StageModel
from solver.progress import Progress

if TYPE_CHECKING:  # what heat and currents need is imported where they are asked for
    from solver.heat.current import CurrentResult, CurrentRun
    from solver.heat.heat_run import Heat
    from solver.heat.transient_run import SaveHeat
    from solver.physics.heat.interfaces import ThermalInterfaces
    from solver.process.guide import PlateGuide

__all__ = ["Simulation", "StepOutcome"]

_PAYS = 100_000  # unknowns of a solid from which on a plate goes ahead of it


class Simulation:
    """A loaded case on a communicator.

    Args:
        loaded: the case.
        comm: all ranks of it take part in every method.
        progress: what the user sees.
        save_checkpoint: saves a position in the process with its fields, or None.
        saved: where to go on from, or None.
        save_heat, saved_heat: the same of heat in time.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        comm: MPI.Intracomm,
        progress: Progress,
        save_checkpoint: SaveCheckpoint | None = None,
        saved: Saved[Position] | None = None,
        save_heat: "SaveHeat | None" = None,
        saved_heat: Saved[HeatPosition] | None = None,
    ) -> None:
        self.loaded, self.case, self.comm, self.progress = loaded, loaded.case, comm, progress
        self._save_checkpoint, self._saved = save_checkpoint, saved
        self._save_heat, self._saved_heat = save_heat, saved_heat
        self.readings = Readings(loaded.case)
        self._stages = StageMaker(loaded, comm, progress, lambda: self.plane, self.material_of)

    @cached_property
    def plane(self) -> PlaneMesh | None:
        """The in-plane mesh, made and searched for loose parts on rank 0, which has it alone. Collective."""
        with self.progress.stage("mesh", "in-plane mesh"):
            return kept_on_root(self.comm, lambda: (None, loose.meshed(self.loaded)))[1]

    @cached_property
    def quality(self) -> Quality:
        """Quality of the mesh of the whole stack. Collective."""
        plane = self.plane
        return on_root(self.comm, lambda: quality(self.loaded.stack, held(plane)))

    @cached_property
    def material_of(self) -> Callable[[MaterialChoice], Material]:
        """Material of a layer or region, resolved once."""
        by_text = cache(lambda text: library.resolve(choices[text], self.case.materials))
        choices: dict[str, MaterialChoice] = {}

        def material(choice: MaterialChoice) -> Material:
            choices[repr(choice)] = choice
            return by_text(repr(choice))

        return material

    def materials(self, stack_mesh: StackMesh) -> list[Material]:
        """One for each block of a mesh, with the stress it is born with."""
        return self._stages.materials(stack_mesh)

    def heat(self) -> "Heat | None":
        """Solve the heat problem, if the case has one."""
        if self.case.thermal is None:
            return None
        from solver.heat.heat_run import HeatRun

        thin, circuit = self.interfaces(), self._circuit()
        kept = self._save_heat, self._saved_heat
        return HeatRun(self.loaded, self.progress, thin, circuit, self.material_of, self._stages.make, *kept).solve()

    def current(self, heat: "Heat | None") -> "CurrentResult | None":
        """The direct current of a case that has some: at the temperatures of its heat problem, or at one."""
        electric = self.case.electric
        if electric is None:
            return None
        from solver.heat import current

        if heat is None:
            circuit = self._circuit()
            assert circuit is not None and electric.temperature is not None
            with self.progress.stage("solve", f"current: {circuit.cells} cells"):
                result = circuit.at(electric.temperature)
            circuit.destroy()
        else:
            assert heat.current is not None
            result = heat.current
        self.readings.carries(result.numbers)
        for text in current.doubts(self.loaded, result, self.material_of):
            self.progress.warn(text)
        self.progress.say(f"           solver: {result.record.name}, because {result.record.why}")
        self.progress.say(f"           {current.words(result.numbers)}")
        return result

    def _circuit(self) -> "CurrentRun | None":
        if self.case.electric is None:
            return None
        from solver.heat.current import CurrentRun

        plane = self.plane
        with self.progress.stage("mesh", "mesh of the conductors"):
            return CurrentRun(self.loaded, self.comm, plane, self.material_of)

    def interfaces(self) -> "ThermalInterfaces":
        """The mesh of the whole stack, and the one of heat, which knows the interfaces; cohesive ones conduct."""
        from solver.physics.heat.interfaces import ThermalInterfaces

        assert self.case.thermal is not None
        plane, stage = self.plane, heated(self.case.process, self.loaded.stack.layers)
        stack = self.loaded.stack.singulated() if stage is not None and stage.cut_out else self.loaded.stack
        parts = None if stage is None else stage.parts
        what = "the whole stack" if stage is None else ", ".join(stage.layers)
        with self.progress.stage("mesh", f"mesh of {what}"):
            mesh = extrude(self.comm, stack, plane, parts)
        given = [ThermalInterface(interface.between, interface.film) for interface in self.case.thermal.interfaces]
        conducts = replace(stack, cracks=tuple(crack for crack in stack.cracks if crack.cohesive is None))
        if not given and len(conducts.cracks) == len(stack.cracks):
            return ThermalInterfaces(given, mesh, mesh)
        with self.progress.stage("mesh", "mesh with interfaces"):
            if not given:
                return ThermalInterfaces(given, mesh, extrude(self.comm, conducts, plane, parts))
            thin = kept_on_root(self.comm, lambda: split(*present(conducts, held(plane), parts), given))
            return ThermalInterfaces(given, mesh, extrude(self.comm, *thin))

    def steps(self, heat: "Heat | None") -> Iterator[StepOutcome]:
        """Solve the steps of the process one by one; each outcome is valid until the next is asked for."""
        if self.case.process is None:
            return
        if heat is not None:
            self.readings.heated(heat.numbers)
        steps = plan(self.case.process, self.loaded.stack.layers)
        laminates = laminate_estimate.laminates(self.loaded.stack, steps, self.material_of)
        history = History(
            self.loaded,
            self.progress,
            lambda stage, in_field, before: self.stage_model(stage, heat if in_field else None, before),
            None if heat is None else heat.temperature_snapshots,
            self.readings,
            self._save_checkpoint,
            self._guide_of,
        )
        yield from Rounds(self.loaded, steps, self.readings, self.progress).go(history, laminates, self._saved)
        history.destroy()

    @cached_property
    def _guide(self) -> "PlateGuide | None":
        from solver.process.guide import guide_of  # SciPy's sparse matrices take a while to import

        return guide_of(self.loaded, self.plane, self.comm, self.material_of, self.case.analysis.path == "auto")

    def _guide_of(self, problem: LargeDeflectionSolid, place: tuple[int, int]) -> Guide | None:
        """A plate that goes ahead of a problem in a stage, where the case does not forbid it and there is one."""
        path, unknowns = self.case.analysis.path, 3 * problem.space.dofmap.index_map.size_global
        if path == "followed" or (path == "auto" and unknowns < _PAYS) or self._guide is None or self._guide.lost:
            return None
        try:
            self._guide.stand(place)
        except (PlanishError, Diverged):
            self._guide.lost = True
            return None
        return self._guide

    def stage_model(self, stage: Stage, heat: "Heat | None", before: StageModel | None) -> StageModel:
        """A stage with its mesh, in the field of the heat problem if that is given; as of `StageMaker.make`."""
        return self._stages.make(stage, None if heat is None else heat.stack_mesh, before)
