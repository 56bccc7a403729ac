"""What `planish mesh` writes into a deck besides the mesh: the last step of the process at a uniform temperature."""

from collections.abc import Callable, Sequence

from meshes.calculix import Deck
from meshes.extrude import Block
from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.materials import library
from solver.materials.material import Material
from solver.process.by_increments import goes_by_increments
from solver.process.plan import PlannedStep, plan


def step_of(loaded: LoadedCase) -> PlannedStep | None:
    """The step a deck has; None if the case has none of one temperature and of the whole stack."""
    if loaded.case.process is None:
        return None
    steps = plan(loaded.case.process, loaded.stack.layers)
    return next((one for one in reversed(steps) if one.temperature is not None and not one.end.cut_out), None)


def deck(loaded: LoadedCase, step: PlannedStep) -> Callable[[Sequence[Block]], Deck]:
    """The deck of a step, from the blocks there are then."""
    process, end = loaded.case.process, step.temperature
    assert process is not None and end is not None

    def material(block: Block) -> Material:
        plain = library.resolve(block.material, loaded.case.materials)
        if plain.inelastic is not None:
            words = f"a deck is elastic and would leave out {' and '.join(plain.inelastic.sections)}"
            raise CaseError(f"material '{plain.name}': {words}; take an entry without, or take it away: `null`")
        if goes_by_increments(plain):
            raise CaseError(f"material '{plain.name}': form: a deck has stiffness times strain, `total`")
        return plain.with_stress(loaded.stack.layer(block.layer).origin_of(block.name).stress)

    def made(blocks: Sequence[Block]) -> Deck:
        references = [step.end.references[block.name] for block in blocks]
        starts = [process.stress_free_temperature, *references]
        start = next((one for one in starts if one is not None and one != end), end)
        title = f"{loaded.case.title}: {step.name}".encode("ascii", "replace").decode().replace("\n", " ")
        return Deck(title, [material(one) for one in blocks], references, start, end, loaded.stack.mirrors)

    return made
