"""What the library gives back: metrics, and fields that stay valid after the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.quality import Quality
from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.errors import nearest
from solver.heat.current import CurrentResult
from solver.heat.heat_run import Heat
from solver.metrics.current_summary import CurrentSummary
from solver.metrics.heat_summary import HeatSummary
from solver.metrics.run_summary import Summary
from solver.metrics.step_result import StepNumbers
from solver.output.summary import plain
from solver.process.history import StepOutcome

if TYPE_CHECKING:
    import pyvista as pv


@dataclass(frozen=True, eq=False)
class Fields:
    """Fields of one moment, on the mesh of the layers that are there.

    Attributes:
        name: of the step, `heat` or `current`.
        stack_mesh: layers and blocks of the cells; `mesh` of it is DOLFINx's, lengths in m, of the modelled part.
        displacement: in m, degree 2, three components; None where nothing moves.
        temperature: in K, a field or one number.
        stress: in Pa, discontinuous, degree 1, six components xx yy zz yz xz xy; None where nothing moves.
        potential: in V, discontinuous, of a current only.
        cells: values of the owned cells by name, (cells,) or (cells, n), of a current, and stress along the axes of
            materials that lie turned; the names have the units.
    """

    name: str
    stack_mesh: StackMesh
    displacement: fem.Function | None = None
    temperature: fem.Function | float | None = None
    stress: fem.Function | None = None
    potential: fem.Function | None = None
    cells: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def grid(self) -> "pv.UnstructuredGrid":
        """The cells of this rank as `fields/*.pvtu` of a run has them: mm, um, MPa, degC. Collective at first."""
        import pyvista as pv  # it takes a quarter of a second

        from solver.output.field_grid import FieldGrid

        grid = FieldGrid(self.stack_mesh).of(
            self.name,
            self.displacement,
            self.temperature,
            None if self.stress is None else _at_corners(self.stress),
            None if self.potential is None else {"potential_v": self.potential},
            self.cells,
        )
        return pv.wrap(grid)


@dataclass(frozen=True, eq=False)
class Step:
    """A step of the process.

    Attributes:
        name: in the case.
        result: its numbers as values: a `StepResult` of solids, such as `result.path.shape.warpage_um`; of laminates
            a `LaminateStepResult`.
        metrics: the same as the plain dict that `steps` of summary.json has; keys carry their unit.
        fields: at its end; None for a model that has none, such as `laminate`.
    """

    name: str
    result: StepNumbers
    metrics: dict[str, Any]
    fields: Fields | None


@dataclass(frozen=True, eq=False)
class HeatResult:
    """The heat problem.

    Attributes:
        numbers: what is read of it, as values.
        metrics: the same as the plain dict that `thermal` of summary.json is.
        fields: at the steady state, or at the end.
        over_time: of a transient: time (s) and fields at the times the case names.
    """

    numbers: HeatSummary
    metrics: dict[str, Any]
    fields: Fields
    over_time: tuple[tuple[float, Fields], ...] = ()


@dataclass(frozen=True, eq=False)
class CurrentFields:
    """The current.

    Attributes:
        numbers: what is read of it, as values.
        metrics: the same as the plain dict that `electric` of summary.json is.
        fields: of the conductors.
    """

    numbers: CurrentSummary
    metrics: dict[str, Any]
    fields: Fields


@dataclass(frozen=True, eq=False)
class Result:
    """A solved case; every rank has the same numbers, and the fields of its own cells.

    Attributes:
        loaded: the case with its stack-up.
        steps: of the process, in their order.
        heat, current: None if the case has none.
        warnings: what is doubtful, a line each.
        numbers: of the whole run as values.
        summary: the same as the plain dict that summary.json of a run has.
        directory: the results folder, if one was written.
    """

    loaded: LoadedCase
    steps: tuple[Step, ...]
    heat: HeatResult | None
    current: CurrentFields | None
    warnings: tuple[str, ...]
    numbers: Summary
    summary: dict[str, Any]
    directory: Path | None = None

    def step(self, name: str) -> Step:
        """The step of a name.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"there is no step '{name}'; {nearest(name, [step.name for step in self.steps])}")


class ResultInMemory:
    """Copies outcomes: a sink of `solver.driver`."""

    def __init__(self) -> None:
        self._steps: dict[int, Fields] = {}
        self._heat: HeatResult | None = None
        self._current: CurrentFields | None = None

    def begin(self, found: Summary) -> None:
        """Nothing is copied when a run begins."""

    def mesh(self, quality: Quality) -> None:
        """Nothing: fields have their mesh with them."""

    def heat(self, heat: Heat) -> None:
        """Copy the temperatures, those of a transient too."""
        mesh, metrics = heat.stack_mesh, plain(heat.summary)
        over_time = [
            (time, Fields(f"heat at {time:.6g} s", mesh, temperature=_copy(field))) for time, field in heat.snapshots
        ]
        self._heat = HeatResult(
            heat.numbers, metrics, Fields("heat", mesh, temperature=_copy(heat.solution.temperature)), tuple(over_time)
        )

    def current(self, current: CurrentResult) -> None:
        """Copy potential and temperature."""
        fields = Fields(
            "current",
            current.stack_mesh,
            temperature=_copy(current.temperature),
            potential=current.potential.copy(),
            cells=current.cells,
        )
        self._current = CurrentFields(current.numbers, plain(current.summary), fields)

    def step(self, result: StepNumbers, outcome: StepOutcome | None) -> None:  # noqa: ARG002
        """Copy displacement, temperature and stress."""
        if outcome is None:
            return
        self._steps[outcome.index] = Fields(
            outcome.step.name,
            outcome.stack_mesh,
            outcome.displacement.copy(),
            _copy(outcome.temperature),
            _of_corners(outcome.stack_mesh, outcome.sigma),
            cells=outcome.cells,
        )

    def summary(self, found: Summary) -> None:
        """Nothing: the driver returns the last one."""

    def result(self, loaded: LoadedCase, found: Summary, directory: Path | None) -> Result:
        """Everything, once the driver has returned.

        Args:
            loaded: the case.
            found: what the driver returned.
            directory: the results folder, if one was written.
        """
        summary: dict[str, Any] = plain(found.entry())
        entries = zip(found.steps, summary["steps"], strict=True)
        steps = [Step(step.name, step, one, self._steps.get(index)) for index, (step, one) in enumerate(entries)]
        warnings = tuple(found.warnings)
        return Result(loaded, tuple(steps), self._heat, self._current, warnings, found, summary, directory)


def _copy(field: fem.Function | float) -> fem.Function | float:
    return field.copy() if isinstance(field, fem.Function) else field


def _of_corners(stack_mesh: StackMesh, values: Array) -> fem.Function:
    """A discontinuous field of six components from values (local cells, 8, 6) at the corners."""
    space = fem.functionspace(stack_mesh.mesh, ("DG", 1, (values.shape[2],)))
    result = fem.Function(space, name="stress")
    result.x.array.reshape(-1, values.shape[2])[space.dofmap.list[: len(values)]] = values
    result.x.scatter_forward()
    return result


def _at_corners(field: fem.Function) -> Array:
    """The values back: (local cells, 8, 6)."""
    space = field.function_space
    return np.asarray(field.x.array.reshape(-1, space.dofmap.index_map_bs)[space.dofmap.list])
