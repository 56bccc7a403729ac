"""One problem of a case of 3-D solids before it is set up: its unknowns, the plates of its columns, its solver."""

import numpy as np

from meshes.count import nodes, runs
from meshes.extrude import blocks_of, levels
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.case.mirror import Mirror
from solver.case.process import Step
from solver.linalg import estimate
from solver.linalg.choose import PADS, Decision, decide, when_pressed
from solver.linalg.estimate import Size
from solver.linalg.shear_lag import HEAT, MECHANICS, sliding
from solver.materials import library
from solver.materials.elasticity import MODULI
from solver.materials.material import Material
from solver.models.forecast import Problem
from solver.stackup.cracks import PlacedCrack

HELD = Decision("direct", "a cohesive interface may soften")
_ROOM = 298.15  # K, for conductivities
_YZ, _XZ = MODULI.index((3, 3)), MODULI.index((4, 4))


def problem(
    loaded: LoadedCase,
    plane: PlaneMesh,
    ranks: int,
    what: str,
    layers: tuple[str, ...],
    kelvin: float | None,
    solves: int,
) -> Problem:
    """A problem on some layers.

    Args:
        loaded: the case.
        plane: its plane mesh.
        ranks: of the run.
        what: it solves, in words.
        layers: names of those that are there.
        kelvin: temperature of mechanics (K); None for heat.
        solves: right-hand sides.
    """
    stack, components = loaded.stack, 1 if kelvin is None else 3
    unknowns = components * nodes(stack, plane, layers)
    present = [stack.layer(name) for name in layers]
    thickness = max(layer.top for layer in present) - min(layer.bottom for layer in present)
    columns = estimate.columns(plane)
    thin = kelvin is None and loaded.case.thermal is not None and bool(loaded.case.thermal.interfaces)
    decision = decide(loaded.case.analysis.solver, unknowns, plane, thickness, thin)
    analysis, there = loaded.case.analysis, [] if kelvin is None else cracks_of(loaded, layers)
    if any(crack.cohesive is None for crack in there):
        decision = when_pressed(analysis.solver, unknowns) or decision
    if any(crack.cohesive is not None for crack in there) and (
        analysis.deflection == "large" or analysis.solver == "auto"
    ):
        decision = HELD
    if kelvin is not None and any(isinstance(one.support, Mirror) for one in steps_of(loaded)):
        decision = when_pressed(analysis.solver, unknowns, PADS) or decision
    above = plates(loaded, plane, layers, kelvin) if decision.method == "columns" else 1.0
    width = plane.width / thickness
    size = Size(unknowns, columns, components, above, width)
    return Problem(what, size, decision, estimate.MODELS[decision.method](size, ranks), solves)


def steps_of(loaded: LoadedCase) -> list[Step]:
    """Of the process, none without one."""
    return [] if loaded.case.process is None else loaded.case.process.steps


def cracks_of(loaded: LoadedCase, layers: tuple[str, ...]) -> list[PlacedCrack]:
    """Those between some layers."""
    return [crack for crack in loaded.stack.cracks if {crack.lower, crack.upper} <= set(layers)]


def plates(loaded: LoadedCase, plane: PlaneMesh, layers: tuple[str, ...], kelvin: float | None) -> float:
    """Root mean square over the plane cells of the plates above each: one above every gap and every soft interval."""
    heights, of_interval = levels(loaded.stack, layers)
    owner, intervals = runs(of_interval)
    ends = np.concatenate([[0], np.cumsum(intervals)])
    blocks, table = blocks_of(loaded.stack, plane)
    present = (plane.region[owner] != EMPTY) & (owner != EMPTY)[:, None]  # (runs, cells)
    run, column = np.nonzero(present)
    layer = owner[run]
    block = table[layer, plane.region[layer, column]]
    materials = [library.resolve(one.material, loaded.case.materials) for one in blocks]
    along, across = np.array([_stiffness(material, kelvin) for material in materials])[block].T
    thickness, size = np.diff(heights[ends])[run], np.sqrt(plane.areas)[column]
    cells = HEAT if kelvin is None else MECHANICS
    soft = sliding(column, layer, thickness, along, across, size, cells)
    starts = present & ~np.vstack([np.zeros_like(present[:1]), present[:-1]])
    count: Array = starts.sum(axis=0) + np.bincount(column[soft], intervals[run[soft]], present.shape[1])
    return float(np.sqrt(np.mean(count[count > 0] ** 2.0)))


def _stiffness(material: Material, kelvin: float | None) -> tuple[float, float]:
    """In-plane stiffness and shear stiffness across; conductivities for heat."""
    if kelvin is None:
        k = material.conductivity(np.array([_ROOM]))[0]
        return float(k[0]), float(k[2])
    stiffness = material.stiffness(np.array([kelvin]))[0]
    moduli = [stiffness[i, j] for i, j in MODULI]
    return float(moduli[0]), float(min(moduli[_YZ], moduli[_XZ]))
