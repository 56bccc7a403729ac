"""What is built in a step, and the lines of the log that tell how a step went."""

from collections.abc import Iterator, Sequence

from solver.linalg.krylov import SolveRecord
from solver.metrics import plausibility
from solver.metrics.joint_life import in_words as in_words_of_life
from solver.metrics.reading_back_stress import in_words as in_words_of_lines
from solver.metrics.reading_cohesive import in_words as in_words_of_interface
from solver.metrics.reading_copper_life import in_words as in_words_of_copper
from solver.metrics.reading_crack import in_words as in_words_of_cracks
from solver.metrics.reading_hybrid_bonds import in_words as in_words_of_pads
from solver.metrics.reading_keep_out import in_words as in_words_of_zones
from solver.metrics.reading_singularity import in_words as in_words_of_edges
from solver.metrics.reading_submodel import in_words as in_words_of_places
from solver.metrics.sign import SignedShape, in_words, signed_or_size
from solver.metrics.step_result import Birth, StepResult
from solver.metrics.stress import LayerStress
from solver.metrics.via_landing import in_words as in_words_of_vias
from solver.metrics.warpage import Warpage
from solver.output.in_time import HELD
from solver.process.plan import PlannedStep
from solver.units import to_celsius


def births(step: PlannedStep, shapes: Sequence[Warpage]) -> tuple[Birth, ...]:
    """What was built, how, and on what.

    Args:
        step: as planned.
        shapes: at the end of each of its stages.
    """
    found = []
    for number, stage in enumerate(step.stages):
        if not stage.born:
            continue
        under = shapes[number - 1] if number else None
        found.append(
            Birth(
                parts=tuple(part for part in stage.parts if part in stage.born),
                rule=stage.birth,
                stress_free_temperature_degc=to_celsius(stage.references[next(iter(stage.born))]),
                on_warpage_um=None if under is None else signed_or_size(under),
                on_scale_x_ppm=None if under is None else under.in_plane.scale_x_ppm,
                on_scale_y_ppm=None if under is None else under.in_plane.scale_y_ppm,
            )
        )
    return tuple(found)


def lines(result: StepResult, record: SolveRecord, surface: str) -> Iterator[str]:
    """How a step went: solver, deflection, warpage, births, and the surface where it is not the one that is wanted.

    Where something has a memory, also what elastic materials would give, and what layers and regions remember.

    Args:
        result: of the step.
        record: of the linear solve at small deflection.
        surface: as the case names it.
    """
    solved, large = f"{record.unknowns} unknowns, {record.iterations} iterations", result.path.large
    if large is not None:
        solved = f"{result.path.branch}; small deflection would give {in_words(large.small_deflection)}"
    yield f"solver: {record.name}, because {record.why}"
    yield f"{result.deflection} deflection: {result.decision.why}"
    yield f"warpage {in_words(result.path.shape)}, {solved}"
    if result.laminate is not None and _remembers(result):
        elastic = in_words(SignedShape(result.laminate.warpage_um, result.laminate.signed_warpage_um))
        held = result.contact is not None and result.contact.contact_fraction > HELD
        where = "held flat; free, elastic materials" if held else "elastic materials"
        yield f"{where} would give {elastic}: laminate theory, linear, with instantaneous moduli"
    for name, block in reversed(result.stress.blocks.items()):
        if words := ", ".join(_remembered(block)):
            yield f"{name}: {words}"
    yield from in_words_of_life(result.readings.get("life"))
    yield from in_words_of_copper(result.readings.get("copper_life"))
    yield from in_words_of_cracks(result.readings.get("delaminations") or {})
    yield from in_words_of_interface(result.readings.get("cohesive"))
    yield from in_words_of_edges(result.readings.get("singularities") or {})
    yield from in_words_of_pads(result.readings.get("hybrid_bonds"))
    yield from in_words_of_zones(result.readings.get("keep_out"))
    yield from in_words_of_vias(result.readings.get("via_landing"))
    yield from in_words_of_lines(result.readings.get("electromigration"))
    yield from in_words_of_places(result.readings.get("submodels"))
    for birth in result.births:
        yield plausibility.birth_in_words(birth)
    yield from surface_notes(result, surface)


def surface_notes(result: StepResult, wanted: str) -> Iterator[str]:
    """What was looked at instead of what a case asks for."""
    if result.evaluated.surface != wanted:
        yield f"{wanted} is not there; warpage is of {result.evaluated.words}"
    if result.path.shape.landmarks_instead:
        yield result.path.shape.landmarks_instead


def _remembers(result: StepResult) -> bool:
    """True if something has a memory, and it is known how long the step took."""
    curve = result.path.curve
    timed = result.time_s is not None or any(point.time_s is not None for point in curve)
    return timed and any(point.block_means for point in curve)


def _remembered(block: LayerStress) -> Iterator[str]:
    """What a layer or region remembers, in words."""
    if block.degree_of_cure_mean is not None:
        yield f"degree of cure {block.degree_of_cure_mean:.3f}"
    if block.glass_transition_degc is not None:
        yield f"Tg {block.glass_transition_degc:.4g} degC"
    mean, most = block.equivalent_inelastic_strain_mean, block.equivalent_inelastic_strain_max
    if mean is not None and most is not None:
        yield f"inelastic strain {100.0 * mean:.3g} % (at most {100.0 * most:.3g} %)"
    step, since = block.inelastic_work_step_mpa, block.inelastic_work_mean_mpa
    if step is not None and since is not None:
        yield f"work {step:.3g} MJ/m3 in this step, {since:.3g} since birth"
