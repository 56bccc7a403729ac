"""What makes a step doubtful: warnings, each of a material said once."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.linalg.krylov import SolveRecord
from solver.metrics import plausibility, strength
from solver.metrics.readings import StepReading
from solver.metrics.step_result import StepResult
from solver.physics.geometric import Judgement
from solver.physics.solid.solid import Solid
from solver.process.form_estimate import forms
from solver.process.laminate_estimate import Laminate
from solver.process.material_doubts import MaterialDoubts
from solver.process.plan import PlannedStep
from solver.progress import Progress


class StepDoubts:
    """Warns of the steps of a process, one after the other.

    Args:
        progress: is told.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told: set[str] = set()  # materials whose form has been said
        self._materials = MaterialDoubts()

    def of_solve(self, step: PlannedStep, record: SolveRecord) -> None:
        """A solve that did not converge as it should have."""
        self._warn(*plausibility.barely_converged(f"step '{step.name}'", record))

    def of_step(
        self,
        step: PlannedStep,
        result: StepResult,
        problem: Solid,
        temperature: float | fem.Function,
        worst: Judgement | None,
    ) -> None:
        """All of a step that is solved. Collective.

        Args:
            step: as planned.
            result: of it.
            problem: at its end.
            temperature: there (K).
            worst: judgement on small deflection, None if it was not judged.
        """
        small, comparison, without = result.path.large is None, result.laminate, result.decision.no_equilibrium
        if without is not None:
            self._warn(plausibility.no_equilibrium(without))
        if small and comparison is not None:
            self._warn(*plausibility.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin))
        self._of_materials(step, result, problem, temperature)
        passed = [(moment.thermal_time_s, moment.stress) for moment in result.path.over_time]
        stresses = [*passed, (result.thermal_time_s, result.stress)]
        blocks = [(time, {name: one.used for name, one in stress.blocks.items()}) for time, stress in stresses]
        self._warn(*strength.beyond(step.name, blocks))
        if small and worst is not None:
            self._warn(*plausibility.nonlinear(step.name, worst, bool(problem.stack_mesh.stack.mirrors)))
        self._warn(*plausibility.carried(step.name, result.balance, result.contact))

    def of_forms(self, step: PlannedStep, laminate: Laminate) -> None:
        """Elastic materials whose modulus changes much on the way, in their form and the other."""
        if step.temperature is None:
            return
        for found in forms(laminate, step.temperature, frozenset(self._told)):
            self._told.add(found.material)
            self._warn(found.words(step.name))

    def of_readings(self, reading: StepReading) -> None:
        """What is read of a step and is doubtful."""
        self._warn(*reading.doubts)

    def of_births(self, result: StepResult) -> None:
        """Layers that are born strained."""
        for birth in result.births:
            self._warn(*plausibility.born_strained(result.name, birth))

    def _of_materials(
        self, step: PlannedStep, result: StepResult, problem: Solid, temperature: float | fem.Function
    ) -> None:
        """Materials beyond their data, and those that elements of displacements do not follow."""
        low, high = _range(temperature) if isinstance(temperature, fem.Function) else (temperature, temperature)
        for material in dict.fromkeys(problem.materials):
            if self._materials.is_new(material):
                self._warn(*plausibility.locking(step.name, [material], max(high, *step.end.references.values())))
        self._warn(*self._materials.of_temperatures(step, problem.materials, low, high))
        named = zip(problem.stack_mesh.blocks, problem.materials, strict=True)
        of_block = {block.name: material for block, material in named}
        degrees = {name: one.degree_of_cure_mean for name, one in result.stress.blocks.items()}
        self._warn(*self._materials.of_times(step, of_block, result.path.curve, degrees))

    def _warn(self, *texts: str) -> None:
        for text in texts:
            self._progress.warn(text)


def _range(field: fem.Function) -> tuple[float, float]:
    """Lowest and highest value over all ranks."""
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    return low, comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
