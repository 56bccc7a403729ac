"""What makes a step doubtful: warnings, each of a material said once."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.linalg.krylov import SolveRecord
from solver.materials.inelastic.sections import SECTIONS
from solver.materials.material import MECHANICAL, Material
from solver.metrics import plausibility, strength
from solver.metrics.idealised import idealised
from solver.metrics.step_result import StepResult
from solver.output.summary import entry
from solver.physics.geometric import Judgement
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.form_estimate import forms
from solver.process.laminate_estimate import Laminate
from solver.process.plan import PlannedStep
from solver.progress import Progress

_MECHANICAL = (*MECHANICAL, *SECTIONS)


class StepDoubts:
    """Warns of the steps of a process, one after the other.

    Args:
        progress: is told.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told: set[str] = set()  # materials whose form has been said
        self._idealised: set[str] = set()  # and those elastic where a real one is not
        self._used: dict[Material, tuple[float, float]] = {}  # materials, with the temperatures they have been used at

    def of_solve(self, step: PlannedStep, record: SolveRecord) -> None:
        """A solve that did not converge as it should have."""
        self._warn(*plausibility.barely_converged(f"step '{step.name}'", record))

    def of_step(
        self,
        step: PlannedStep,
        result: StepResult,
        problem: SmallDeflectionSolid,
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
        self._materials(step, problem, temperature)
        moments = [(moment.thermal_time_s, entry(moment.stress.blocks)) for moment in result.path.over_time]
        self._warn(*strength.beyond(step.name, [*moments, (result.thermal_time_s, entry(result.stress.blocks))]))
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

    def of_births(self, result: StepResult) -> None:
        """Layers that are born strained."""
        for birth in result.births:
            self._warn(*plausibility.born_strained(result.name, birth))

    def _materials(self, step: PlannedStep, problem: SmallDeflectionSolid, temperature: float | fem.Function) -> None:
        """Materials beyond their data, and those that elements of displacements do not follow."""
        low, high = _range(temperature) if isinstance(temperature, fem.Function) else (temperature, temperature)
        references = step.end.references.values()
        low, high = min(low, *references), max(high, *references)
        for material in dict.fromkeys(problem.materials):
            known = self._used.get(material, (np.inf, -np.inf))
            if material not in self._used:
                self._warn(*plausibility.locking(step.name, [material], high))
            self._used[material] = min(low, known[0]), max(high, known[1])
            if low < known[0] or high > known[1]:  # else a step before has said so
                self._warn(*plausibility.outside_data(f"step '{step.name}'", [material], low, high, _MECHANICAL))
                for name, text in idealised(step.name, material, high):
                    if name not in self._idealised:
                        self._warn(text)
                    self._idealised.add(name)

    def _warn(self, *texts: str) -> None:
        for text in texts:
            self._progress.warn(text)


def _range(field: fem.Function) -> tuple[float, float]:
    """Lowest and highest value over all ranks."""
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    return low, comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
