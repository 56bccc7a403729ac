"""Which measurement a file holds, by its columns."""

from collections.abc import Callable
from dataclasses import dataclass

from solver.errors import CaseError
from solver.fit import cure, dma, expansion, glass, sweep
from solver.fit.columns import QUANTITIES, Measured
from solver.fit.fitted import Fitted


@dataclass(frozen=True)
class Kind:
    """A measurement.

    Attributes:
        name: in words.
        columns: sets of which a file has one whole.
        fit: of a file and a Poisson ratio.
    """

    name: str
    columns: tuple[tuple[str, ...], ...]
    fit: Callable[[Measured, float], Fitted]


_PAIRS = (
    ("storage", "loss"),
    ("storage", "tan_delta"),
    ("shear_storage", "shear_loss"),
    ("shear_storage", "tan_delta"),
)

# the first that fits is taken
KINDS = (
    Kind(
        "dynamic mechanical analysis",
        tuple(("temperature", x, *pair) for x in ("frequency", "angular_frequency", "time") for pair in _PAIRS),
        dma.fit,
    ),
    Kind("relaxation", (("temperature", "time", "relaxation"), ("temperature", "time", "shear_relaxation")), dma.fit),
    Kind("modulus over temperature", (("temperature", "storage"), ("temperature", "shear_storage")), sweep.fit),
    Kind(
        "thermomechanical analysis",
        (("temperature", "expansion"), ("temperature", "change_of_length", "length")),
        lambda measured, _: expansion.fit(measured),
    ),
    Kind("glass transition over cure", (("degree", "glass_transition"),), lambda measured, _: glass.fit(measured)),
    Kind(
        "cure",
        tuple((what, "temperature", clock) for what in ("degree", "heat_flow") for clock in ("time", "heating_rate")),
        lambda measured, _: cure.fit(measured),
    ),
    Kind("glass step of heat flow", (("temperature", "heat_flow"),), lambda measured, _: glass.step(measured)),
)


def kind_of(measured: Measured) -> Kind:
    """The measurement of a file.

    Raises:
        CaseError: its columns make none; says what each measurement wants.
    """
    for kind in KINDS:
        if any(measured.has(*columns) for columns in kind.columns):
            return kind
    wanted = "; ".join(f"{kind.name}: {_words(kind.columns[0])}" for kind in KINDS)
    raise CaseError(f"{measured.path}: {_words(tuple(measured.columns))} make no measurement. {wanted}")


def _words(keys: tuple[str, ...]) -> str:
    return ", ".join(QUANTITIES[key].names[0] for key in keys)
