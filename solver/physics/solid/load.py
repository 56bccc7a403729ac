"""Loads of a stack at large deflection, the states that answer them, and the increments between them."""

from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Array


@dataclass(frozen=True)
class Load:
    """What acts on the stack, as values of coefficient functions.

    Attributes:
        moduli: of the function of the moduli (Pa).
        free_strain: of the function of the free strains; with a memory, of the stress of a stack held as drawn.
        dead: factor on the dead loads.
        birth: factor on the strain E(b) cells were born at.
        held: factor on the forces out of balance where the state was taken over from other layers or supports.
        anisotropy: (2,) e cos 2a and e sin 2a: the mean in-plane free strain is made larger by a part e along the
            direction a and smaller across it. Zero in nature; a way past a bifurcation.
        answered: of materials with a memory, factor on their answer at the end of the increment that is tried: at 1 it
            is theirs to whatever strain there is, before that the last one they gave.
        driven: (unknowns that are displaced,) where they are wanted (m), in the order of the support.
    """

    moduli: Array
    free_strain: Array
    dead: float
    birth: float
    held: float
    anisotropy: Array
    answered: float = 0.0
    driven: Array = field(default_factory=lambda: np.zeros(0))

    def towards(self, other: "Load", share: float) -> "Load":
        """The load a share of the way to another."""
        left = 1.0 - share
        return Load(
            left * self.moduli + share * other.moduli,
            left * self.free_strain + share * other.free_strain,
            left * self.dead + share * other.dead,
            left * self.birth + share * other.birth,
            left * self.held + share * other.held,
            left * self.anisotropy + share * other.anisotropy,
            left * self.answered + share * other.answered,
            left * self.driven + share * other.driven,
        )


@dataclass(frozen=True)
class State:
    """A displacement (local unknowns, m) and the load it answers."""

    displacement: Array
    load: Load


@dataclass(frozen=True)
class Increment:
    """One step on the way to a load.

    Attributes:
        share: of the way, at its end.
        newton_iterations, linear_iterations: it took, those of discarded attempts included.
        unstable: directions found at its end in which the energy falls.
    """

    share: float
    newton_iterations: int
    linear_iterations: int
    unstable: int

    @property
    def iterations(self) -> tuple[int, int]:
        """Newton's and linear ones."""
        return self.newton_iterations, self.linear_iterations


class Diverged(Exception):
    """An increment that must be cut to a part `share` of it."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share


class Lost(Diverged):
    """The shape that was followed is unstable in so many directions: the stack is near it, or beside it if in one."""

    def __init__(self, directions: int) -> None:
        super().__init__()
        self.directions = directions
