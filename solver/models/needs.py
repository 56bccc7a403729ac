"""What a case may ask of its model: where it asks for it, and what is said of a model that does not provide it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from solver.case.displaced import Displaced
from solver.case.geometry import MaterialChoice
from solver.case.mirror import Mirror
from solver.case.models import Case
from solver.case.yaml_text import Loc
from solver.materials import library

Asked: TypeAlias = Callable[[Case], Iterator[Loc]]


@dataclass(frozen=True)
class Need:
    """Something that not every model can do.

    Attributes:
        asked: places in a case that ask for it.
        lacking: what a model is said to be without it, as in "the laminate model has no weight".
    """

    asked: Asked
    lacking: str


def _heat(case: Case) -> Iterator[Loc]:
    if case.thermal is not None:
        yield "analysis", "model"


def _current(case: Case) -> Iterator[Loc]:
    if case.electric is not None:
        yield "analysis", "model"


def _large_deflection(case: Case) -> Iterator[Loc]:
    if case.analysis.deflection == "large":
        yield "analysis", "deflection"


def _small_deflection(case: Case) -> Iterator[Loc]:
    if case.analysis.deflection == "small":
        yield "analysis", "deflection"


def _error_estimate(case: Case) -> Iterator[Loc]:
    if case.analysis.error_estimate:
        yield "analysis", "error_estimate"


def _weight(case: Case) -> Iterator[Loc]:
    if case.process is not None and case.process.gravity is not None:
        yield "process", "gravity"


def _supports(case: Case) -> Iterator[Loc]:
    for i, step in enumerate(case.process.steps if case.process else ()):
        if step.support != "free":
            yield "process", "steps", i, "support"


def _displaced(case: Case) -> Iterator[Loc]:
    for i, step in enumerate(case.process.steps if case.process else ()):
        if isinstance(step.support, Displaced):
            yield "process", "steps", i, "support", "displaced"


def _mirror(case: Case) -> Iterator[Loc]:
    for i, step in enumerate(case.process.steps if case.process else ()):
        if isinstance(step.support, Mirror):
            yield "process", "steps", i, "support", "mirror"


def _loads(case: Case) -> Iterator[Loc]:
    for i, step in enumerate(case.process.steps if case.process else ()):
        if step.loads:
            yield "process", "steps", i, "loads"


def _regions(case: Case) -> Iterator[Loc]:
    for i, layer in enumerate(case.geometry.layers):
        if layer.copper_map is not None:
            yield "geometry", "layers", i, "copper_map"
        if layer.regions:
            yield "geometry", "layers", i, "regions"


def _memory(case: Case) -> Iterator[Loc]:
    for i, layer in enumerate(case.geometry.layers):
        choices: dict[Loc, MaterialChoice | None] = {("material",): layer.material}
        choices |= {("regions", j, "material"): region.material for j, region in enumerate(layer.regions)}
        for key, choice in choices.items():
            if choice is not None and library.resolve(choice, case.materials).law != "elastic":
                yield "geometry", "layers", i, *key


def _tapers(case: Case) -> Iterator[Loc]:
    for i, layer in enumerate(case.geometry.layers):
        if layer.taper is not None:
            yield "geometry", "layers", i, "taper"


def _motion_in_plane(case: Case) -> Iterator[Loc]:
    for key in ("die_shift", "lithography", "via_landing"):
        if getattr(case.report, key):
            yield "report", key


def _places(case: Case) -> Iterator[Loc]:
    report = case.report
    for key, given in {
        "surface": report.surface not in ("top", "bottom"),
        "zone": report.zone is not None,
        "points": bool(report.points),
    }.items():
        if given:
            yield "report", key


def _cracks(case: Case) -> Iterator[Loc]:
    if case.geometry.delaminations:
        yield "geometry", "delaminations"


def _keep_out(case: Case) -> Iterator[Loc]:
    for key in ("keep_out", "hybrid_bonds", "singularities"):
        if getattr(case.report, key):
            yield "report", key


def _brittle(case: Case) -> Iterator[Loc]:
    if case.brittle:
        yield ("brittle",)


def _settling(case: Case) -> Iterator[Loc]:
    for i, step in enumerate(case.process.steps if case.process else ()):
        if step.settles is not None:
            yield "process", "steps", i


def _life(case: Case) -> Iterator[Loc]:
    if case.life is not None:
        yield ("life",)


def _submodels(case: Case) -> Iterator[Loc]:
    if case.submodels:
        yield ("submodels",)


HEAT = Need(_heat, "solves no heat")
CURRENT = Need(_current, "knows no currents")
LARGE_DEFLECTION = Need(_large_deflection, "bends stacks by small amounts")
SMALL_DEFLECTION = Need(_small_deflection, "bends stacks by any amount")
ERROR_ESTIMATE = Need(_error_estimate, "does not estimate the error of its cells")
WEIGHT = Need(_weight, "has no weight")
SUPPORTS = Need(_supports, "is free")
DISPLACED = Need(_displaced, "moves no places of a stack")
MIRROR = Need(_mirror, "knows no mirror image above a stack")
LOADS = Need(_loads, "bears no loads")
REGIONS = Need(_regions, "takes uniform layers")
MEMORY = Need(_memory, "takes materials that are elastic and remember nothing")
TAPERS = Need(_tapers, "takes layers of even thickness")
MOTION_IN_PLANE = Need(_motion_in_plane, "has no displacement in the plane")
PLACES = Need(_places, "knows the whole outline only")
LIFE = Need(_life, "has no joints")
BRITTLE = Need(_brittle, "reads no stress at surfaces")
KEEP_OUT = Need(_keep_out, "has no vias, pads or edges in three dimensions")
CRACKS = Need(_cracks, "knows no cracks")
SUBMODELS = Need(_submodels, "drives no submodels")
SETTLING = Need(_settling, "goes through all rounds, whether they have settled or not")

NEEDS = (
    HEAT,
    CURRENT,
    LARGE_DEFLECTION,
    SMALL_DEFLECTION,
    ERROR_ESTIMATE,
    WEIGHT,
    SUPPORTS,
    DISPLACED,
    MIRROR,
    LOADS,
    REGIONS,
    MEMORY,
    TAPERS,
    MOTION_IN_PLANE,
    PLACES,
    LIFE,
    BRITTLE,
    KEEP_OUT,
    CRACKS,
    SUBMODELS,
    SETTLING,
)
