"""Steps that materials with a memory go through have to say how long they take."""

from collections.abc import Iterator

from solver.case.loaded import LoadedCase
from solver.materials import library
from solver.materials.material import Material
from solver.process.by_increments import goes_by_increments
from solver.process.plan import PlannedStep, plan


def check(loaded: LoadedCase) -> None:
    """Every step that a law with a memory goes through has a duration or a rate, or a time of a transient.

    Raises:
        CaseError: names material and step.
    """
    if loaded.case.process is None:
        return
    thermal, sections = loaded.case.thermal, _remembered(loaded)
    if thermal is not None and thermal.coupled and sections:
        rule = "resistances that follow the mechanics take elastic materials; a material of the stack remembers"
        raise loaded.source.error(("thermal", "coupling"), f"{rule} ({sections[0]})")
    timed = loaded.case.analysis.transient is not None
    for index, step in enumerate(plan(loaded.case.process, loaded.stack.layers)):
        for part, material in _on_the_way(loaded, step):
            if material.inelastic is not None and step.lasts is None and not (timed and step.temperature is None):
                words = ", ".join(material.inelastic.sections)
                rule = f"give a `duration` or a `rate`: '{part}' is of '{material.name}', which remembers ({words})"
                raise loaded.source.error(("process", "steps", index), rule)


def takes_time(loaded: LoadedCase, step: PlannedStep) -> bool:
    """True of a step in which something remembers, which goes in increments of time."""
    return bool(step.lasts) and any(
        one.inelastic is not None or goes_by_increments(one) for _, one in _on_the_way(loaded, step)
    )


def _remembered(loaded: LoadedCase) -> list[str]:
    """Materials of the stack that remember, by name."""
    layers = loaded.stack.layers
    choices = [layer.material for layer in layers]
    choices += [region.material for layer in layers for region in layer.regions]
    found = [library.resolve(choice, loaded.case.materials) for choice in choices if choice is not None]
    return [one.name for one in found if one.inelastic is not None or goes_by_increments(one)]


def _on_the_way(loaded: LoadedCase, step: PlannedStep) -> Iterator[tuple[str, Material]]:
    """Parts that are there when a step begins, with their materials."""
    first = step.stages[0]
    for layer in loaded.stack.layers:
        of = {layer.name: layer.material} | {f"{layer.name}/{one.name}": one.material for one in layer.regions}
        for part in layer.blocks:
            choice = of[part]
            if part in first.parts and part not in first.born and choice is not None:
                yield part, library.resolve(choice, loaded.case.materials)
