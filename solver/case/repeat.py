"""`repeat: {steps: [...], times: 3}` among the steps of a process: the same steps again and again, as cycles are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from solver.case.process import MOST_TOLERANCE, Step
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.section import Section, WholeNumber

_PLACE: Loc = ("process", "steps")
_MOST = 1000
FEWEST = 3  # rounds that tell whether they settle
_TOLERANCE = 0.01


class Repeat(Section):
    """Steps that are gone through several times, one round after the other."""

    steps: list[Step] = Field(min_length=1, description="of one round; in round 2 `hot` is called `hot 2`")
    times: Annotated[int, Field(ge=1, le=_MOST)] = Field(description="how many rounds; with `until` at most")
    until: Literal["settled"] | None = Field(
        None, description="`settled`: end with the first round that does what the one before did, within the tolerance"
    )
    tolerance: Annotated[float, Field(gt=0.0, le=MOST_TOLERANCE)] = Field(
        _TOLERANCE,
        description="of `until`: change of inelastic work and strain per round, from the round before and still to "
        "come, as a part of it, of any layer or region",
    )
    jump: WholeNumber | None = Field(
        None,
        description="of `until`: rounds that may be left out at a time, at most; what points remember goes on as in "
        "the last round, as long as the error is estimated to be within the tolerance",
    )


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
    settles = _settling(found, inner, text)
    marked = [(_settles(part, settles), place) for part, place in once]
    return [(_named(part, number), place) for number in range(1, times + 1) for part, place in marked]


def _settling(found: dict[str, Any], loc: Loc, text: Source) -> dict[str, Any] | None:
    """What the steps of rounds say that end once they have settled; None of others."""
    if found.get("until") is None:
        for key in ("tolerance", "jump"):
            if key in found:
                raise text.error((*loc, key), "is that of `until: settled`, which is not there")
        return None
    if found["until"] != "settled":
        raise text.error((*loc, "until"), "must be 'settled'")
    if len(loc) > len(_PLACE) + 2:
        raise text.error((*loc, "until"), "rounds inside of others do not settle; it goes with the outermost `repeat`")
    if found["times"] < FEWEST:
        raise text.error((*loc, "times"), f"fewer than {FEWEST} rounds do not tell whether they settle")
    tolerance = found.get("tolerance", _TOLERANCE)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 < tolerance <= MOST_TOLERANCE:
        raise text.error((*loc, "tolerance"), f"must be a number from 0 to {MOST_TOLERANCE}, such as {_TOLERANCE}")
    jump = found.get("jump")
    if jump is not None and (isinstance(jump, bool) or not isinstance(jump, int) or not 1 <= jump <= _MOST):
        raise text.error((*loc, "jump"), f"must be a whole number of rounds, from 1 to {_MOST}")
    return {"loop": int(loc[len(_PLACE)]) + 1, "tolerance": float(tolerance), "jump": jump}


def _settles(step: Any, settles: dict[str, Any] | None) -> Any:
    """A step of a round with what it says of the end of the rounds."""
    return {**step, "settles": settles} if settles is not None and isinstance(step, dict) else step


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
