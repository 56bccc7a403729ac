"""Mould in the streets between stiff parts, where it has relaxed and hardly changes its volume any more.

It is held on the walls of the parts and gives way upwards away from them, over about the height of its layer. In cells
of degree 2 that are longer than that it is too stiff: moulded panels are off by some per cent (docs/plate.md,
`benchmarks/streets.py`).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from meshes.pieces import neighbours
from meshes.plane import PlaneMesh
from solver.arrays import Array, Integers
from solver.case.loaded import LoadedCase
from solver.materials import library
from solver.materials.curve import ROOM
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.process.plan import PlannedStep, plan
from solver.stackup.stack import PlacedLayer

_RUBBERY = 0.45  # Poisson ratio from which the modulus of what cannot give way sideways is three times that of a plate
_RESOLVED = 1.5  # heights of the layer: cells beside walls up to which recipes are within 1 % (docs/plate.md)
_STIFF = 3.0  # times as stiff as the mould is as a glass: a wall
_WIDE = 10.0  # heights of the layer: what is wider is no street (single dies in a package)
_MATTERS = 0.1  # of the stack: thinner layers bend nothing
_MANY = 0.5  # of the parts: fewer that are outermost than these move curvatures by less than 2 % (docs/plate.md)
_SAMPLES = 33  # of the temperature in a step


def coarse(loaded: LoadedCase, plane: PlaneMesh) -> Iterator[str]:
    """Layers whose cells beside stiff parts are too long, in words."""
    size = loaded.stack.size
    for index, layer, walls, relaxed in _relaxed(loaded):
        width = _beside(plane, index, walls)
        if width > _RESOLVED * layer.thickness:
            fine = f"{{size: {1e3 * layer.thickness:.2g} mm, distance: {1e3 * size:.3g} mm}}"
            yield (
                f"{relaxed}; cells of {1e3 * width:.2g} mm there, in a layer of {1e3 * layer.thickness:.2g} mm, "
                f"make it too stiff: curvatures may be off by 2 to 10 %; `mesh: {{edge_refinement: {fine}}}` mends it"
            )


def at_the_outline(loaded: LoadedCase) -> Iterator[str]:
    """Such layers of a plate in which many parts are outermost, which are unit cells as all others, in words."""
    if loaded.case.analysis.die_field == "unit-cell":
        for _, layer, walls, relaxed in _relaxed(loaded):
            parts = [part for number in walls for part in layer.regions[number - 1].polygons]
            outermost = _outermost(np.round(shapely.get_coordinates(shapely.centroid(parts)), 9))
            if outermost > _MANY * len(parts):
                yield (
                    f"plate: {relaxed}; {outermost} of {len(parts)} are outermost and act as if there were more around "
                    "them: curvatures may be off by 2 to 8 %; model `solid` has it, with "
                    "`mesh: {edge_refinement: ...}` as long as the layer is high"
                )


def _outermost(centres: Array) -> int:
    """How many of some places (n, 2) (m) are first or last in their row or column."""
    found = np.zeros(len(centres), dtype=bool)
    for along in (0, 1):
        rows, row = np.unique(centres[:, 1 - along], return_inverse=True)
        for number in range(len(rows)):
            mine = np.flatnonzero(row.ravel() == number)
            found[mine[[centres[mine, along].argmin(), centres[mine, along].argmax()]]] = True
    return int(found.sum())


def _relaxed(loaded: LoadedCase) -> Iterator[tuple[int, PlacedLayer, list[int], str]]:
    """Index, layer, numbers of its walls, and words, of those that relax so in streets."""
    case, stack = loaded.case, loaded.stack
    if case.process is None:
        return
    steps = plan(case.process, stack.layers)
    for index, layer in enumerate(stack.layers):
        if layer.material is None or not layer.regions or layer.thickness < _MATTERS * stack.thickness:
            continue
        matrix = library.resolve(layer.material, case.materials)
        poisson = _poisson(matrix, _passed(layer, steps)) if isinstance(matrix, Homogeneous) else 0.0
        if poisson <= _RUBBERY:
            continue
        walls = _walls(layer, matrix, [library.resolve(one.material, case.materials) for one in layer.regions])
        if walls:
            parts = " and ".join(f"'{layer.name}/{layer.regions[number - 1].name}'" for number in walls)
            held = f"hardly changes its volume once it has relaxed (Poisson ratio {poisson:.2f})"
            yield index, layer, walls, f"'{layer.name}' beside {parts} {held}"


def _walls(layer: PlacedLayer, matrix: Material, regions: Sequence[Material]) -> list[int]:
    """Numbers in `PlaneMesh.region` of regions that are walls of streets between them."""
    least = _STIFF * _along(matrix)
    found = [number for number, one in enumerate(regions, 1) if _along(one) > least]
    parts = np.array([part for number in found for part in layer.regions[number - 1].polygons], dtype=object)
    if len(parts) < 2:
        return []
    apart = shapely.STRtree(parts).query_nearest(parts, exclusive=True, return_distance=True)[1]
    return found if np.median(apart) < _WIDE * layer.thickness else []


def _along(material: Material) -> float:
    """How it resists strain xx alone at room temperature (Pa)."""
    return float(material.stiffness(ROOM)[0, 0])


def _passed(layer: PlacedLayer, steps: Sequence[PlannedStep]) -> list[tuple[float, float, float]]:
    """Temperatures (K) at the start and the end of steps through which the layer goes, and the seconds they take."""
    return [
        (step.temperature if step.before is None else step.before, step.temperature, step.lasts or 0.0)
        for step in steps
        if step.temperature is not None and layer.name in step.stages[0].parts
    ]


def _poisson(material: Homogeneous, passed: Sequence[tuple[float, float, float]]) -> float:
    """Poisson ratio at the end of the step that relaxes it most; what cures is taken as where it gels."""
    inelastic = material.inelastic
    branches = None if inelastic is None else inelastic.viscoelastic
    cure = None if inelastic is None else inelastic.cure
    moved = 0.0 if cure is None else float(cure.below(np.array(max(cure.gel, cure.initial))))
    found = [0.0]
    for before, after, seconds in passed:
        stiffness = material.stiffness(after)
        bulk, shear = stiffness[:3, :3].mean(), np.trace(stiffness[3:, 3:]) / 3.0
        if branches is not None:
            kelvin = np.linspace(before, after, _SAMPLES) - moved
            log = np.zeros(_SAMPLES) if branches.shift is None else branches.shift.log(kelvin)
            gone = -np.expm1(-seconds * np.exp(-log).mean() / np.array(branches.times))
            bulk *= 1.0 - np.array(branches.bulk) @ gone
            shear *= 1.0 - np.array(branches.shear) @ gone
        found.append(float((3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)))
    return max(found)


def _beside(plane: PlaneMesh, index: int, walls: Sequence[int]) -> float:
    """How long (m) the cells of a layer are away from the walls they touch, the median; 0 where there are none."""
    pairs, region = neighbours(plane), plane.region[index]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    mine, wall = pairs[(region[pairs[:, 0]] == 0) & np.isin(region[pairs[:, 1]], walls)].T
    if not len(mine):
        return 0.0
    side = plane.points[_shared(plane.quads[mine], plane.quads[wall])]
    return float(np.median(plane.areas[mine] / np.linalg.norm(side[:, 1] - side[:, 0], axis=1)))


def _shared(ones: Integers, others: Integers) -> Integers:
    """(n, 2) corners that cells (n, 4) have in common with others."""
    both = (ones[:, :, None] == others[:, None]).any(axis=2)
    return ones[both].reshape(-1, 2)
