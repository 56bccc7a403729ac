"""What the `life` section must satisfy: joints that are there and creep or yield, and cycles that they go through."""

from solver.case.life import Joints
from solver.case.models import Case
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.life.fatigue import ANAND, DOUBLE_POWER, SINH, alloy_of, usual
from solver.materials import library
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material

_FLOW = frozenset({"plastic", "creep", "anand"})


def check(case: Case, text: Source) -> None:
    """Rules on names, materials and cycles.

    Raises:
        CaseError: the first rule that is broken.
    """
    if case.life is None:
        return
    if case.process is None or all(step.cycle is None for step in case.process.steps):
        rule = "life is that of thermal cycles; write them as `repeat: {steps: [...], times: 3}` in `process: steps`"
        raise text.error(("life",), rule)
    for index, step in enumerate(case.process.steps):
        if step.cycle is not None and step.in_field:
            rule = "life is of cycles at uniform temperatures, and this step is in the field of `thermal`"
            raise text.error(("process", "steps", index, "temperature"), rule)
    _heated(case, text)
    for number, joints in enumerate(case.life.joints):
        _joints(case, joints, ("life", "joints", number), text)
    for number, copper in enumerate(case.life.copper):
        _flowing(case, copper.part, ("life", "copper", number), text)


def _heated(case: Case, text: Source) -> None:
    """Parts that make the cycles of the field are there, and have a heat problem."""
    assert case.life is not None
    for number, use in enumerate(case.life.mission):
        if use.heated is None:
            continue
        loc: Loc = ("life", "mission", number, "heated")
        if case.thermal is None:
            raise text.error(loc, "no power heats it; give the case a `thermal` section")
        if use.heated not in choices(case):
            raise text.error(loc, f"there is no such part; {nearest(use.heated, choices(case))}")
        if use.minimum is None and case.analysis.transient is None:
            raise text.error(loc, "a steady state has no coldest time; give the `minimum`, without power")


def solder_of(case: Case, part: str) -> str:
    """Family of the solder of a part of the case, from the name of its material or of that it is based on."""
    choice = choices(case)[part]
    named = choice if isinstance(choice, str) else str(getattr(choice, "base", "") or "")
    base = getattr(case.materials.get(named), "base", None)
    return alloy_of(named) or (alloy_of(base) if isinstance(base, str) else "")


def flow_of(case: Case, part: str) -> str:
    """How a part of the case flows, in the words of `solver.life.fatigue`."""
    found = library.resolve(choices(case)[part], case.materials).inelastic  # type: ignore[arg-type]  # as in `_joints`
    if found is None:
        return ""
    if found.anand is not None:
        return ANAND
    if found.creep is None:
        return "yielding alone"
    if any(term.is_sinh for term in found.creep.terms):
        return SINH
    return DOUBLE_POWER if len(found.creep.terms) > 1 else "power-law creep"


def melting_of(case: Case, part: str) -> float | None:
    """Temperature (K) at which a part of the case begins to melt, None if its material does not say."""
    material = library.resolve(choices(case)[part], case.materials)  # type: ignore[arg-type]  # as in `_joints`
    if not isinstance(material, Homogeneous) or not material.has("melting_point"):
        return None
    return float(material.curve("melting_point").value[0, 0])


def choices(case: Case) -> dict[str, object]:
    """Material of every LAYER and LAYER/REGION of a case."""
    found: dict[str, object] = {}
    for layer in case.geometry.layers:
        found[layer.name] = layer.material
        found |= {f"{layer.name}/{region.name}": region.material for region in layer.regions}
    return {part: choice for part, choice in found.items() if choice is not None}


def _joints(case: Case, joints: Joints, loc: Loc, text: Source) -> None:
    material = _flowing(case, joints.part, loc, text)
    alloy = joints.alloy or solder_of(case, joints.part)
    if (
        not joints.models
        and joints.coffin_manson is None
        and joints.darveaux is None
        and not usual(alloy, flow_of(case, joints.part))
    ):
        rule = f"no model of fatigue is known for '{material.name}'; name `models`, `alloy`, or constants of your own"
        raise text.error((*loc, "part"), rule)


def _flowing(case: Case, part: str, loc: Loc, text: Source) -> Material:
    """The material of a part, which creeps or yields."""
    there = choices(case)
    if part not in there:
        raise text.error((*loc, "part"), f"there is no such part; {nearest(part, there)}")
    material = library.resolve(there[part], case.materials)  # type: ignore[arg-type]  # a choice of the case
    if not _FLOW & set(() if material.inelastic is None else material.inelastic.sections):
        rule = f"'{material.name}' neither creeps nor yields; give it `creep`, `anand` or `plastic`"
        raise text.error((*loc, "part"), rule)
    return material
