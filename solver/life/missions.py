"""Tests and uses by name, as lists of thermal cycles, and the damage they do (Miner's sum)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from solver.life.acceleration import ThermalCycle

_ZERO = 273.15
_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class UseCycle:
    """A thermal cycle and how often it comes.

    Attributes:
        cycle: its temperatures and dwell.
        per_year: cycles in a year; of a test all of its cycles.
    """

    cycle: ThermalCycle
    per_year: float


@dataclass(frozen=True)
class Mission:
    """A use or a test by name.

    Attributes:
        words: what it is.
        cycles: of it; those of a use come every year, those of a test once.
        source: standard and table.
        test: True for a test, whose cycles come once.
    """

    words: str
    cycles: tuple[UseCycle, ...]
    source: str
    test: bool = False


def _use(swing: float, hours: float, per_year: float, maximum: float) -> UseCycle:
    """A cycle of a use category: its swing lies below the worst maximum of the category."""
    top = maximum + _ZERO
    return UseCycle(ThermalCycle(top - swing, top, hours * _HOUR), per_year)


def _test(low: float, high: float, cycles: float, dwell: float = 15.0) -> tuple[UseCycle, ...]:
    return (UseCycle(ThermalCycle(low + _ZERO, high + _ZERO, dwell * _MINUTE), cycles),)


_IPC = "IPC-9701, table 3-1 (use categories: swing, dwell, cycles a year; at the worst maximum)"
_A104 = "JESD22-A104, table of temperature cycling conditions"
_AEC = "AEC-Q100 rev. H, table 2, test A4"
_AEC_USE = "AEC-Q100 rev. H, appendix 7, the example of its table A7.1"
_YEARS, _SWITCHED, _RUNNING = 15.0, 54_750.0, 12_000.0  # of use; times the engine is started; hours it runs
_CONDITIONS = {
    "a": (-55, 85), "b": (-55, 125), "c": (-65, 150), "g": (-40, 125), "h": (-55, 150), "i": (-40, 115),
    "j": (0, 100), "k": (0, 125), "l": (-55, 110), "m": (-40, 150), "n": (-40, 85), "r": (-25, 125), "t": (-40, 100),
}  # fmt: skip
_GRADES = {0: (-55, 150, 2000), 1: (-55, 150, 1000), 2: (-55, 125, 1000), 3: (-55, 125, 500)}

MISSIONS: dict[str, Mission] = {
    "ipc-9701-consumer": Mission("consumer, 0 to 60 degC", (_use(35, 12, 365, 60),), _IPC),
    "ipc-9701-computer": Mission("computers, 15 to 60 degC", (_use(20, 2, 1460, 60),), _IPC),
    "ipc-9701-telecom": Mission("telecommunications, -40 to 85 degC", (_use(35, 12, 365, 85),), _IPC),
    "ipc-9701-aircraft": Mission("commercial aircraft, -55 to 95 degC", (_use(20, 12, 365, 95),), _IPC),
    "ipc-9701-automotive-passenger": Mission(
        "industrial and automotive, passenger compartment, -55 to 95 degC",
        (_use(20, 12, 185, 95), _use(40, 12, 100, 95), _use(60, 12, 60, 95), _use(80, 12, 20, 95)),
        _IPC,
    ),
    "ipc-9701-military-ground": Mission(
        "military, ground and ship, -55 to 95 degC", (_use(40, 12, 100, 95), _use(60, 12, 265, 95)), _IPC
    ),
    "ipc-9701-automotive-under-hood": Mission(
        "automotive, under the hood, -55 to 125 degC",
        (_use(60, 1, 1000, 125), _use(100, 1, 300, 125), _use(140, 2, 40, 125)),
        _IPC,
    ),
    "aec-q100-use": Mission(
        "automotive, 10 starts a day, 76 K each up to the mean of 87 degC it runs at",
        (_use(76, _RUNNING / _SWITCHED, _SWITCHED / _YEARS, 87),),
        _AEC_USE,
    ),
    **{
        f"jesd22-a104-{name}": Mission(f"test, {low} to {high} degC", _test(low, high, 1000.0), _A104, test=True)
        for name, (low, high) in _CONDITIONS.items()
    },
    **{
        f"aec-q100-grade-{grade}": Mission(f"test, {low} to {high} degC", _test(low, high, count), _AEC, test=True)
        for grade, (low, high, count) in _GRADES.items()
    },
}


def damage(counts: Iterable[float], lives: Sequence[float]) -> float:
    """Sum of cycles over cycles to failure; at 1 it fails (M. A. Miner, J. Appl. Mech. 12 (1945) A159)."""
    return float(sum(count / life if life else inf for count, life in zip(counts, lives, strict=True)))
