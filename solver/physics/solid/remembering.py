"""The points of a stack that remember, as values: what metrics read of solids and of plates alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.materials.laws.response import MaterialLaw


@dataclass(frozen=True)
class Points:
    """Of the cells of this rank, at the increment accepted last.

    Attributes:
        block: (cells,) number of their block in the mesh.
        volumes: (cells, points) that points stand for (m^3).
        stress: (cells, points, 6) in Voigt order (Pa).
        strain: gives the strains (cells, points, 6) since birth.
        readings: gives those of `MaterialLaw.readings`, (cells, points) each, nan where a law has no such thing.
    """

    block: Integers
    volumes: Array
    stress: Array
    strain: Callable[[], Array]
    readings: Callable[[], Mapping[str, Array]]


@runtime_checkable
class Remembering(Protocol):
    """A solved stack with a memory.

    Attributes:
        stack_mesh: the layers present.
    """

    stack_mesh: StackMesh

    @property
    def laws(self) -> Sequence[MaterialLaw]:
        """One per block of the mesh."""

    def remembered(self) -> Points:
        """What its points remember."""
