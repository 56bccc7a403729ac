"""Copper pads recessed in oxide after every step: whether they meet, and which bow their bond can take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case.hybrid_bonds import BondedPart, HybridBonds
from solver.case.models import Case
from solver.life.bonding import ConfinedPad, Sheet
from solver.materials import library
from solver.materials.curve import ROOM
from solver.materials.material import Material
from solver.metrics import keep_out
from solver.metrics.bond_plane import BondPlane
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import IF_ANY
from solver.physics.solid.at_gauss import WITHIN
from solver.physics.solid.cell_stress import invariants
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Solid
from solver.units import to_celsius

_NANO = 1e9
_FEW = 20  # nodes of pads that tell little of the pressure between them


@dataclass(frozen=True)
class BondedBow:
    """What a bond front can flatten of a part, by its work of adhesion.

    Attributes:
        greatest_spherical_bow_um, greatest_cylindrical_bow_um: against something stiff and flat.
        energy_j_per_m2: to flatten the bow it has, as a sphere; `bonds`: that is below the work of adhesion.
        run_out_nm: of its edge as it is flattened.
    """

    greatest_spherical_bow_um: float
    greatest_cylindrical_bow_um: float
    energy_j_per_m2: float | None = field(metadata=IF_ANY)
    bonds: bool | None = field(metadata=IF_ANY)
    run_out_nm: float | None = field(metadata=IF_ANY)


@dataclass(frozen=True)
class SolvedContact:
    """Of pads whose contact is solved, in a step on a `mirror`.

    Attributes:
        met_percent: of the area of the pads, their edges left out, that press on each other or are joined.
        joined_percent: of it, that is joined.
        peak_mpa: largest pressure of a node.
    """

    met_percent: float
    joined_percent: float
    peak_mpa: float


@dataclass(frozen=True)
class HybridBondEntry:
    """The pads after a step, of one face; the other is its mirror image.

    Attributes:
        recess_nm: of the copper, cold.
        rise_nm: of the copper over the oxide, mean over the pad that rises least.
        highest_rise_nm: its highest point.
        confined_rise_nm: in closed form, of an elastic pad held at its sides and bottom.
        gap_nm: between the two pads, mean; 0 where they meet.
        meet: the gap is closed; where contact is solved, somewhere.
        closes_at_degc: temperature at which it did in this step, linear between its ends (of increments, where it goes
            in time); None if it did not.
        pressure_mpa: between the pads, mean over them without their edges, negative where joined ones are pulled; where
            contact is not solved, by the rise beyond the recess against the confined modulus: an upper bound.
        oxide_opening_mpa: tension across the bond of the oxide, mean.
        oxide_edge_mpa: largest principal stress of the oxide beside the pads, means over cells: singular at the corner
            of a pad, so it belongs to cells of this length, `oxide_edge_cell_nm`.
        parts: bow by name of what is bonded.
        thermal_run_out_nm: of the edge of the first part on the second: at this temperature, and heated apart.
        contact: where it is solved.
    """

    recess_nm: float
    rise_nm: float
    highest_rise_nm: float
    confined_rise_nm: float
    gap_nm: float
    meet: bool
    closes_at_degc: float | None
    pressure_mpa: float
    oxide_opening_mpa: float
    oxide_edge_mpa: float
    oxide_edge_cell_nm: float
    parts: dict[str, BondedBow]
    thermal_run_out_nm: float | None = field(metadata=IF_ANY)
    contact: SolvedContact | None = field(metadata=IF_ANY)


@dataclass(frozen=True)
class _Meeting:
    """How far pads are from meeting, and what they press with (m, K, Pa).

    Attributes:
        rise: of those that rise most, if they do not meet.
        gap, meet, closes, pressure, opening: as of `HybridBondEntry`.
        contact: as of it.
        table: of the plane of the bond.
        nodes: that may press; None where contact is not solved.
    """

    rise: float
    gap: float
    meet: bool
    closes: float | None
    pressure: float
    opening: float
    contact: SolvedContact | None = None
    table: dict[str, Array] = field(default_factory=dict)
    nodes: int | None = None


class HybridBondReading(Reading):
    """Of the pads a case names.

    Args:
        case: with `hybrid_bonds`.
        wanted: pads and recess.
    """

    def __init__(self, case: Case, wanted: HybridBonds) -> None:
        assert case.process is not None
        self._wanted, self._case = wanted, case
        self._free = case.process.stress_free_temperature
        self._before: Array = np.array([self._free, 0.0])  # temperature (K) and rise (m) at the end of the step before
        layer, _, region = wanted.pads.partition("/")
        found = next(one for one in case.geometry.layers if one.name == layer)
        assert found.material is not None
        self._oxide = library.resolve(found.material, case.materials)
        copper = next(one.material for one in found.regions if one.name == region)
        self._copper = library.resolve(copper, case.materials)

    @staticmethod
    def wanted(case: Case) -> "HybridBondReading | None":
        """For a case with `hybrid_bonds`."""
        return None if case.report.hybrid_bonds is None else HybridBondReading(case, case.report.hybrid_bonds)

    def read(self, step: SolvedStep) -> Found | None:
        """The pads after a step at a uniform temperature. Collective."""
        mesh, wanted, kelvin = step.stack_mesh, self._wanted, step.temperature
        if wanted.pads not in [block.name for block in mesh.blocks] or not isinstance(kelvin, float):
            return None
        pads = keep_out.vias_of(mesh, wanted.pads)
        mean, top = keep_out.standing_out(step, wanted.pads, pads)
        least = int(np.argmin(mean))
        rise = float(mean[least])
        block = self._confined(mesh.stack.layer(wanted.pads.partition("/")[0]).thickness, kelvin)
        found = self._solved(step.solid, kelvin) or self._foreseen(mesh, block, rise, float(pads.area.sum()), kelvin)
        entry = HybridBondEntry(
            _NANO * wanted.recess,
            _NANO * rise,
            _NANO * float(top[least]),
            _NANO * block.depth * block.effective_expansion * (kelvin - self._reference),
            _NANO * found.gap,
            found.meet,
            found.closes,
            1e-6 * found.pressure,
            1e-6 * found.opening,
            *_beside(step, wanted.pads),
            {part.name: self._bow(part) for part in wanted.parts},
            self._thermal_run_out(kelvin),
            found.contact,
        )
        self._before = np.array([kelvin, found.rise])
        tables = {"hybrid_bond": found.table} if found.table else {}
        return Found(entry, tables, tuple(_doubts(step.name, entry, found.nodes)))

    def _foreseen(self, mesh: StackMesh, block: ConfinedPad, rise: float, metal: float, kelvin: float) -> _Meeting:
        """Of pads that nothing stops: their mean rise (m), the area of all of them (m^2)."""
        recess = self._wanted.recess
        pressure = max(0.0, block.confined_modulus * (rise - recess) / block.depth)
        opening = pressure * metal / (mesh.stack.outline.area - metal)
        gap = 2.0 * max(0.0, recess - rise)
        return _Meeting(rise, gap, rise >= recess, self._closes(kelvin, rise), pressure, opening)

    def _solved(self, solid: Solid, kelvin: float) -> _Meeting | None:
        """Of pads whose contact is solved. Collective."""
        if not isinstance(solid, SmallDeflectionSolid) or solid.facing is None:
            return None
        facing = solid.facing
        if self._wanted.pads not in facing.regions:
            return None
        plane, number = BondPlane(solid), facing.regions.index(self._wanted.pads)
        pads, excess, met_at = plane.pads(number), facing.excess[number], facing.met_at[number]
        rise = self._wanted.recess + float(pads.highest if np.isnan(excess) else excess)
        in_time = isinstance(solid, SmallDeflectionInTime)  # which notes where they met, and else did not see it
        guess = None if in_time or np.isnan(excess) else self._closes(kelvin, rise)
        closes = guess if np.isnan(met_at) else to_celsius(float(met_at))
        contact = SolvedContact(100.0 * pads.met, 100.0 * pads.joined, 1e-6 * pads.peak)
        return _Meeting(
            rise, pads.gap, pads.met > 0.0, closes, pads.pressure, plane.opening, contact, plane.table(), pads.nodes
        )

    def reference(self, step: str) -> dict[str, Array]:
        """Temperature and rise at the end of the step, for the next."""
        del step
        return {"hybrid_bonds.before": self._before}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        self._before = arrays.get("hybrid_bonds.before", self._before)

    @property
    def _reference(self) -> float:
        assert self._free is not None
        return self._free

    def _confined(self, depth: float, kelvin: float) -> ConfinedPad:
        """The pad in closed form, its mismatch the mean from the stress-free temperature."""
        modulus, poisson = _isotropic(self._copper, kelvin)
        change = kelvin - self._reference
        at = kelvin if change else kelvin + 1.0
        strains = [one.thermal_strain(at, self._reference)[..., 2] for one in (self._copper, self._oxide)]
        return ConfinedPad(modulus, poisson, float(strains[0] - strains[1]) / (at - self._reference), depth)

    def _closes(self, kelvin: float, rise: float) -> float | None:
        before, was = self._before
        if not was < self._wanted.recess <= rise:
            return None
        return to_celsius(float(before + (kelvin - before) * (self._wanted.recess - was) / (rise - was)))

    def _bow(self, part: BondedPart) -> BondedBow:
        modulus, poisson = _isotropic(library.resolve(part.material, self._case.materials), ROOM)
        sheet, adhesion = Sheet(modulus, poisson, part.thickness, part.length), self._wanted.adhesion
        energy = None if part.bow is None else sheet.energy(part.bow)
        return BondedBow(
            1e6 * sheet.greatest_bow(adhesion),
            1e6 * sheet.greatest_bow(adhesion, spherical=False),
            energy,
            None if energy is None else energy < adhesion,
            None if part.bow is None else _NANO * sheet.run_out(part.bow),
        )

    def _thermal_run_out(self, kelvin: float) -> float | None:
        if len(self._wanted.parts) < 2:
            return None
        one, other = (library.resolve(part.material, self._case.materials) for part in self._wanted.parts[:2])
        hotter = kelvin + (self._wanted.heated_apart or 0.0)
        strain = (
            one.thermal_strain(hotter, self._reference)[..., 0] - other.thermal_strain(kelvin, self._reference)[..., 0]
        )
        return _NANO * float(strain) * self._wanted.parts[0].length / 2.0


def _beside(step: SolvedStep, pads: str) -> tuple[float, float]:
    """Largest principal stress (MPa) of the oxide beside pads, and the length of the cell it is in (nm). Collective."""
    mesh, plane = step.stack_mesh, step.stack_mesh.plane
    layer, _, region = pads.partition("/")
    number = [one.name for one in mesh.stack.layers].index(layer)
    names = [one.name for one in mesh.stack.layers[number].regions]
    metal = np.zeros(len(plane.points), dtype=bool)
    metal[plane.quads[plane.region[number] == 1 + names.index(region)].ravel()] = True
    touching = metal[plane.quads].any(axis=1) & (plane.region[number] == 0)
    cells = np.flatnonzero((mesh.layer_of == number) & touching[mesh.column])
    _, largest, _ = invariants(step.solid.stress(step.temperature, WITHIN)[cells].mean(axis=1))
    found = [(float(value), float(size)) for value, size in zip(largest, mesh.sizes[cells], strict=True)]
    parts = mesh.comm.allgather([max(found)] if found else [])
    value, size = max((one for part in parts for one in part), default=(0.0, 0.0))
    return 1e-6 * value, _NANO * size


def _isotropic(material: Material, kelvin: float) -> tuple[float, float]:
    """Young's modulus (Pa) and Poisson's ratio in the plane."""
    plane = material.plane_stiffness(kelvin)
    poisson = float(plane[..., 0, 1] / plane[..., 0, 0])
    return float(plane[..., 0, 0]) * (1.0 - poisson**2), poisson


def _doubts(step: str, entry: HybridBondEntry, nodes: int | None) -> Iterator[str]:
    where = f"step '{step}', hybrid bonds"
    if nodes is not None and nodes < _FEW:
        yield f"{where}: only {nodes} nodes of the pads may press: give them more cells (`edge_refinement`)"
    if entry.contact is None and entry.pressure_mpa > 0.0:
        yield (
            f"{where}: pads meet, and contact is not solved: their pressure, {entry.pressure_mpa:.3g} MPa, is that "
            "of a pad held at its sides, an upper bound; `support: {mirror: ...}` solves it"
        )
    for name, part in entry.parts.items():
        if part.bonds is False:
            yield f"{where}: to flatten '{name}' takes {part.energy_j_per_m2:.3g} J/m2, more than its adhesion gives"


def in_words(entry: HybridBondEntry | None) -> Iterator[str]:
    """The pads after a step, for the log."""
    if entry is not None:
        state = "meet" if entry.meet else f"are {entry.gap_nm:.3g} nm apart"
        closes = "" if entry.closes_at_degc is None else f", closed at {entry.closes_at_degc:.4g} degC"
        yield f"pads rise by {entry.rise_nm:.4g} nm of {entry.recess_nm:.4g} and {state}{closes}"
        if entry.contact is not None and entry.meet:
            yield (
                f"{entry.contact.met_percent:.3g} % of the pads meet, {entry.pressure_mpa:.4g} MPa on all of them, at "
                f"most {entry.contact.peak_mpa:.4g}; the bond of the oxide bears {entry.oxide_opening_mpa:.4g} MPa"
            )
