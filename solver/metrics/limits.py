"""Largest warpage of a package while its solder is soft, and whether it is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.case.report import WarpageLimit
from solver.metrics.step_result import LaminateShape, LaminateStepResult, StepNumbers, StepResult
from solver.metrics.warpage import Warpage
from solver.stackup.stack import StackUp
from solver.stackup.zone import centres, pitch, terminals
from solver.units import to_celsius

JEITA = "JEITA ED-7306"
# pitch of the terminals (mm): permissible warpage (mm), convex or concave; the last holds for larger pitches too
PERMISSIBLE = {0.40: 0.10, 0.50: 0.11, 0.65: 0.14, 0.80: 0.17, 1.00: 0.22, 1.27: 0.25}
HOT = 490.15  # K: solidus of SAC305 (J-STD-020)
_ROUNDING = 1e-6  # mm


def permissible(metres: float) -> float | None:
    """Permissible warpage (m) of a pitch (m): that of the next smaller pitch of the table; None below all."""
    below = [limit for one, limit in PERMISSIBLE.items() if one <= 1e3 * metres + _ROUNDING]
    return 1e-3 * below[-1] if below else None


@dataclass(frozen=True)
class ShapeAt:
    """Warpage at a temperature; `signed_warpage_um` is None where it has no sign."""

    temperature_degc: float
    warpage_um: float
    signed_warpage_um: float | None

    @property
    def signed_or_size(self) -> float:
        """Signed warpage (um), or its size where it has no sign."""
        return self.warpage_um if self.signed_warpage_um is None else self.signed_warpage_um


@dataclass(frozen=True)
class WarpedStep:
    """What a step says of the warpage of a package.

    Attributes:
        name: of the step.
        layers: that are there.
        singulated: True for the package alone.
        shapes: at the temperatures of its curve, and at its own; not those in a temperature field.
    """

    name: str
    layers: tuple[str, ...]
    singulated: bool
    shapes: tuple[ShapeAt, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether a limit is kept.

    Attributes:
        standard: whose limit it is.
        pitch_mm: of the terminals it goes by, or None.
        convex_um, concave_um: largest warpage allowed.
        hot_from_degc: temperature from which warpage counts.
        worst_um: the warpage that takes most of its limit, signed where it has a sign; None where nothing is hot.
        worst_temperature_degc, worst_step: where that is.
        passed: None where nothing is hot.
    """

    standard: str
    pitch_mm: float | None
    convex_um: float
    concave_um: float
    hot_from_degc: float
    worst_um: float | None
    worst_temperature_degc: float | None
    worst_step: str | None
    passed: bool | None


def warped(steps: Sequence[StepNumbers]) -> list[WarpedStep]:
    """What steps say of the warpage; nothing of those of a model that knows no layers and no shapes."""
    found = []
    for step in steps:
        if isinstance(step, StepResult):
            layers, cut, own = tuple(step.stress.layers), step.singulated, step.path.shape
            points = [*((one.temperature_degc, one.shape) for one in step.path.curve), (step.temperature_degc, own)]
            found.append(WarpedStep(step.name, layers, cut, _shapes(points)))
        elif isinstance(step, LaminateStepResult):
            curve = [(one.temperature_degc, one.shape) for one in step.curve]
            shapes = _shapes([*curve, (step.temperature_degc, step.shape)])
            found.append(WarpedStep(step.name, tuple(step.layers), False, shapes))
    return found


def _shapes(points: Sequence[tuple[float | None, Warpage | LaminateShape]]) -> tuple[ShapeAt, ...]:
    return tuple(ShapeAt(at, one.warpage_um, one.signed_warpage_um) for at, one in points if at is not None)


def verdicts(wanted: WarpageLimit | None, stack: StackUp, steps: Sequence[WarpedStep]) -> list[Verdict]:
    """By pitch, and as given. The package is what the last step leaves.

    Nobody who asked for none hears of one that no temperature is hot enough for.

    Args:
        wanted: of the case.
        stack: the stack-up.
        steps: of the process.
    """
    if not steps:
        return []
    hot_from = to_celsius(HOT if wanted is None or wanted.hot_from is None else wanted.hot_from)
    hot = [(name, shape) for name, shape in _of_the_package(steps) if shape.temperature_degc >= hot_from - _ROUNDING]
    if wanted is None and not hot:
        return []
    return [
        _judged(standard, None if spacing is None else 1e3 * spacing, 1e6 * convex, 1e6 * concave, hot_from, hot)
        for standard, spacing, convex, concave in _limits(wanted, stack)
    ]


def lines(found: Sequence[Verdict]) -> Iterator[str]:
    """A line of the log for each verdict."""
    for one in found:
        if one.passed is None:
            yield f"{one.standard}: no step or `warpage_at` is as hot as {one.hot_from_degc:.4g} degC"
            continue
        verdict = "met" if one.passed else "exceeded"
        where = f"{one.worst_um:.4g} um at {one.worst_temperature_degc:.4g} degC"
        yield f"{one.standard}: {verdict}, {where} of {one.convex_um:.4g} convex, {one.concave_um:.4g} concave"


def _limits(wanted: WarpageLimit | None, stack: StackUp) -> Iterator[tuple[str, float | None, float, float]]:
    """Name, pitch (m), largest convex and concave warpage (m)."""
    package = stack if stack.package is None else stack.singulated()
    layer = terminals(package)
    spacing = None if wanted is None else wanted.pitch
    if spacing is None and layer is not None:
        spacing = pitch(centres(package, layer.name))
    limit = None if spacing is None else permissible(spacing)
    if spacing is not None and limit is not None:
        yield f"{JEITA}, pitch {1e3 * spacing:.3g} mm", spacing, limit, limit
    if wanted is not None and wanted.convex is not None and wanted.concave is not None:
        yield "limit of the case", None, wanted.convex, wanted.concave


def _of_the_package(steps: Sequence[WarpedStep]) -> Iterator[tuple[str, ShapeAt]]:
    """Shapes of the steps that have the layers of the last one."""
    last = steps[-1]
    for step in steps:
        if (step.layers, step.singulated) == (last.layers, last.singulated):
            for shape in step.shapes:
                yield step.name, shape


def _judged(
    standard: str,
    pitch_mm: float | None,
    convex: float,
    concave: float,
    hot_from: float,
    hot: Sequence[tuple[str, ShapeAt]],
) -> Verdict:
    """By the shape that takes the largest part of its limit (um); one without a sign keeps the smaller limit."""

    def part(shape: ShapeAt) -> float:
        signed = shape.signed_warpage_um
        limit = min(convex, concave) if signed is None else convex if signed > 0 else concave
        return abs(shape.signed_or_size) / limit

    limit = standard, pitch_mm, convex, concave, hot_from
    if not hot:
        return Verdict(*limit, None, None, None, None)
    name, worst = max(hot, key=lambda one: part(one[1]))
    return Verdict(*limit, worst.signed_or_size, worst.temperature_degc, name, part(worst) <= 1.0)
