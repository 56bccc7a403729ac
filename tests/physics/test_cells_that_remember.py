"""Unit cells whose mould remembers: means of their phases against the same cell with a memory at all its points."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import basix
import basix.ufl
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.homogenise.laminate import EVEN, UNITS, LaminateCell, LaminateProblem, Ply
from solver.homogenise.problem import Factorised, assembled, strain
from solver.homogenise.reduced import reduced, softer
from solver.materials import library
from solver.materials.elasticity import full
from solver.materials.laws.response import MaterialLaw
from solver.materials.laws.table import law_of
from solver.materials.spec import MaterialSpec
from solver.physics.plate import field_memory
from solver.physics.plate.field_increment import Tried
from solver.physics.plate.field_memory import FieldMemory
from solver.physics.plate.field_modes import PieceModes
from solver.physics.plate.phases import Phase
from solver.physics.plate.piece import FieldPiece

pytestmark = pytest.mark.serial

MOULDED, ROOM = 150.0 + 273.15, 298.15  # K
DIE, PITCH = (8e-3, 8e-3), (10e-3, 10e-3)
CARRIER, TAPE, SILICON, STREETS, CAP = range(5)
Path = Sequence[tuple[float, float]]  # s, K


def cell() -> tuple[LaminateCell, list[Phase]]:
    """A carrier, 2 um of tape, dies in mould of 0.4 mm, 0.15 mm of it over them; what may remember in parts."""
    levels = np.cumsum([-0.825e-3, 1.1e-3, 2e-6, 0.4e-3, 0.15e-3]).tolist()
    phases = [Phase(CARRIER, 0), Phase(TAPE, 1), Phase(SILICON, 2), *(Phase(STREETS, 2, part) for part in (1, 2, 3))]
    phases += [Phase(CAP, 3, part) for part in range(4)]
    inside = [(0, 0, None), (1, 1, None), (2, 5, (3, 4)), (6, 9, (7, 8))]
    plies = tuple(Ply(*ends, DIE, *of) for ends, of in zip(pairwise(levels), inside, strict=True))
    return LaminateCell(PITCH, plies, len(phases)), phases


def laws_of(mould: Any, below: Sequence[str] = 2 * ["glass-eagle-xg"], placed: float = MOULDED) -> list[MaterialLaw]:
    names, born = (*below, "silicon", mould, mould), (placed, placed, placed, MOULDED, MOULDED)
    return [law_of(library.resolve(name, {}), kelvin) for name, kelvin in zip(names, born, strict=True)]


def path(*legs: tuple[float, float], increments: int = 8) -> list[tuple[float, float]]:
    """From the moulding, each leg of seconds to a temperature (degC)."""
    found = [(0.0, MOULDED)]
    for seconds, celsius in legs:
        (t, kelvin), parts = found[-1], np.linspace(0.0, 1.0, increments + 1)[1:]
        found += [(t + seconds * part, kelvin + (celsius + 273.15 - kelvin) * part) for part in parts]
    return found


def by_means(laws: list[MaterialLaw], way: Path, held: int = 0) -> Array:
    """(increments, 6) strain and curvature of a free cell, that is held flat for some increments."""
    one, phases = cell()
    of = [[number for number, phase in enumerate(phases) if phase.block == block] for block in range(len(laws))]
    ladder = np.array(
        [[full(laws[phase.block].moduli(np.array([at])))[0] for phase in phases] for at in (ROOM, MOULDED)]
    )
    remembers = np.array([bool(laws[phase.block].memory) for phase in phases])
    varied = [block for block, law in enumerate(laws) if law.memory]
    section: Any = SimpleNamespace(
        number=0, cells=np.arange(1), laws=laws, phases=phases, born={}, of=lambda block: of[block], thickness=1.65e-3,
        reduced=reduced(one, ladder, softer(ladder[1], remembers), [of[block] for block in varied]), varied=varied,
    )  # fmt: skip
    pieces = []
    for block, layer in ((STREETS, 2), (CAP, 3)):
        low, high = np.array([one.plies[layer].low]), np.array([one.plies[layer].high])
        shares = tuple(section.reduced.moments[phase, 0] / (high - low)[0] for phase in of[block])
        found = str(block), block, layer, laws[block], np.arange(1), np.zeros(1), low, high, True, 0
        pieces.append(FieldPiece(*found, tuple(of[block]), shares))
    plate: Any = SimpleNamespace(owned=1, comm=MPI.COMM_SELF)
    memory, bent = FieldMemory(section, pieces, plate, np.eye(4)), []
    state = {piece.name: piece.law.initial(piece.count)[None, None] for piece in pieces}
    beside = {name: modes.newborn(1) for name, modes in memory.modes.items()}
    across, shape = {piece.name: np.zeros((1, 1, piece.count, 6)) for piece in pieces}, np.zeros(6)
    for number, ((before, kelvin_before), (after, kelvin)) in enumerate(pairwise(way)):
        old: Any = SimpleNamespace(state=dict(state), across=dict(across), varied=dict(beside), kelvin=kelvin_before)
        tried = Tried(kelvin, after - before, old)
        memory.begin()
        memory.prepare(tried)
        (part,) = memory.respond(np.zeros((1, 4, 6)), tried)
        a, b, d = (m[[0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(3, 3) for m in part.stiffness[0])
        moves = 3 if number < held else 6
        shape = np.zeros(6)
        shape[:moves] = np.linalg.solve(np.block([[a, b], [b, d]])[:moves, :moves], part.free[0, 0, :moves])
        for piece, _, got, modes in memory.end(np.broadcast_to(shape, (1, 4, 6)), tried):
            state[piece.name] = got.response.new.reshape(state[piece.name].shape)
            if modes is not None:
                beside[piece.name] = modes
            across[piece.name] = got.across.reshape(across[piece.name].shape)
        bent.append(shape)
    return np.array(bent)


class Everywhere:
    """The cell with a memory at 27 points of each of its boxes."""

    def __init__(self) -> None:
        one, phases = cell()
        self.problem = problem = LaminateProblem(one)
        space = problem._space
        points, weights = basix.make_quadrature(basix.CellType.hexahedron, 4)
        kind = basix.ufl.quadrature_element("hexahedron", value_shape=(6,), degree=4)
        self.stress = fem.Function(fem.functionspace(space.mesh, kind))
        load = ufl.inner(self.stress, strain(ufl.TestFunction(space)))
        self.load = compat.form(-load * ufl.dx(space.mesh, metadata={"quadrature_degree": 4}))
        self.moves = fem.Function(space)
        self.strain = compat.expression(strain(self.moves), points)
        corners, boxes, _ = one.boxes()
        ends = corners[boxes][space.mesh.topology.original_cell_index]
        low, sides = ends[:, 0], ends[:, 7] - ends[:, 0]
        z = low[:, None, 2] + sides[:, None, 2] * points[None, :, 2]
        self.weight = sides.prod(axis=1)[:, None, None] * weights[:, None] / problem.area
        self.block = np.array([phase.block for phase in phases])[problem._phase]
        self.units = np.zeros((4, *z.shape, 6))
        for row, unit in enumerate(UNITS[EVEN]):
            self.units[row, ..., (0, 1, 5)[unit % 3]] = z if unit >= 3 else 1.0

    def _answer(self, factors: Factorised, stress: Array) -> Array:
        """Strain of the fluctuation that takes a stress (boxes, points, 6) away."""
        space = self.stress.function_space
        self.stress.x.array.reshape(-1, 6)[space.dofmap.list.ravel()] = stress.reshape(-1, 6)
        self.moves.x.array[:] = factors.solve(fem.assemble_vector(self.load).array)
        cells = np.arange(len(stress), dtype=np.int32)
        return compat.evaluate(self.strain, self.problem._space.mesh, cells).reshape(stress.shape)

    def bent(self, laws: list[MaterialLaw], way: Path, held: int = 0) -> Array:
        """(increments, 4) strains and curvatures along x and y of a free cell, that is held flat for some of them."""
        shape, points = self.units.shape[1:], self.units.shape[2]
        own = {block: self.block == block for block in range(len(laws))}
        state = {block: laws[block].initial(points * int(mine.sum())) for block, mine in own.items()}
        eps, found = np.zeros(shape), []
        for number, ((before, kelvin_before), (after, kelvin)) in enumerate(pairwise(way)):
            ends = np.array([kelvin]), np.array([kelvin_before]), after - before
            d, s = np.zeros((len(eps), 6, 6)), np.zeros(shape)
            for block, mine in own.items():
                got = laws[block].respond(eps[mine].reshape(-1, 6), *ends, state[block])
                d[mine] = full(got.tangent.moduli[:1])[0]
                s[mine] = got.stress.reshape(-1, points, 6) - eps[mine] @ d[mine][0]
            scale = np.abs(d).max()
            self.problem._c.x.array[:] = (d / scale).ravel()
            factors = Factorised(assembled(self.problem._a), self.problem._held[EVEN])
            fields = [unit + self._answer(factors, unit @ d / scale) for unit in self.units]
            alone = self._answer(factors, s / scale)
            stiffness = np.array([self._resultants(one @ d) for one in fields]).T
            moves, shape_now = 2 if number < held else 4, np.zeros(4)
            shape_now[:moves] = -np.linalg.solve(stiffness[:moves, :moves], self._resultants(alone @ d + s)[:moves])
            eps = alone + np.einsum("u,ucpi->cpi", shape_now, np.array(fields))
            for block, mine in own.items():
                state[block] = laws[block].respond(eps[mine].reshape(-1, 6), *ends, state[block]).new
            found.append(shape_now)
        return np.array(found)

    def _resultants(self, stress: Array) -> Array:
        return np.asarray((self.units * stress * self.weight).sum(axis=(1, 2, 3)))


CURED = [(1200.0, 150.0), (1500.0, 25.0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mould", "legs", "below", "placed", "within"),
    [
        ("emc-granular-relaxing", [(1500.0, 25.0)], None, MOULDED, 1e-3),
        ("emc-granular-curing", CURED, None, MOULDED, 2e-3),
        # dies that have moved apart on their tape before the mould around them gels
        ("emc-granular-curing", CURED, ["steel-sus430", "thermal-release-tape"], ROOM, 0.01),
    ],
)
def test_a_free_cell_bends_as_with_a_memory_at_all_its_points(mould, legs, below, placed, within):
    laws, way = laws_of(mould, below or 2 * ["glass-eagle-xg"], placed), path(*legs)
    held = len(path(*legs[:-1])) - 1 if placed == ROOM else 0
    found, known = by_means(laws, way, held)[:, UNITS[EVEN]], Everywhere().bent(laws, way, held)
    assert (np.abs(found - known) <= within * np.abs(known).max(axis=0)).all()


@pytest.mark.slow
def test_modes_asked_along_three_axes_are_those_of_an_isotropic_law_asked_along_one(monkeypatch):
    """What is orthotropic is asked along all three; no law knows which it is."""
    laws, way = laws_of("emc-granular-curing"), path(*CURED)
    one = by_means(laws, way)
    monkeypatch.setattr(PieceModes, "_directions", 3)
    assert by_means(laws, way) == pytest.approx(one, rel=1e-8, abs=1e-12)


@pytest.mark.slow
def test_cells_whose_moduli_differ_remember_in_modes_as_those_do_whose_moduli_are_the_same(monkeypatch):
    """As after a cure in a temperature field: the stress of lines is asked for again at the strain it leads to."""
    laws, way = laws_of("emc-granular-curing"), path(*CURED)
    alike = by_means(laws, way)
    monkeypatch.setattr(field_memory, "_EVEN", -1.0)
    assert by_means(laws, way) == pytest.approx(alike, rel=1e-6, abs=1e-9)


@pytest.mark.slow
def test_modes_of_a_block_are_found_again_in_a_cell_of_other_thickness():
    """The field that a strain of the plate makes, in modes of a cell with half of the carrier and back again.

    Modes left out, and places between points of another mesh, make up the rest.
    """
    whole, phases = cell()
    ground = replace(whole, plies=(replace(whole.plies[0], low=whole.plies[0].low + 0.55e-3), *whole.plies[1:]))
    laws, found = laws_of("emc-granular-relaxing"), []
    stiffness = np.array([full(laws[phase.block].moduli(np.array([ROOM])))[0] for phase in phases])
    blocks = [[k for k, phase in enumerate(phases) if phase.block == block] for block in (STREETS, CAP)]
    mould = np.isin(np.arange(len(phases)), np.concatenate(blocks))
    for one in (whole, ground):
        section = reduced(one, stiffness[None], softer(stiffness, mould), blocks)
        found.append((section.variations, section.at(stiffness).amplitude[:, 0]))
    (olds, amplitude), (news, _) = found
    for old, new, mine in zip(olds, news, np.split(amplitude, [olds[0].count]), strict=True):
        back = old.from_other(new) @ new.from_other(old) @ mine
        assert np.linalg.norm(back - mine) < 0.1 * np.linalg.norm(mine)


@pytest.mark.slow
def test_an_elastic_law_that_goes_by_increments_is_the_elastic_cell():
    values = {
        "youngs_modulus": "20 GPa",
        "poisson_ratio": 0.3,
        "thermal_expansion": "9 ppm/K",
        "density": "1900 kg/m^3",
    }
    total, steps = (MaterialSpec.model_validate(values | {"form": form}) for form in ("total", "incremental"))
    (found,) = by_means(laws_of(steps), [(0.0, MOULDED), (60.0, ROOM)])
    one, phases = cell()
    laws = laws_of(total)
    stiffness = np.array([full(laws[phase.block].moduli(np.array([ROOM])))[0] for phase in phases])
    section = reduced(one, stiffness[None]).at(stiffness)
    strains = np.array([laws[phase.block].free_strain(np.array([ROOM]))[0] for phase in phases])
    free = np.einsum("bui,bi->u", section.force[..., :3], strains)
    assert found == pytest.approx(np.linalg.solve(section.stiffness, free), rel=1e-8, abs=1e-12)
