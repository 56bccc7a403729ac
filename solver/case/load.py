"""Case file -> validated `Case`. Every error is one line with file, line, key, value and rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from solver.case import override, rules, source
from solver.case.models import Case
from solver.case.stack import StackUp, stack_up
from solver.errors import CaseError

_PLAIN = {
    "missing": "this key is required",
    "list_type": "expected a list",
    "union_tag_invalid": "must be one of: via, bump, pillar, trace",
    "too_short": "the list is too short",
    "string_type": "expected text",
    "bool_type": "expected true or false",
}


@dataclass(frozen=True)
class LoadedCase:
    """A valid case with what was derived from it.

    Attributes:
        directory: the case directory.
        case: the validated model.
        stack: the stack-up in SI.
        source: the file, for later messages.
    """

    directory: Path
    case: Case
    stack: StackUp
    source: source.Source


def load(path: Path, overrides: Sequence[str] = ()) -> LoadedCase:
    """Read and check a case.

    Args:
        path: a case directory, or the YAML file itself.
        overrides: `PATH=VALUE` texts of `--set`.

    Raises:
        CaseError: anything wrong with it; one line per mistake.
    """
    file = path / "case.yaml" if path.is_dir() else path
    text = source.read(file)
    for assignment in overrides:
        override.apply(text, assignment)
    try:
        case = Case.model_validate(text.data)
    except ValidationError as error:
        raise CaseError("\n".join(_lines(text, error))) from None
    rules.check(case, text)
    stack = stack_up(case, file.parent)
    rules.check_stack(case, stack, text)
    return LoadedCase(file.parent, case, stack, text)


def _lines(text: source.Source, error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors():
        loc = text.existing(tuple(item["loc"]), item["type"] == "missing")
        key = item.get("ctx", {}).get("key")
        if key is not None:
            loc = (*loc, key)
        message = _PLAIN.get(item["type"], item["msg"])
        message = message.replace("Input should be", "must be")
        lines.append(str(text.error(loc, message[0].lower() + message[1:])))
    return list(dict.fromkeys(lines))
