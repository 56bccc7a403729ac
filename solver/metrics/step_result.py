"""What a step of the process gives, as values; the entry of `steps` in summary.json follows from them.

Fields are keys of the summary and carry their unit; `INLINE` ones give their own fields in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from solver.case import process
from solver.metrics.contact import ContactSummary
from solver.metrics.evaluated_surface import EvaluatedSurface
from solver.metrics.remembered import BlockMean, Remembered
from solver.metrics.strength import Borne, Used
from solver.metrics.stress import StackStress
from solver.metrics.warpage import Warpage
from solver.output.from_entry import from_entry
from solver.output.summary import IF_ANY, INLINE, entry
from solver.physics.solid.laminate import Slenderness
from solver.physics.solid.solid import Balance

Deflection = Literal["small", "large"]


@dataclass(frozen=True)
class Comparison:
    """What laminate theory says of a step; layers with regions are made uniform, supports and weight left out.

    Attributes:
        warpage_um: dome of uniform curvature over the outline.
        signed_warpage_um: the same, negative if concave.
        curvature_x_per_m, curvature_y_per_m: positive if convex.
        slenderness: range of validity of small deflection.
        bifurcation_kelvin: temperature at which the symmetric shape loses stability, None if it does not on the way.
    """

    warpage_um: float
    signed_warpage_um: float
    curvature_x_per_m: float
    curvature_y_per_m: float
    slenderness: Slenderness
    bifurcation_kelvin: float | None


@dataclass(frozen=True)
class CurvePoint:
    """The shape at a temperature.

    Attributes:
        temperature_degc: None in a temperature field.
        shape: of the evaluated surface.
        branch: as of `solver.metrics.branch`; None at small deflection, which knows one only.
        stable: False if the shape is an unstable equilibrium; None at small deflection.
        time_s: since the process began, in steps that say how long they take; None of elastic materials and of looks
            aside.
        remembered: of all materials with a memory.
        block_means: stress and strain of each block with one.
        path: how it was found at large deflection, as of `solver.process.equilibrium_path.PathPoint`.
    """

    temperature_degc: float | None
    shape: Warpage = field(metadata=INLINE)
    branch: str | None = field(default=None, metadata=IF_ANY)
    stable: bool | None = field(default=None, metadata=IF_ANY)
    time_s: float | None = field(default=None, metadata=IF_ANY)
    remembered: Remembered = field(default=Remembered(), metadata=INLINE)
    block_means: dict[str, BlockMean] | None = field(default=None, metadata=IF_ANY)
    path: str | None = field(default=None, metadata=IF_ANY)

    @staticmethod
    def read(known: Mapping[str, Any]) -> "CurvePoint":
        """The value back from its entry in summary.json or a checkpoint."""
        return from_entry(CurvePoint, known)


@dataclass(frozen=True)
class Moment:
    """The stack at a time of a transient.

    Attributes:
        thermal_time_s: of the temperature field.
        min_temperature_degc, max_temperature_degc: of the field.
        shape: of the evaluated surface.
        stress: of layers and blocks.
    """

    thermal_time_s: float
    min_temperature_degc: float
    max_temperature_degc: float
    shape: Warpage = field(metadata=INLINE)
    stress: StackStress = field(metadata=INLINE)

    @staticmethod
    def read(known: Mapping[str, Any]) -> "Moment":
        """The value back from its entry in summary.json or a checkpoint."""
        return from_entry(Moment, known)


def shape_read(known: Mapping[str, Any]) -> Warpage:
    """The shape from an entry that has its fields among others."""
    return from_entry(Warpage, known)


@dataclass(frozen=True)
class LargeDeflectionRecord:
    """What a step at large deflection took.

    Attributes:
        small_deflection: the shape small deflection would give.
        increments: equilibria that were found.
        newton_iterations, linear_iterations: in all of them.
        of_several_shapes: which one is taken where several are stable.
        nested: equilibria that were found in the shape of a plate that went ahead; None without a plate.
    """

    small_deflection: Warpage
    increments: int
    newton_iterations: int
    linear_iterations: int
    of_several_shapes: str
    nested: int | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class ErrorEstimate:
    """What displacements of degree 3 in the same cells change about the shape of a plate.

    Attributes:
        warpage_um: more of it.
        warpage_part: size of that, as a part of the warpage.
        curvature_x_per_m, curvature_y_per_m: more of it.
    """

    warpage_um: float
    warpage_part: float
    curvature_x_per_m: float
    curvature_y_per_m: float


@dataclass(frozen=True)
class PathResult:
    """The shape at the end of a step, and those on the way.

    Attributes:
        shape: at the end.
        branch: as of `solver.metrics.branch`.
        stable: False if it is an unstable equilibrium; None at small deflection.
        bifurcation_temperature_degc: where the shape on the way loses its stability.
        curve: the way, temperatures that are reported included.
        over_time: moments of a transient that were passed, and the end.
        large: None at small deflection.
    """

    shape: Warpage = field(metadata=INLINE)
    branch: str
    stable: bool | None
    bifurcation_temperature_degc: float | None
    curve: tuple[CurvePoint, ...]
    over_time: tuple[Moment, ...]
    large: LargeDeflectionRecord | None = field(metadata=INLINE | IF_ANY)


@dataclass(frozen=True)
class Birth:
    """Layers that were built together.

    Attributes:
        parts: that were built.
        rule: as the case has it.
        stress_free_temperature_degc: of the first of them.
        on_warpage_um: signed warpage of what they were built on, None where nothing was there.
        on_scale_x_ppm, on_scale_y_ppm: its elongation.
    """

    parts: tuple[str, ...]
    rule: process.Birth
    stress_free_temperature_degc: float
    on_warpage_um: float | None
    on_scale_x_ppm: float | None
    on_scale_y_ppm: float | None


@dataclass(frozen=True)
class JudgedAnswer:
    """The answer of small deflection that errs most.

    Attributes:
        temperature_degc, time_s: where it is; None in a field, and outside a transient.
        overestimate: of the warpage, as a part of it.
        heights_change: most that heights change, as a part of the warpage.
        buckling_load_ratio: membrane stress over what buckles the stack.
    """

    temperature_degc: float | None
    time_s: float | None
    overestimate: float
    heights_change: float
    buckling_load_ratio: float


@dataclass(frozen=True)
class DecisionRecord:
    """Why a step is solved at small or large deflection: in words, and the numbers if there was a choice.

    Attributes:
        why: in words.
        judged: the numbers.
        no_equilibrium: what large deflection said where it found none, in this step or one before.
    """

    why: str
    judged: JudgedAnswer | None = field(metadata=INLINE | IF_ANY)
    no_equilibrium: str | None = field(default=None, metadata=IF_ANY)


class StepNumbers(Protocol):
    """What every model gives of a step: `StepResult` of solids, `LaminateStepResult` of laminates."""

    @property
    def name(self) -> str:
        """Name of the step, as the case has it."""

    @property
    def temperature_degc(self) -> float | None:
        """Of it, None in a temperature field."""

    def summary(self) -> dict[str, Any]:
        """Its entry in summary.json; keys carry their unit."""


@dataclass(frozen=True)
class StepResult:
    """A step of a case of 3-D solids.

    Attributes:
        name: of the step.
        temperature_degc: of it, None in a temperature field.
        time_s: since the process began, None if not known.
        thermal_time_s: of the temperature field, None if it has none.
        deflection: as it is solved.
        decision: why.
        singulated: True for the package alone.
        evaluated: surface of the shape.
        path: the shape, and those on the way.
        births: what was built.
        stress: of layers and blocks.
        balance: of forces and energy.
        contact: with a plane under the stack, None if there is none.
        laminate: what laminate theory says, None in a temperature field.
        readings: name -> entry, as of `solver.metrics.readings`.
        peak_memory_gb: of all ranks so far.
        error_estimate: of the cells of a plate, where it is asked for.
    """

    name: str
    temperature_degc: float | None
    time_s: float | None
    thermal_time_s: float | None
    deflection: Deflection
    decision: DecisionRecord
    singulated: bool
    evaluated: EvaluatedSurface = field(metadata=INLINE)
    path: PathResult = field(metadata=INLINE)
    births: tuple[Birth, ...]
    stress: StackStress = field(metadata=INLINE)
    balance: Balance
    contact: ContactSummary | None
    laminate: Comparison | None
    readings: Mapping[str, Any] = field(metadata=INLINE)
    peak_memory_gb: float
    error_estimate: ErrorEstimate | None = field(default=None, metadata=IF_ANY)

    @staticmethod
    def read(known: Mapping[str, Any]) -> "StepResult":
        """The value back from its entry in summary.json or a checkpoint."""
        return from_entry(StepResult, known)

    def summary(self) -> dict[str, Any]:
        """Its entry in summary.json."""
        found: dict[str, Any] = entry(self)
        return found


@dataclass(frozen=True)
class LaminateShape:
    """Shape of a laminate: fields of `Warpage` that uniform curvature has."""

    warpage_um: float
    signed_warpage_um: float | None
    sign_jedec: int | None
    shape: str
    shape_confidence: float
    curvature_x_per_m: float
    curvature_y_per_m: float
    twist_per_m: float


@dataclass(frozen=True)
class LaminatePoint:
    """The shape of a laminate at a temperature; attributes as of `CurvePoint`."""

    temperature_degc: float
    shape: LaminateShape = field(metadata=INLINE)
    time_s: float | None = field(default=None, metadata=IF_ANY)
    remembered: Remembered = field(default=Remembered(), metadata=INLINE)
    block_means: dict[str, BlockMean] | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class PlyStress:
    """Stress xx, yy, xy at the faces of a layer (MPa), the extremes of both, and what it remembers."""

    bottom_mpa: tuple[float, ...]
    top_mpa: tuple[float, ...]
    max_von_mises_mpa: float
    max_principal_mpa: float
    min_principal_mpa: float
    remembered: Remembered = field(default=Remembered(), metadata=INLINE)


@dataclass(frozen=True)
class PlyBlock:
    """Stress of a layer beside what its material bears."""

    stress: PlyStress = field(metadata=INLINE)
    bears: Borne = field(metadata=INLINE)

    @property
    def used(self) -> Used:
        """What of it a material may not bear."""
        return Used(self.stress.max_principal_mpa, self.stress.max_von_mises_mpa, self.bears)


@dataclass(frozen=True)
class LaminateStepResult:
    """A step of a case that is a laminate; attributes as of `StepResult` and `PathResult`.

    Attributes:
        stress_along_axes_mpa: layer whose material lies turned -> 11, 22, 12 -> lowest and highest.
        time_s: since the process began; None if that is not known, and of elastic laminates.
    """

    name: str
    temperature_degc: float
    shape: LaminateShape = field(metadata=INLINE)
    branch: str
    bifurcation_temperature_degc: float | None
    curve: tuple[LaminatePoint, ...]
    layers: dict[str, PlyStress]
    blocks: dict[str, PlyBlock]
    laminate: Comparison
    stress_along_axes_mpa: Mapping[str, Any] | None = field(default=None, metadata=IF_ANY)
    time_s: float | None = field(default=None, metadata=IF_ANY)

    def summary(self) -> dict[str, Any]:
        """Its entry in summary.json."""
        found: dict[str, Any] = entry(self)
        return found
