"""`repeat: {steps: [...], times: 3}` among the steps of a process: the same steps again and again, as cycles are."""

from typing import Annotated, Any

from pydantic import Field

from solver.case.process import Step
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.section import Section, nearest

_PLACE: Loc = ("process", "steps")
_MOST = 1000


class Repeat(Section):
    """Steps that are gone through several times, one round after the other."""

    steps: list[Step] = Field(min_length=1, description="of one round; in round 2 `hot` is called `hot 2`")
    times: Annotated[int, Field(ge=1, le=_MOST)] = Field(description="how many rounds")


class RepeatedSteps(Section):
    """An entry of `process: steps` that stands for several."""

    repeat: Repeat


def expand(text: Source) -> None:
    """Write out the repeated steps of a case, with their lines; what is no such entry is left to the models.

    Args:
        text: of the case; changed in place.

    Raises:
        CaseError: no steps, or a number of times that is none.
    """
    steps = text.value(_PLACE)
    if not isinstance(steps, list) or not any(_is_repeat(one) for one in steps):
        return
    found: list[tuple[Any, Loc]] = []
    for index, step in enumerate(steps):
        rounds = _written_out(step, (*_PLACE, index), text)
        before = max((_cycle(one) for one, _ in found), default=0)
        found += [(_later(one, before), place) for one, place in rounds] if _is_repeat(step) else rounds
    process = {**text.data["process"], "steps": [step for step, _ in found]}
    text.data = {**text.data, "process": process}
    for known in (text.lines, text.overrides):
        _move(known, [loc for _, loc in found])


def _is_repeat(step: Any) -> bool:
    return isinstance(step, dict) and "repeat" in step


def _written_out(step: Any, loc: Loc, text: Source) -> list[tuple[Any, Loc]]:
    """Steps, each with the place it stands at."""
    if not _is_repeat(step):
        return [(step, loc)]
    inner = (*loc, "repeat")
    for key in step:
        if key != "repeat":
            raise text.error((*loc, key), "beside `repeat` there is no other key; its steps say what happens")
    found = step["repeat"]
    if not isinstance(found, dict):
        raise text.error(inner, "expected keys and values, as in {steps: [...], times: 3}")
    for key in found:
        if key not in Repeat.model_fields:
            raise text.error((*inner, key), f"no key of `repeat`; {nearest(str(key), list(Repeat.model_fields))}")
    steps, times = found.get("steps"), found.get("times")
    if not isinstance(steps, list) or not steps:
        raise text.error((*inner, "steps") if "steps" in found else inner, "needs `steps`, a list of them")
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST:
        raise text.error((*inner, "times") if "times" in found else inner, f"needs `times`, from 1 to {_MOST}")
    _unnumbered(steps, (*inner, "steps"), text)
    once = [one for k, part in enumerate(steps) for one in _written_out(part, (*inner, "steps", k), text)]
    if len(once) * times > _MOST:
        raise text.error(inner, f"{len(once) * times} steps; at most {_MOST}")
    return [(_named(part, number), place) for number in range(1, times + 1) for part, place in once]


def _unnumbered(steps: list[Any], loc: Loc, text: Source) -> None:
    for index, step in enumerate(steps):
        if isinstance(step, dict) and "cycle" in step:
            raise text.error((*loc, index, "cycle"), "rounds number their cycles themselves; leave it out")


def _named(step: Any, number: int) -> Any:
    """A step by the name it has in a round, with the number of its cycle: that of the outermost round."""
    if not isinstance(step, dict) or not isinstance(step.get("name"), str):
        return step  # the models say what is wrong
    return {**step, "name": f"{step['name']} {number}", "cycle": number}


def _later(step: Any, cycles: int) -> Any:
    """A step that comes some cycles later."""
    return {**step, "cycle": _cycle(step) + cycles} if _cycle(step) else step


def _cycle(step: Any) -> int:
    """Number of the cycle a step says it is of, 0 for none."""
    number = step.get("cycle") if isinstance(step, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _move(known: dict[Loc, Any], places: list[Loc]) -> None:
    """Give the written steps what was known of the places they stand at."""
    old = {loc: value for loc, value in known.items() if loc[:2] == _PLACE and len(loc) > 2}
    for loc in old:
        del known[loc]
    for index, place in enumerate(places):
        for loc, value in old.items():
            if loc[: len(place)] == place:
                known[(*_PLACE, index, *loc[len(place) :])] = value
