"""The models a case may name, and the rules of the one it names."""

from solver.case.models import Case, ModelName
from solver.case.source import Source
from solver.models.laminate import LaminateModel
from solver.models.model import Model
from solver.models.needs import NEEDS
from solver.models.plate import PlateModel
from solver.models.solid.model import SolidModel

MODELS: dict[ModelName, Model] = {
    "solid": SolidModel(),
    "plate": PlateModel(),
    "laminate": LaminateModel(),
}


def model_of(case: Case) -> Model:
    """The model a case names."""
    return MODELS[case.analysis.model]


def check(case: Case, text: Source) -> None:
    """A case asks nothing of its model that it does not provide.

    Args:
        case: valid in itself.
        text: what it was read from, for messages.

    Raises:
        CaseError: names the first place that asks, and the models to use instead.
    """
    name, model = case.analysis.model, model_of(case)
    model.check(case, text)
    for need in NEEDS:
        if need in model.provides:
            continue
        for loc in need.asked(case):
            others = " or ".join(f"`{other}`" for other, one in MODELS.items() if need in one.provides)
            raise text.error(loc, f"the {name} model {need.lacking}; use model {others}")
