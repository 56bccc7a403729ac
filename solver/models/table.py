"""The models a case may name, and the rules of the one it names; its machinery is read only when it is named."""

import importlib
from functools import cache
from typing import TYPE_CHECKING

from solver.case.models import Case, ModelName
from solver.case.source import Source
from solver.models.needs import NEEDS

if TYPE_CHECKING:
    from solver.models.model import Model

# name -> place of its class, `module:class`
MODELS: dict[ModelName, str] = {
    "solid": "solver.models.solid.model:SolidModel",
    "plate": "solver.models.plate:PlateModel",
    "laminate": "solver.models.laminate:LaminateModel",
}


def model_named(name: ModelName) -> "Model":
    """A model of the table."""
    return _made(MODELS[name])


def model_of(case: Case) -> "Model":
    """The model a case names."""
    return model_named(case.analysis.model)


@cache
def _made(place: str) -> "Model":
    module, _, kind = place.partition(":")
    found: Model = getattr(importlib.import_module(module), kind)()
    return found


def check(case: Case, text: Source) -> None:
    """A case asks nothing of its model that it does not provide.

    Args:
        case: valid in itself.
        text: what it was read from, for messages.

    Raises:
        CaseError: names the first place that asks, and the models to use instead.
    """
    name, mine = case.analysis.model, model_of(case)
    mine.check(case, text)
    for need in NEEDS:
        if need in mine.provides:
            continue
        for loc in need.asked(case):
            others = " or ".join(f"`{other}`" for other in MODELS if need in model_named(other).provides)
            raise text.error(loc, f"the {name} model {need.lacking}; use model {others}")
