"""A stage with other cracks: of another size, or grown."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from dolfinx import fem

from meshes.cell_fields import CellFields
from meshes.extrude import extrude
from meshes.field_transfer import by_cell, discontinuous
from solver.case.models import Case
from solver.case.support import gravity_on
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Solid
from solver.process.stage_model import SmallDeflection, StageModel
from solver.process.support import dead_load
from solver.stackup.cracks import PlacedCrack

WithCracks: TypeAlias = Callable[[tuple[PlacedCrack, ...]], SmallDeflectionSolid]


def solves_with(case: Case, setting: StageModel, solid: Solid, temperature: float | fem.Function) -> WithCracks | None:
    """What solves a stage again with other cracks; None where materials remember, shapes are large, or in a field.

    Args:
        case: with a process.
        setting: of the stage.
        solid: solved for it.
        temperature: uniform (K) or the field.
    """
    if not isinstance(solid, SmallDeflectionSolid) or isinstance(solid, SmallDeflectionInTime):
        return None
    if isinstance(temperature, fem.Function):
        return None
    elastic, kelvin = solid, temperature

    def solved(cracks: tuple[PlacedCrack, ...]) -> SmallDeflectionSolid:
        line = line_with(case, with_cracks(case, setting, cracks), elastic)
        line.problem.solve(kelvin)
        return line.problem

    return solved


def with_cracks(case: Case, setting: StageModel, cracks: tuple[PlacedCrack, ...]) -> StageModel:
    """The same stage on the same plane mesh, with other cracks. Collective.

    Args:
        case: with a process.
        setting: of the stage.
        cracks: all of the stack.
    """
    assert case.process is not None
    before, stage = setting.stack_mesh, setting.stage
    mesh = extrude(before.comm, replace(before.stack, cracks=cracks), before.whole, stage.parts)
    gravity = gravity_on(stage.held_by, case.process.gravity)
    load = dead_load(mesh, setting.materials, gravity, stage.held_by, stage.loads)
    return replace(setting, stack_mesh=mesh, dead_load=load)


def line_with(case: Case, setting: StageModel, solid: SmallDeflectionSolid) -> SmallDeflection:
    """A stage as of `with_cracks` at small deflection, its cells born where those of a solid of it were. Collective."""
    birth = None
    if solid.birth is not None:
        before, mesh = solid.stack_mesh, setting.stack_mesh
        known = CellFields(before.comm, before.keys, {"birth": by_cell(before, solid.birth)})
        birth = discontinuous(mesh, known.transferred(mesh.keys)[1]["birth"])
    line = SmallDeflection(case.analysis.solver)
    line.restore(setting, birth)
    return line
