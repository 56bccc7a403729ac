"""A deck for CalculiX and Abaqus: materials of every block, supports that hold nothing but rigid motion, one step.

Units are N, mm, MPa, tonne, s, K; temperatures in degC. The step goes from one temperature to the other; every block
has the free strain it has in planish at the end of it, whatever it was born at: a secant coefficient between the two.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Integers
from solver.errors import CaseError
from solver.materials.axes import Axes, conductivity_of_stack, stiffness_of_stack, strain_of_stack
from solver.materials.material import Material
from solver.units import to_celsius

_ENTRIES = 16  # of a line
_NAME = 60  # characters of a name
_ELEMENTS = {8: "C3D8", 20: "C3D20"}
_NOTHING = 1e-9  # of a stiffness


@dataclass(frozen=True)
class Deck:
    """What there is besides the mesh.

    Attributes:
        title: of the case and step.
        materials: one per block.
        references: of each block, its temperature free of stress (K).
        start, end: temperatures of the step (K).
        mirrors: axes normal to the mirror planes.
    """

    title: str
    materials: Sequence[Material]
    references: Sequence[float]
    start: float
    end: float
    mirrors: tuple[int, ...]


def names(blocks: Sequence[str]) -> list[str]:
    """Names of sets: letters, digits and _, begun with a letter, no two alike without regard to case."""
    found: list[str] = []
    for block in blocks:
        plain = re.sub(r"\W+", "_", block, flags=re.ASCII).strip("_")[:_NAME] or "BLOCK"
        plain = plain if plain[0].isalpha() else f"B_{plain}"
        name, number = plain, 2
        while name.upper() in (one.upper() for one in found):
            name, number = f"{plain}_{number}", number + 1
        found.append(name)
    return found


def mesh_lines(points: Array, cells: Integers, block: Integers, sets: Sequence[str]) -> Iterator[str]:
    """Nodes, elements and a set for every block; 20 characters a number, 16 entries a line.

    Args:
        points: (n, 3) in m.
        cells: (m, 8 or 20) corners in the order of VTK, then middles of edges.
        block: (m,) of each cell.
        sets: names of the blocks.
    """
    yield "*NODE, NSET=ALL_NODES"
    for number, (x, y, z) in enumerate(1e3 * points, start=1):
        yield f"{number},{x:.12e},{y:.12e},{z:.12e}"
    yield f"*ELEMENT, TYPE={_ELEMENTS[cells.shape[1]]}, ELSET=ALL_ELEMENTS"
    for number, nodes in enumerate(cells + 1, start=1):
        yield from _broken([number, *nodes])
    for index, name in enumerate(sets):
        yield f"*ELSET, ELSET={name}"
        members = np.flatnonzero(block == index) + 1
        for start in range(0, len(members), _ENTRIES):
            yield ",".join(map(str, members[start : start + _ENTRIES]))


def deck_lines(deck: Deck, points: Array, sets: Sequence[str]) -> Iterator[str]:
    """Materials, supports and the step.

    Raises:
        CaseError: a material that is not orthotropic.
    """
    for name, material, reference in zip(sets, deck.materials, deck.references, strict=True):
        yield f"*MATERIAL, NAME={name}"
        yield from _material(material, reference, deck)
        if material.axes is None:
            yield f"*SOLID SECTION, ELSET={name}, MATERIAL={name}"
        else:
            yield from _orientation(name, material.axes)
            yield f"*SOLID SECTION, ELSET={name}, MATERIAL={name}, ORIENTATION={name}"
    yield "*BOUNDARY"
    for axis in deck.mirrors:
        for node in np.flatnonzero(np.abs(points[:, axis]) < _NOTHING * np.ptp(points)):
            yield f"{node + 1},{axis + 1}"
    for node, axis in _rigid(points, deck.mirrors):
        yield f"{node + 1},{axis + 1}"
    yield "*INITIAL CONDITIONS, TYPE=TEMPERATURE"
    yield f"ALL_NODES,{to_celsius(deck.start):.10g}"
    yield "*STEP"
    yield "*STATIC"
    yield "*TEMPERATURE"
    yield f"ALL_NODES,{to_celsius(deck.end):.10g}"
    yield "*NODE FILE"
    yield "U,NT"
    yield "*EL FILE"
    yield "S,E"
    yield "*END STEP"


def _rigid(points: Array, mirrors: tuple[int, ...]) -> list[tuple[int, int]]:
    """Nodes and axes that hold rigid motion, and no more: a stack that warps feels none of them."""
    flat = points[:, 2] <= points[:, 2].min() + _NOTHING * np.ptp(points)
    low = np.flatnonzero(flat)
    middle = low[np.argmin(np.hypot(*points[low, :2].T))]
    away = np.abs(points[low, :2] - points[middle, :2])
    ends = [low[np.argmax(away[:, axis] - away[:, 1 - axis])] for axis in (0, 1)]  # along x and along y
    held = [(middle, axis) for axis in (0, 1) if axis not in mirrors] + [(middle, 2)]
    held += [(ends[axis], 2) for axis in (0, 1) if axis not in mirrors]
    if not mirrors:
        held.append((ends[0], 1))
    return [(int(node), axis) for node, axis in held]


def _orientation(name: str, axes: Axes) -> Iterator[str]:
    """The axes a material's constants are along: by two of them, or by two points of the axis that radii stand on."""
    if axes.centre is None:
        c, s = np.cos(axes.angle), np.sin(axes.angle)
        yield f"*ORIENTATION, NAME={name}, SYSTEM=RECTANGULAR"
        yield _numbers(c, s, 0.0, -s, c, 0.0)
        return
    x, y = (1e3 * part for part in axes.centre)
    yield f"*ORIENTATION, NAME={name}, SYSTEM=CYLINDRICAL"
    yield _numbers(x, y, 0.0, x, y, 1.0)


