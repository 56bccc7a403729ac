"""Submodels after every step: places of the stack solved finer, driven on their cut by the whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.case.models import Case
from solver.case.submodel import WEAKEST
from solver.case.submodel import Submodel as Wanted
from solver.errors import CaseError, NotConvergedError
from solver.metrics import memory_means, place_bump, reading_crack, stress
from solver.metrics.crack_release import CrackRelease
from solver.metrics.place_cycles import PlaceCycle, PlaceCycles
from solver.metrics.place_in_time import PlaceInTime
from solver.metrics.place_maker import PlaceMaker
from solver.metrics.place_parts import energy_within
from solver.metrics.place_section import section
from solver.metrics.places import PLACES, outdone
from solver.metrics.reading import Found, Kept, KeptValues, Reading, SolvedStep
from solver.metrics.reading_crack import Fronts, fronts, toughnesses
from solver.metrics.stress import StackStress
from solver.output.summary import IF_ANY, INLINE
from solver.output.summary import entry as as_summary
from solver.physics.solid.at_gauss import WITHIN
from solver.physics.solid.carried import carried
from solver.physics.solid.course import Leg
from solver.physics.solid.cut_out import CutOut
from solver.physics.solid.cut_stress import CutTraction, cut_tractions, mismatch, stress_field
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Solid
from solver.physics.solid.submodel import Submodel
from solver.slug import slug
from solver.stackup.place import Spot

_FELT = 0.05  # part of the traction on a face that may come from what was refined
_FALLS = 2.0  # power of the distance by which stress around a hole or an inclusion falls off (Kirsch, Eshelby)


@dataclass(frozen=True)
class CutFace:
    """A face that is driven by the whole.

    Attributes:
        traction_mpa, whole_traction_mpa, difference_mpa: root mean squares over it, of the place, of the whole in its
            own materials, and of their difference.
        felt: part of the traction that comes from what was refined; of all faces, over that of the largest.
        move_out_um: distance outwards at which that falls below a twentieth, by the square of the distance; 0 if it is.
    """

    traction_mpa: float
    whole_traction_mpa: float
    difference_mpa: float
    felt: float
    move_out_um: float


@dataclass(frozen=True)
class SubmodelEntry:
    """A place after a step.

    Attributes:
        at_x_mm, at_y_mm: its middle in its whole.
        within: the submodel that is its whole; None: the stack.
        deflection: small or large, as the whole is.
        cells: of its mesh.
        strain_energy_mj, whole_strain_energy_mj: of the place, and of the whole inside of it.
        cut: driven faces.
        stress: of its layers and blocks.
        table: name of the CSV file of its section.
        cycle: where a thermal cycle ends and something yields or creeps, what it did.
        bump: what its bump carries and does.
        delaminations: what its starter cracks release, by name; places are about its middle.
    """

    at_x_mm: float
    at_y_mm: float
    within: str | None
    deflection: str
    cells: int
    strain_energy_mj: float
    whole_strain_energy_mj: float
    cut: dict[str, CutFace]
    stress: StackStress = field(metadata=INLINE)
    table: str
    cycle: PlaceCycle | None = field(default=None, metadata=IF_ANY)
    bump: place_bump.BumpEntry | None = field(default=None, metadata=IF_ANY)
    delaminations: dict[str, CrackRelease] | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class _Solved:
    """A place at the end of a step.

    Attributes:
        spot: its middle (m).
        submodel: solved.
        temperature: uniform (K) or the field.
        stress: of its layers and blocks.
        legs: what it went through, in time.
    """

    spot: Spot
    submodel: CutOut
    temperature: float | fem.Function
    stress: StackStress
    legs: tuple[Leg, ...] = ()


class SubmodelReading(Reading):
    """The submodels of a case, in their order.

    Args:
        case: with submodels.
    """

    def __init__(self, case: Case) -> None:
        self._case, self._wanted, self._maker = case, case.submodels, PlaceMaker(case)
        assert case.process is not None  # the case file was checked for it
        self._cycles, self._last = PlaceCycles(case.process), case.process.steps[-1].name
        self._outdone: dict[str, str] = {}  # places by name that others have outdone by now, and how far
        self._in_time = {one.name: PlaceInTime(case, one, self._maker) for one in case.submodels}

    @staticmethod
    def wanted(case: Case) -> "SubmodelReading | None":
        """For a case with `submodels`."""
        return SubmodelReading(case) if case.submodels else None

    def kept(self) -> Kept | None:
        """What places remember. Collective."""
        found: Kept = {}
        for place in self._in_time.values():
            kept = place.kept()
            if kept is None:
                return None
            found |= kept
        return found

    def resume(self, values: KeptValues, finished: Sequence[Mapping[str, Any]]) -> None:
        """Let places go on from what they remembered."""
        entries = (finished[-1].get("submodels") or {}) if finished else {}
        for name, place in self._in_time.items():
            place.restore(values, entries.get(name))

    def reference(self, step: str) -> dict[str, Array]:
        """What is known of the cycle that ends with a step."""
        return self._cycles.kept(step)

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        self._cycles.restore(arrays)

    def read(self, step: SolvedStep) -> Found | None:
        """Solve each place. Collective."""
        wholes: dict[str | None, SolvedStep] = {None: step}
        entries, tables = dict[str, SubmodelEntry](), dict[str, dict[str, Array]]()
        doubts = list[str]()
        for one in self._wanted:
            if one.within not in wholes:
                continue
            whole = wholes[one.within]
            try:
                place = self._through(one, whole) if remembers(whole.solid) else self._at_end(one, whole)
            except (CaseError, NotConvergedError) as error:
                raise type(error)(f"submodel '{one.name}', step '{step.name}': {error}") from error
            if place is None:
                continue
            table, solid = f"submodel_{slug(one.name)}", place.submodel.solid
            cycle = self._cycles.read(one.name, step.name, solid, place.stress)
            bump = None if one.bump is None else place_bump.read(one.bump, solid, place.temperature)
            where = f"step '{step.name}', submodel '{one.name}'"
            self._compare(one, whole, place.spot)
            cracks, more, said = _cracks(where, one, solid)
            entries[one.name] = replace(
                _entry(one, place, whole, table), cycle=cycle, bump=bump, delaminations=cracks or None
            )
            tables[table] = section(solid.stack_mesh, solid.stress(place.temperature, WITHIN))
            tables |= {f"{table}_{name}": columns for name, columns in more.items()}
            doubts += said
            doubts += _doubts(where, entries[one.name])
            if one.bump is not None and bump is not None:
                doubts += place_bump.doubts(where, one.bump, bump)
            at_end = step.name, solid, place.submodel.displacement(), place.temperature, step.report
            wholes[one.name] = SolvedStep(*at_end, legs=place.legs, cut=place.submodel.cut)
        doubts += self._outdone.values() if step.name == self._last else ()
        return Found(entries, tables, tuple(doubts)) if entries else None

    def ended(self, cycle: int) -> Iterator[str]:  # noqa: ARG002 (whichever it is)
        """Places that are no more where their names say."""
        yield from self._outdone.values()

    def _compare(self, one: Wanted, whole: SolvedStep, spot: Spot) -> None:
        """Whether the joint that was the weakest when its place was chosen is so still. Collective."""
        more = outdone(whole, one.of or "", spot) if one.at == WEAKEST and remembers(whole.solid) else None
        self._outdone.pop(one.name, None)
        if more is not None:
            (x, y), times = more
            self._outdone[one.name] = (
                f"submodel '{one.name}': it stays at the joint that was the weakest at first; by now in that at "
                f"{1e3 * x:.4g}, {1e3 * y:.4g} mm {times:.3g} times as much work is done: put it `at` that place"
            )

    def _at_end(self, one: Wanted, whole: SolvedStep) -> _Solved | None:
        """An elastic place at the end of a step; None if nothing of it is there."""
        spot = PLACES[one.at](whole, one.of or "") if isinstance(one.at, str) else one.at
        pointwise = isinstance(whole.temperature, fem.Function)
        made = self._maker.make(one, spot, Leg(whole.solid, (), whole.cut), whole.name, pointwise)
        if made is None:
            return None
        place, cut = made
        above = whole.solid.displacement if one.within is None else whole.displacement
        submodel = Submodel(place, above, cut, self._case.analysis.solver)
        temperature = _temperature(whole, submodel)
        submodel.solve(temperature)
        return _Solved(spot, submodel, temperature, _stress(submodel, temperature))

    def _through(self, one: Wanted, whole: SolvedStep) -> _Solved | None:
        """A place at the end of a step that it went through with its whole; None if nothing of it is there."""
        place = self._in_time[one.name]
        legs = place.follow(whole)
        if place.spot is None or place.submodel is None:
            return None
        temperature = _temperature(whole, place.submodel)
        found = memory_means.added(_stress(place.submodel, temperature), place.submodel.solid, place.works)
        place.works = memory_means.works(found)
        return _Solved(place.spot, place.submodel, temperature, found, legs)


def remembers(solid: Solid) -> bool:
    """True of a stack in time, whose places are."""
    return isinstance(solid, SmallDeflectionInTime | LargeDeflectionInTime)


def _cracks(where: str, one: Wanted, solid: Solid) -> tuple[Fronts, dict[str, dict[str, Array]], list[str]]:
    """Starter cracks of a place."""
    if not solid.stack_mesh.cracks or not isinstance(solid, SmallDeflectionSolid):
        return {}, {}, []
    return fronts(where, solid, toughnesses(one.delaminations))


def _temperature(whole: SolvedStep, submodel: CutOut) -> float | fem.Function:
    """Of a place: as its whole is."""
    if not isinstance(whole.temperature, fem.Function):
        return whole.temperature
    degree = whole.temperature.function_space.ufl_element().degree
    space = fem.functionspace(submodel.space.mesh, ("Lagrange", degree))
    return carried(whole.temperature, space, submodel.cut.at)[0]


def _stress(submodel: CutOut, temperature: float | fem.Function) -> StackStress:
    solid = submodel.solid
    sigma, energy = solid.stress(temperature), solid.strain_energy()
    return stress.evaluate(solid.stack_mesh, sigma, energy, solid.materials, temperature)


def _entry(one: Wanted, place: _Solved, whole: SolvedStep, table: str) -> SubmodelEntry:
    mesh, spot = place.submodel.solid.stack_mesh, place.spot
    faces = cut_tractions(place.submodel, stress_field(whole.solid, whole.temperature))
    bounds = np.array(mesh.stack.outline.bounds) + np.tile(spot, 2)
    inside = energy_within(whole.stack_mesh, whole.solid.strain_energy(), bounds, mesh.bottom, mesh.top)
    return SubmodelEntry(
        1e3 * spot[0],
        1e3 * spot[1],
        one.within,
        "large" if place.submodel.cut.turned else "small",
        mesh.cells,
        sum(layer.strain_energy_mj for layer in place.stress.layers.values()),
        1e3 * inside,
        _faces(faces, np.array([0.5 * one.size[0], 0.5 * one.size[1], 0.5 * (mesh.top - mesh.bottom)])),
        place.stress,
        table,
    )


def _faces(faces: Mapping[str, CutTraction], half: Array) -> dict[str, CutFace]:
    """Of each driven face.

    Args:
        faces: tractions.
        half: (3,) of the place along x, y and z (m).
    """
    found = {}
    for name, felt in mismatch(dict(faces)).items():
        reach = half["xyz".index(name[1])] if name[0] in "+-" else half[2]
        out = reach * (max(felt / _FELT, 1.0) ** (1.0 / _FALLS) - 1.0)
        one = faces[name]
        found[name] = CutFace(1e-6 * one.place, 1e-6 * one.whole, 1e-6 * one.off, felt, 1e6 * float(out))
    return found


def _doubts(where: str, entry: SubmodelEntry) -> Iterator[str]:
    near = {name: face for name, face in entry.cut.items() if face.felt > _FELT}
    if near:
        worst = max(face.felt for face in near.values())
        moves = ", ".join(f"{name} by some {face.move_out_um:.2g} um" for name, face in near.items())
        felt = f"up to {100 * worst:.3g} % of the traction on its cut comes from what was refined"
        yield f"{where}: {felt}; move {moves} out"


def in_words(entries: Mapping[str, SubmodelEntry] | None) -> Iterator[str]:
    """The places after a step, for the log."""
    for name, entry in (entries or {}).items():
        highest = max(entry.stress.blocks, key=lambda block: entry.stress.blocks[block].max_von_mises_mpa)
        most = entry.stress.blocks[highest]
        felt = max((face.felt for face in entry.cut.values()), default=0.0)
        away = "" if most.away_von_mises_mpa is None else f" (away from edges {most.away_von_mises_mpa:.4g})"
        yield (
            f"submodel {name} at ({entry.at_x_mm:.6g}, {entry.at_y_mm:.6g}) mm, {entry.cells} cells: "
            f"{most.max_von_mises_mpa:.4g} MPa{away} in {highest}; its cut feels {100 * felt:.2g} %"
        )
        if entry.bump is not None:
            yield place_bump.in_words("bump", entry.bump)
        yield from reading_crack.in_words({name: as_summary(one) for name, one in (entry.delaminations or {}).items()})
        for block, cycle in (entry.cycle.blocks if entry.cycle is not None else {}).items():
            yield (
                f"    {block}: inelastic strain {100 * cycle.inelastic_strain:.3g} % in the cycle, "
                f"of which {100 * cycle.ratchet_strain:.3g} % stays as a change of shape"
            )
