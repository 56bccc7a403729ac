"""Case file -> validated `Case`. Every error is one line with file, line, key, value and rule."""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from solver.case import override, repeat, source
from solver.case.files import side_files
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.rules import everything as rules
from solver.case.rules import submodel as submodel_rules
from solver.case.yaml_text import Loc
from solver.errors import CaseError, nearest, short
from solver.models import table as models
from solver.stackup import blocks
from solver.stackup.place import case_of, cut_stack, own_stack
from solver.stackup.repeats import coarsened
from solver.stackup.stack import StackUp, stack_up

__all__ = ["LoadedCase", "load", "of_model", "of_source"]

_MAPPING = "expected keys and values, as in {key: value}"
_PLAIN = {
    "missing": "this key is required",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "union_tag_invalid": "must be one of: via, bump, pillar, trace",
    "too_short": "the list is too short",
    "too_long": "the list is too long",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing_size": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a number that is finite",
    "path_type": "expected the name of a file",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
}
_MOST = 20  # mistakes that are listed


def load(path: Path, overrides: Sequence[str] = (), directory: Path | None = None) -> LoadedCase:
    """Read and check a case.

    Args:
        path: a case directory, or the YAML file itself.
        overrides: `PATH=VALUE` texts of `--set`.
        directory: where the files it names are; that of the YAML file if absent.

    Raises:
        CaseError: anything wrong with it; one line per mistake.
    """
    return of_source(source.read(path, directory), overrides)


def of_source(text: source.Source, overrides: Sequence[str] = ()) -> LoadedCase:
    """Check what was read of a case.

    Args:
        text: its data, which overrides change.
        overrides: `PATH=VALUE` texts of `--set`.

    Raises:
        CaseError: as `load`.
    """
    for assignment in overrides:
        override.apply(text, assignment)
    repeat.expand(text)
    try:
        case = Case.model_validate(text.data)
    except ValidationError as error:
        raise CaseError(*_lines(text, error)) from None
    return of_model(case, text)


def of_model(case: Case, text: source.Source) -> LoadedCase:
    """Check what the sections of a case say together, and read the files it names.

    Args:
        case: valid in itself.
        text: what it was read from, for messages.

    Raises:
        CaseError: as `load`.
    """
    rules.check(case, text)
    models.check(case, text)
    files = side_files(case.thermal, text.directory)
    case = blocks.with_materials(case, files, text)
    stack = blocks.cut(case, coarsened(stack_up(case, text.directory), case.mesh.homogenise_below), files)
    rules.check_stack(case, stack, text)
    _check_submodels(case, stack, text)
    return LoadedCase(text.directory, case, stack, text, files)


def _check_submodels(case: Case, stack: StackUp, text: source.Source) -> None:
    """Places, and layers of their own as those of a case."""
    wholes: dict[str | None, StackUp] = {None: stack}
    for number, one in enumerate(case.submodels):
        whole = wholes[one.within]
        submodel_rules.check_place(case, number, whole, text)
        if not one.layers:
            wholes[one.name] = cut = cut_stack(one, whole, (0.0, 0.0) if isinstance(one.at, str) else one.at)
            submodel_rules.check_bump(one, number, cut, text)
            continue
        here: Loc = ("submodels", number)
        moved: dict[Loc, Loc] = {
            ("geometry", "outline"): (*here, "size"),
            ("geometry",): here,
            ("mesh",): (*here, "mesh"),
        }
        part = source.Part(text.path, text.data, text.lines, text.overrides, text.elsewhere, text, moved)
        own = case_of(case, one)
        rules.check(own, part)
        wholes[one.name] = placed = own_stack(case, one, whole)
        rules.check_stack(own, placed, part)
        submodel_rules.check_height(number, placed, whole, text)
        submodel_rules.check_bump(one, number, placed, text)


def _lines(text: source.Source, error: ValidationError) -> list[str]:
    """One line for each mistake, in the order of the models, and how many more there are."""
    lines = []
    for item in error.errors(include_url=False):
        loc = text.existing(tuple(item["loc"]), item["type"] == "missing")
        context = item.get("ctx", {})
        if context.get("key"):
            loc = (*loc, context["key"])
        lines.append(str(text.error(loc, _rule(item["type"], item["msg"], item["input"], context))))
    lines = list(dict.fromkeys(lines))
    more = len(lines) - _MOST
    return lines if more <= 0 else [*lines[:_MOST], f"{text.path}: and {more} more mistakes"]


def _rule(kind: str, message: str, value: object, context: dict[str, object]) -> str:
    """What pydantic says, in the words of a case file."""
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", str(context["expected"]))
        if valid:
            return f"must be {context['expected']}; {nearest(short(value), valid)}"
    if kind == "string_type":
        return "expected text" + ("; write it in quotes" if isinstance(value, bool | int | float) else "")
    rule = _PLAIN.get(kind, message).replace("Input should be", "must be")
    return rule[0].lower() + rule[1:]