def _material(material: Material, reference: float, deck: Deck) -> Iterator[str]:
    """At the end of the step, along the axes of `_orientation`."""
    axes = material.axes
    beside = np.array([0.0 if axes is None or axes.centre is None else axes.angle])  # the radius
    compliance = np.linalg.inv(stiffness_of_stack(material.stiffness(deck.end)[None], beside)[0])
    coupled = compliance.copy()
    coupled[:3, :3] = 0.0
    coupled[range(3, 6), range(3, 6)] = 0.0
    if np.abs(coupled).max() > _NOTHING * np.abs(compliance).max():
        where = "along x, y and z" if axes is None else "along the radius and around it"
        raise CaseError(f"material '{material.name}': it is not orthotropic {where}, and a deck says no other moduli")
    normal, shear = np.diagonal(compliance)[:3], np.diagonal(compliance)[3:]
    modulus, rigidity = 1e-6 / normal, 1e-6 / shear  # MPa; yz, xz, xy
    ratio = -compliance[(0, 0, 1), (1, 2, 2)] / normal[[0, 0, 1]]  # xy, xz, yz
    alike = np.ptp(modulus) < _NOTHING * modulus[0] and np.ptp(ratio) < _NOTHING
    if alike and np.allclose(rigidity, modulus[0] / 2 / (1 + ratio[0]), rtol=_NOTHING):
        yield "*ELASTIC"
        yield _numbers(modulus[0], ratio[0])
    else:
        yield "*ELASTIC, TYPE=ENGINEERING CONSTANTS"
        yield _numbers(*modulus, *ratio, rigidity[2], rigidity[1]) + ","
        yield _numbers(rigidity[0])
    change = deck.end - deck.start
    strain = strain_of_stack(material.free_strain(deck.end, reference)[None], beside)[0, :3]
    if change == 0.0 and np.abs(strain).max() > 0.0:
        raise CaseError("the deck's step has no change of temperature, which carries the free strains of its blocks")
    expansion = strain / change if change else strain
    yield f"*EXPANSION, TYPE=ORTHO, ZERO={to_celsius(deck.start):.10g}"
    yield _numbers(*expansion)
    if material.has("density"):
        yield "*DENSITY"
        yield _numbers(1e-12 * material.density)
    if material.has("thermal_conductivity"):
        yield "*CONDUCTIVITY, TYPE=ORTHO"
        yield _numbers(*conductivity_of_stack(material.conductivity(deck.end)[None], beside)[0, :3])
    if material.has("specific_heat"):
        yield "*SPECIFIC HEAT"
        yield _numbers(1e6 * float(material.specific_heat(deck.end)))


def _numbers(*values: float) -> str:
    return ",".join(f"{value:.10g}" for value in values)


def _broken(entries: list[int]) -> Iterator[str]:
    """A line broken after 16 entries; a comma at its end says that it goes on."""
    for start in range(0, len(entries), _ENTRIES):
        more = "," if start + _ENTRIES < len(entries) else ""
        yield ",".join(map(str, entries[start : start + _ENTRIES])) + more
