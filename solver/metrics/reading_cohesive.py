"""A cohesive interface after every step: where it is damaged, how far it is open, and what that has taken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.case.models import Case
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import IF_ANY, entry
from solver.physics.solid.cohesive_cracks import CohesiveCracks
from solver.physics.solid.constitutive import stiffness_across
from solver.physics.solid.crack_faces import CrackFaces
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.held_in_time import HeldInTime, HeldLargeInTime
from solver.physics.solid.held_large import HeldLargeDeflection
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.turned_zone import TurnedZone
from solver.units import in_percent

Held: TypeAlias = SmallDeflectionSolid | HeldLargeDeflection | HeldLargeInTime

_PARTED = 0.999  # share of the energy of a place
_CELLS = 3.0  # of a process zone, at least
_LAGS = 0.1  # part of the energy of the law that may be dissipated beside it unnoticed
_OFF = 0.01  # part of the work of the loads that may be missing unnoticed
_SLID = 0.1  # of a cell, that faces which meet may slide unnoticed
_OVERLAP = 0.01  # of the largest motion of faces that may overlap unnoticed


@dataclass(frozen=True)
class CohesiveEntry:
    """Of the whole stack.

    Attributes:
        name: of the delamination.
        damaged_area_mm2: where it has begun to soften.
        parted_area_mm2: where it has parted.
        parted_length_um: the longer side of the rectangle around that, in the part that is modelled.
        largest_opening_um, largest_slide_um: of its faces.
        normal_traction_mpa, shear_traction_mpa: largest, means around nodes.
        dissipated_uj: work of the faces on each other that does not come back.
        fracture_energy_uj: what the damage takes by the law, at the mode of every place.
        work_uj: of all loads and of temperature, against a stack held as drawn, beside materials with a memory without
            that of temperature; None once layers, supports or the stiffness have changed.
        elastic_uj: of that, what the stack holds, by its displacement, at large deflection by its strain; `held_uj`
            what the interface does.
        balance_error: what is missing between the work and elastic, held and dissipated energy, as a part of it; beside
            materials with a memory `taken_uj` stands for the elastic one, and it is a part of what the interface took.
        cells_in_zone: length over which a thick body softens over that of a cell.
        load_n: largest force of loads that are led (`opens`).
        taken_uj: what materials with a memory have taken up, their stress on their strain: elastic energy and what they
            dissipate, less the work of temperature. Negative where they drive the interface.
    """

    name: str
    damaged_area_mm2: float
    parted_area_mm2: float
    parted_length_um: float
    largest_opening_um: float
    largest_slide_um: float
    normal_traction_mpa: float
    shear_traction_mpa: float
    dissipated_uj: float
    fracture_energy_uj: float
    work_uj: float | None
    elastic_uj: float
    held_uj: float
    balance_error: float | None
    cells_in_zone: float
    load_n: float | None = field(default=None, metadata=IF_ANY)
    taken_uj: float | None = field(default=None, metadata=IF_ANY)


class CohesiveReading(Reading):
    """The cohesive interface of a case."""

    @staticmethod
    def wanted(case: Case) -> "CohesiveReading | None":
        """For a case with one."""
        return CohesiveReading() if any(one.cohesive for one in case.geometry.delaminations) else None

    def read(self, step: SolvedStep) -> Found | None:
        """Once its two layers are there. Collective."""
        solid = step.solid
        if not isinstance(solid, Held) or solid.cohesion is None:
            return None
        if solid.cohesion.zone is None:
            return None
        found, table = _read(solid, solid.cohesion)
        where = f"step '{step.name}', interface '{found.name}'"
        return Found(
            entry(found),
            {"cohesive": table},
            (*_doubts(where, found), *_off(where, found), *_slid(where, solid.cohesion), *_overlaps(where, solid)),
        )


def _read(solid: Held, cohesion: CohesiveCracks | HeldCracks) -> tuple[CohesiveEntry, dict[str, Array]]:
    faces, zone = cohesion.faces, cohesion.zone
    assert faces is not None and zone is not None
    many, jumps = solid.stack_mesh.stack.multiplicity, zone.state.jumps
    share, traction = zone.parted(), zone.state.forces / faces.areas[:, None]
    opening, slide = jumps[:, 2], np.linalg.norm(jumps[:, :2], axis=1)
    parted = share >= _PARTED
    across, along = traction[:, 2], np.linalg.norm(traction[:, :2], axis=1)
    led, (work, elastic, held, missing) = cohesion.led, _energies(solid, cohesion)
    found = CohesiveEntry(
        cohesion.cracks[0].placed.entry,
        1e6 * many * float(faces.areas[zone.damage > 0.0].sum()),
        1e6 * many * float(faces.areas[parted].sum()),
        1e6 * float(np.ptp(faces.places[parted, :2], axis=0).max()) if parted.any() else 0.0,
        1e6 * float(opening.max()),
        1e6 * float(slide.max()),
        1e-6 * float(across.max()),
        1e-6 * float(along.max()),
        1e6 * many * zone.dissipated(),
        1e6 * many * zone.fracture_energy(),
        None if work is None else 1e6 * many * work,
        1e6 * many * elastic,
        1e6 * many * held,
        missing,
        zone.cells_in_zone(_softest(solid, cohesion)),
        None if led is None else cohesion.size * led.force,
        1e6 * many * solid.cohesion.taken if isinstance(solid, HeldInTime) else None,
    )
    table = {
        "x_mm": 1e3 * faces.places[:, 0],
        "y_mm": 1e3 * faces.places[:, 1],
        "opening_um": 1e6 * opening,
        "slide_um": 1e6 * slide,
        "damage": zone.damage,
        "parted": share,
        "normal_traction_mpa": 1e-6 * across,
        "shear_traction_mpa": 1e-6 * along,
    }
    return found, table


def _energies(solid: Held, cohesion: CohesiveCracks | HeldCracks) -> tuple[float | None, float, float, float | None]:
    """Work of what acts, energy of the stack and of the interface (J), and what is missing. Collective."""
    assert cohesion.zone is not None
    if isinstance(cohesion, HeldCracks):  # by its strain
        own = float(solid.strain_energy().sum())
    else:
        assert cohesion.acting is not None
        own = 0.5 * float(cohesion.acting @ solid.displacement.x.array[: len(cohesion.acting)])
    elastic = solid.stack_mesh.comm.allreduce(own)
    held, work = cohesion.zone.stored(), cohesion.work
    if np.isnan(work):
        return None, elastic, held, None
    took = held + cohesion.zone.dissipated()
    stack, scale = (
        (solid.cohesion.taken, max(took, abs(work))) if isinstance(solid, HeldInTime) else (elastic, abs(work))
    )
    return work, elastic, held, abs(work - stack - took) / max(scale, 1e-300)


def _softest(solid: Held, cohesion: CohesiveCracks | HeldCracks) -> float:
    """Stiffness across of the softer layer beside it (Pa), less than which none has. Collective."""
    mesh = solid.stack_mesh
    moduli = solid.moduli if isinstance(solid, SmallDeflectionSolid) else solid.forms.moduli
    stiffness = stiffness_across(mesh, moduli)
    beside = {name for crack in cohesion.cracks for name in (crack.placed.lower, crack.placed.upper)}
    mine = np.isin(mesh.block, [number for number, block in enumerate(mesh.blocks) if block.layer in beside])
    return float(mesh.comm.allreduce(float(stiffness[mine].min(initial=np.inf)), MPI.MIN))


def _doubts(where: str, found: CohesiveEntry) -> Iterator[str]:
    if found.cells_in_zone < _CELLS:
        yield (
            f"{where}: it softens over {found.cells_in_zone:.2g} cells, and {_CELLS:.0f} at least are needed; give "
            "smaller cells, or less strength (the energy decides, and not the strength)"
        )
    lags = found.dissipated_uj - found.fracture_energy_uj
    if abs(lags) > _LAGS * max(found.fracture_energy_uj, 1e-12) and found.parted_area_mm2 > 0.0:
        yield (
            f"{where}: {found.dissipated_uj:.4g} uJ are dissipated where its law takes {found.fracture_energy_uj:.4g}: "
            "it lags behind by its `viscosity`, or its mode turns; give less viscosity or slower steps"
        )


def _off(where: str, found: CohesiveEntry) -> Iterator[str]:
    """That the work of the loads is not where it should be."""
    if found.balance_error is not None and found.balance_error > _OFF:
        yield (
            f"{where}: of the work of its loads {in_percent(found.balance_error)} is neither stored nor dissipated: "
            "its solves are too rough"
        )


def _slid(where: str, cohesion: CohesiveCracks | HeldCracks) -> Iterator[str]:
    """Nodes that press on, or hold, each other where they no longer are."""
    assert cohesion.faces is not None and cohesion.zone is not None
    jumps = cohesion.zone.state.jumps
    meet = (jumps[:, 2] < 0.0) | (cohesion.zone.parted() < _PARTED)
    slide = float(np.linalg.norm(jumps[meet, :2], axis=1).max(initial=0.0)) / cohesion.faces.cell
    if slide > _SLID:
        yield (
            f"{where}: faces that meet have slid by {slide:.2g} of a cell, and its nodes stay opposite those they were "
            "drawn at; what they press with is off by as much"
        )


def _overlaps(where: str, solid: Held) -> Iterator[str]:
    """Starter cracks beside it, whose faces do not press on each other. Collective."""
    mesh, u = solid.stack_mesh, solid.displacement.x.array
    for crack in mesh.cracks:
        if crack.placed.cohesive is None:
            if not isinstance(solid, SmallDeflectionSolid):
                jumps = TurnedZone(mesh, solid.space, [crack], solid.cohesion.law).respond(u).jumps
                overlap, moved = float(-jumps[:, 2].min(initial=0.0)), float(np.abs(jumps).max(initial=0.0))
            else:
                gaps = mesh.comm.allgather(CrackFaces(mesh, solid.space, crack).gaps(u.reshape(-1, 3)))
                overlap, moved = (max(one[k] for one in gaps) for k in (0, 1))
            if overlap > _OVERLAP * moved:
                yield f"{where}: the faces of delamination '{crack.placed.name}' beside it overlap, and do not press"


def in_words(found: dict[str, Any] | None) -> Iterator[str]:
    """The interface after a step, for the log."""
    if found is not None:
        load = f" at {found['load_n']:.4g} N" if "load_n" in found else ""
        yield (
            f"{found['name']}: {found['parted_area_mm2']:.4g} mm2 parted, {found['damaged_area_mm2']:.4g} mm2 damaged, "
            f"{found['dissipated_uj']:.4g} uJ dissipated{load}"
        )
