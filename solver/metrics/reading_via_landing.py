"""Do vias land on their pads after every step: of pads on dies, by their shift, or of pads in exposure fields."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, TypeAlias

import numpy as np
import shapely

from solver.arrays import Array, Integers
from solver.case.dies import dies_of, layer_of
from solver.case.exposure import field_centres
from solver.case.models import Case
from solver.case.report import DESIGN, Lithography
from solver.case.via_landing import Corrected, ViaLanding
from solver.metrics import die_shift, lithography
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.metrics.via_landing import Landing, Pads, landings
from solver.stackup.stack import StackUp

Measured: TypeAlias = die_shift.Motion | lithography.Sites


class ViaLandingReading(Reading):
    """Of all layers of vias a case names; nothing of a package that was cut out.

    Args:
        case: validated.
    """

    _KINDS: ClassVar = {"dies": die_shift.Motion, "fields": lithography.Sites}

    def __init__(self, case: Case) -> None:
        self._case = case
        self._before: dict[str, Measured] = {}

    @staticmethod
    def wanted(case: Case) -> "ViaLandingReading | None":
        """Where a case asks for it."""
        return ViaLandingReading(case) if case.report.via_landing else None

    def read(self, step: SolvedStep) -> Found | None:
        """Misalignment of every layer of vias. Collective."""
        if step.stack_mesh.stack.cut_out:
            return None
        entries: dict[str, Any] = {}
        tables: dict[str, dict[str, Array]] = {}
        doubts: list[str] = []
        for number, one in enumerate(self._case.report.via_landing):
            pads = self._pads(one, step)
            if pads is None or not len(pads.xy):
                continue
            found = dict(landings(pads, one))
            judged, table = found[one.correction], f"via_landing_{number + 1}"
            entries[one.name] = _entry(one, found) | {"table": table}
            tables[table] = _table(pads, judged)
            doubts += self._doubts(one, judged, step.name)
        return Found(entries, tables, tuple(doubts)) if entries else None

    def _pads(self, one: ViaLanding, step: SolvedStep) -> Pads | None:
        """Pads and where they went since they were made."""
        measured = self._measured(one, step)
        if measured is not None and one.reference != DESIGN:
            before = self._before.get(one.name)
            if step.name == one.reference:
                self._before[one.name] = measured
            measured = None if before is None or step.name == one.reference else measured.since(before)  # type: ignore[arg-type]
        if measured is None:
            return None
        if isinstance(measured, lithography.Sites):
            return _of_fields(measured)
        polygons = step.stack_mesh.stack.polygons_of(self._dies)
        return _of_dies(measured, polygons, one, step.stack_mesh.stack, self._case.report.lithography)

    def _measured(self, one: ViaLanding, step: SolvedStep) -> Measured | None:
        if one.pads == "fields":
            assert self._case.report.lithography is not None  # the case file was checked for it
            place = step.stack_mesh, step.displacement, step.frame
            return lithography.measure(*place, self._case.report.lithography)
        dies = dies_of(self._case)
        assert dies is not None  # the same
        layer, _, region = self._dies.partition("/")
        return die_shift.motion(step.stack_mesh, step.displacement, step.frame, layer, region, dies.face)

    @property
    def _dies(self) -> str:
        """LAYER/REGION of the dies."""
        dies = dies_of(self._case)
        assert dies is not None  # the case file was checked for it
        return f"{layer_of(self._case, dies)}/{dies.region}"

    def _doubts(self, one: ViaLanding, judged: Landing, step: str) -> list[str]:
        where, found = f"step '{step}', vias '{one.name}'", []
        lost = int(np.isnan(judged.off).sum())
        if lost:
            found.append(f"{where}: {lost} pads lie in no {one.correction} that determines a correction: not judged")
        assert self._case.process is not None
        builds = [number for number, other in enumerate(self._case.process.steps) if self._builds_dies(other.build)]
        if one.pads == "dies" and one.reference == DESIGN and builds and builds[0] > 0:
            name = self._case.process.steps[builds[0]].name
            found.append(
                f"{where}: pads are measured from the drawing; a machine places dies at their coordinates whatever "
                f"the carrier does: `reference: {name}`"
            )
        return found

    def _builds_dies(self, names: list[str]) -> bool:
        return bool({self._dies, self._dies.partition("/")[0]} & set(names))

    def reference(self, step: str) -> dict[str, Array]:
        """What was measured in the step that others are compared with."""
        return {
            f"via landing.{one.name}.{part.name}": np.asarray(getattr(self._before[one.name], part.name))
            for one in self._case.report.via_landing
            if one.reference == step and one.name in self._before
            for part in fields(self._KINDS[one.pads])
        }

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        for one in self._case.report.via_landing:
            kind = self._KINDS[one.pads]
            keys = [f"via landing.{one.name}.{part.name}" for part in fields(kind)]
            if all(key in arrays for key in keys):
                self._before[one.name] = kind(*(arrays[key] for key in keys))


def _of_fields(sites: lithography.Sites) -> Pads:
    count = sites.xy.shape[1]
    xy, u = sites.xy.reshape(-1, 2), sites.u.reshape(-1, 3)
    on, field = ~np.isnan(u).any(axis=1), np.repeat(np.arange(len(sites.xy)), count)
    whole: Integers = np.zeros(int(on.sum()), dtype=np.int64)
    return Pads(xy[on], u[on, :2], {"panel": whole, "field": field[on]})


def _of_dies(
    found: die_shift.Motion,
    polygons: Sequence[shapely.Polygon],
    one: ViaLanding,
    stack: StackUp,
    fields: Lithography | None,
) -> Pads:
    places, moved, owners = [], [], []
    for number in np.flatnonzero(found.whole):
        xy = _lattice(polygons[number], one)
        places.append(xy)
        moved.append(found.at(int(number), xy))
        owners.append(np.full(len(xy), number))
    if not places:
        return Pads(np.zeros((0, 2)), np.zeros((0, 2)), {})
    xy, die = np.concatenate(places), np.concatenate(owners)
    groups: dict[Corrected, Integers] = {"panel": np.zeros(len(xy), dtype=np.int64), "die": die}
    if fields is not None:
        groups["field"] = _field_of(xy, stack, fields)
    return Pads(xy, np.concatenate(moved), groups)


def _lattice(die: shapely.Polygon, one: ViaLanding) -> Array:
    """(n, 2) pads of a die: a lattice in the box around it, of which those on the die count."""
    x0, y0, x1, y1 = die.buffer(-one.margin).bounds if one.margin else die.bounds
    line = np.linspace(0.0, 1.0, one.points)
    lattice = np.stack(np.meshgrid(x0 + line * (x1 - x0), y0 + line * (y1 - y0), indexing="ij"), axis=-1).reshape(-1, 2)
    return np.asarray(lattice[shapely.intersects_xy(die.buffer(1e-9), lattice[:, 0], lattice[:, 1])])


def _field_of(xy: Array, stack: StackUp, fields: Lithography) -> Integers:
    """(n,) exposure field that places are in, -1 for none."""
    found: Integers = np.full(len(xy), -1, dtype=np.int64)
    half = np.array(fields.field) / 2 * (1 + 1e-9)
    for number, centre in enumerate(field_centres(stack.outline, fields)):
        found[(np.abs(xy - centre) <= half).all(axis=1)] = number
    return found


def _entry(one: ViaLanding, found: Mapping[Corrected, Landing]) -> dict[str, Any]:
    return {
        "pads": one.pads,
        "via_um": 1e6 * one.via,
        "pad_um": 1e6 * one.pad,
        "annular_ring_um": 1e6 * one.annular_ring,
        "combine": one.combine,
        "reference": one.reference,
        "correction": one.correction,
        **found[one.correction].summary(),
        "corrections": {name: landing.summary() for name, landing in found.items()},
    }


def _table(pads: Pads, judged: Landing) -> dict[str, Array]:
    x, y = 1e3 * pads.xy.T
    dx, dy = 1e6 * judged.left.T
    return {
        "x_mm": x,
        "y_mm": y,
        "known_x_um": dx,
        "known_y_um": dy,
        "misalignment_um": 1e6 * judged.off,
        "ring_um": 1e6 * ((judged.wanted.pad - judged.wanted.via) / 2 - judged.off),
        "lands": judged.lands.astype(np.int64),
    }
