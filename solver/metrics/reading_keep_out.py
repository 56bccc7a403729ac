"""Keep-out zones of vias after every step, and how far their copper stands out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from mpi4py import MPI

from solver.arrays import Array
from solver.case.keep_out import DESIGN, KeepOut
from solver.case.models import Case
from solver.metrics import keep_out
from solver.metrics.joints import JointField
from solver.metrics.keep_out import Plane, Zone
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import IF_ANY
from solver.units import to_celsius

_MICRO = 1e6
_MOST = 40_000  # points of the map
_REACHES = 0.9  # of the room a zone has, from which on it fills it
_ROOM, _NEAR = 298.0, 50.0  # K, where the coefficients were measured, and how far from it they are used unsaid


@dataclass(frozen=True)
class DeviceZone:
    """The keep-out zone of a kind of transistor.

    Attributes:
        carriers, channel, angle_deg: of it.
        least_change_percent, most_change_percent: of mobility, over all of the silicon.
        radius_um: farthest from the middle of a via that the limit is exceeded; 0 where it nowhere is.
        at_x_mm, at_y_mm: the via with most.
        area_um2: of silicon that is lost, mean of all vias; `worst_area_um2`: of the worst.
        part_lost: of all of the silicon.
    """

    carriers: str
    channel: str
    angle_deg: float
    least_change_percent: float
    most_change_percent: float
    radius_um: float
    at_x_mm: float
    at_y_mm: float
    area_um2: float
    worst_area_um2: float
    part_lost: float


@dataclass(frozen=True)
class CopperHeight:
    """How far the top of the vias stands above the silicon around them.

    Attributes:
        since: step at whose end it was flush, or `design`.
        mean_um, highest_um: of the via that stands out most: mean over its top, and its highest point.
        all_mean_um: mean of all vias.
    """

    since: str
    mean_um: float
    highest_um: float
    all_mean_um: float


@dataclass(frozen=True)
class KeepOutEntry:
    """After a step: limit, diameter and number of vias, and the zones by device."""

    limit_percent: float
    vias: int
    diameter_um: float
    devices: dict[str, DeviceZone]
    copper: CopperHeight | None = field(metadata=IF_ANY)


class KeepOutReading(Reading):
    """Of the vias a case names.

    Args:
        wanted: vias, devices and limit.
    """

    def __init__(self, wanted: KeepOut) -> None:
        self._wanted = wanted
        self._flush: Array | None = None  # (2, vias) heights where the copper was polished (m)

    @staticmethod
    def wanted(case: Case) -> "KeepOutReading | None":
        """For a case with `keep_out`."""
        return None if case.report.keep_out is None else KeepOutReading(case.report.keep_out)

    def read(self, step: SolvedStep) -> Found | None:
        """Zones and heights after a step. Collective."""
        mesh, wanted = step.stack_mesh, self._wanted
        layer = wanted.vias.partition("/")[0]
        if mesh.stack.cut_out or wanted.vias not in [block.name for block in mesh.blocks]:
            return None
        vias = keep_out.vias_of(mesh, wanted.vias)
        planes = keep_out.device_plane(step, layer, wanted.silicon or [layer], wanted.devices)
        zones = [keep_out.zone(mesh, plane, vias, wanted.limit) for plane in planes]
        heights = np.stack(keep_out.standing_out(step, wanted.vias, vias))
        if step.name == wanted.polished:
            self._flush = heights
        copper = self._copper(heights)
        named = {device.name: zone for device, zone in zip(wanted.devices, zones, strict=True)}
        entry = KeepOutEntry(
            100.0 * wanted.limit,
            len(vias.area),
            _MICRO * float(vias.diameter.max()),
            {
                device.name: _entry(zone, vias, device.carriers, device.channel, device.degrees)
                for device, zone in zip(wanted.devices, zones, strict=True)
            },
            copper,
        )
        names = [device.name for device in wanted.devices]
        tables = {"keep_out": _map(mesh.comm, planes, names), "keep_out_vias": _table(vias, named, heights)}
        return Found(entry, tables, tuple(doubts(step, entry, vias)))

    def _copper(self, heights: Array) -> CopperHeight | None:
        if self._wanted.polished != DESIGN and self._flush is None:
            return None
        mean, top = _MICRO * (heights if self._flush is None else heights - self._flush)
        worst = int(np.argmax(mean))
        return CopperHeight(self._wanted.polished, float(mean[worst]), float(top[worst]), float(mean.mean()))

    def reference(self, step: str) -> dict[str, Array]:
        """Heights where the copper was flush."""
        return {} if self._flush is None or step != self._wanted.polished else {"keep_out.flush": self._flush}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        self._flush = arrays.get("keep_out.flush", self._flush)


def _entry(zone: Zone, vias: JointField, carriers: str, channel: str, angle: float) -> DeviceZone:
    worst = int(np.argmax(zone.radius))
    return DeviceZone(
        carriers,
        channel,
        angle,
        100.0 * zone.least,
        100.0 * zone.most,
        _MICRO * float(zone.radius[worst]),
        1e3 * float(vias.centres[worst, 0]),
        1e3 * float(vias.centres[worst, 1]),
        _MICRO**2 * float(zone.area.mean()),
        _MICRO**2 * float(zone.area.max()),
        float(zone.area.sum()) / zone.silicon if zone.silicon else 0.0,
    )


def _table(vias: JointField, zones: Mapping[str, Zone], heights: Array) -> dict[str, Array]:
    table = {"x_mm": 1e3 * vias.centres[:, 0], "y_mm": 1e3 * vias.centres[:, 1]}
    for name, zone in zones.items():
        table |= {f"radius_um {name}": _MICRO * zone.radius, f"area_um2 {name}": _MICRO**2 * zone.area}
    return table | {"height_um": _MICRO * heights[0], "highest_um": _MICRO * heights[1]}


def _map(comm: MPI.Intracomm, planes: list[Plane], names: list[str]) -> dict[str, Array]:
    """Change of mobility at points of the modelled part, thinned where there are many. Collective."""
    places = planes[0].places.reshape(-1, 2)
    columns = np.column_stack([_MICRO * places, *(100.0 * plane.change.ravel() for plane in planes)])
    every = -(-comm.allreduce(len(columns), MPI.SUM) // _MOST)
    rows = np.concatenate(comm.allgather(columns[:: max(every, 1)]))
    rows = rows[np.lexsort(rows[:, :2].T)]
    return dict(zip(("x_um", "y_um", *(f"change_percent {name}" for name in names)), rows.T, strict=True))


def doubts(step: SolvedStep, entry: KeepOutEntry, vias: JointField) -> Iterator[str]:
    """What makes the zones after a step doubtful, a line each."""
    where = f"step '{step.name}', keep-out zone"
    if isinstance(step.temperature, float) and abs(step.temperature - _ROOM) > _NEAR:
        yield (
            f"{where}: coefficients of piezoresistance hold at room temperature, not at "
            f"{to_celsius(step.temperature):.4g} degC; read it where the die works"
        )
    to_side = shapely.distance(step.stack_mesh.stack.outline.exterior, shapely.points(vias.centres)).min()
    reach = _MICRO * _room(vias), _MICRO * float(to_side)
    for name, zone in entry.devices.items():
        if zone.radius_um > _REACHES * reach[0]:
            yield f"{where}: the zones of {name} around neighbouring vias meet; their radius is half the distance"
        elif zone.radius_um > _REACHES * reach[1]:
            yield (
                f"{where}: the zone of {name} reaches the outline, {reach[1]:.4g} um from the nearest via: with more "
                "silicon around it it may be larger"
            )


def _room(vias: JointField) -> float:
    """Half the least distance of two vias (m), infinite of one."""
    if len(vias.centres) < 2:
        return float("inf")
    apart = [np.delete(np.linalg.norm(vias.centres - one, axis=1), k).min() for k, one in enumerate(vias.centres[:64])]
    return 0.5 * float(min(apart))


def in_words(entry: KeepOutEntry | None) -> Iterator[str]:
    """The zones after a step, for the log."""
    if entry is None:
        return
    for name, zone in entry.devices.items():
        yield (
            f"keep-out of {name} {zone.channel}, {entry.limit_percent:.3g} %: {zone.radius_um:.4g} um from the middle, "
            f"{zone.area_um2:.4g} um2 a via"
        )
    if entry.copper is not None:
        yield f"copper stands out by {1e3 * entry.copper.mean_um:.4g} nm since {entry.copper.since}"
