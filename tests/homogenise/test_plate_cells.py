"""Unit cells of plates against laminate theory, plane strain, orders of stiffness and themselves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from solver.homogenise import store
from solver.homogenise.laminate import LaminateCell, Ply
from solver.homogenise.reduced import reduced
from solver.materials.elasticity import isotropic, plane_stress
from tests.homogenise.test_cells import elastic

PITCH = (10e-3, 6e-3)
SILICON, GLASS, RESIN = elastic(130, 0.28), elastic(73.6, 0.23), elastic(22, 0.3)
SIZE = np.array([1.0, 1.0, 1.0, 1e-3, 1e-3, 1e-3])  # of strains, and of curvatures times a length

pytestmark = pytest.mark.serial


def cell(size: tuple[float, float], pitch: tuple[float, float] = PITCH, low: float = -0.7e-3) -> LaminateCell:
    """Glass of 1 mm under 0.4 mm of phase 1 in the middle of phase 2."""
    between = low + 1e-3
    return LaminateCell(pitch, (Ply(low, between, pitch, 0, 0), Ply(between, between + 0.4e-3, size, 1, 2)), 3)


def clt(cell: LaminateCell, phases: list[np.ndarray], expansion: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """A, B, D and resultants of 1 K of uniform layers (R. M. Jones, Mechanics of Composite Materials, 1999, ch. 4)."""
    stiffness, free = np.zeros((6, 6)), np.zeros(6)
    for ply in cell.plies:
        q = plane_stress(phases[ply.inside])
        m = [(ply.high**k - ply.low**k) / k for k in (1, 2, 3)]
        stiffness += np.block([[m[0] * q, m[1] * q], [m[1] * q, m[2] * q]])
        strain = q @ [expansion[ply.inside], expansion[ply.inside], 0.0]
        free += np.concatenate([m[0] * strain, m[1] * strain])
    return stiffness, free


def free_of(section, expansion: list[float]) -> np.ndarray:
    """Resultants of 1 K."""
    return np.einsum("bui,b->u", section.force[:, :, :3], expansion)


def test_a_cell_of_uniform_layers_is_the_classical_laminate():
    phases, expansion = [GLASS, RESIN, RESIN], [3.2e-6, 8e-6, 8e-6]
    one = cell((8e-3, 4e-3))
    section = reduced(one, np.array([phases])).at(np.array(phases))
    stiffness, free = clt(one, phases, expansion)
    assert section.stiffness == pytest.approx(stiffness, rel=1e-8, abs=1e-8 * np.abs(stiffness).max())
    assert free_of(section, expansion) == pytest.approx(free, rel=1e-8, abs=1e-8 * np.abs(free).max())


@pytest.mark.slow
def test_a_strip_of_dies_is_the_plane_strain_of_its_section():
    """Dies as wide as their cell along y: E_xx and K_xx against plane strain on 60 x 28 squares of degree 2."""
    one = cell((8e-3, PITCH[1]))
    phases = [GLASS, SILICON, RESIN]
    found = reduced(one, np.array([phases])).at(np.array(phases)).stiffness
    expected = _plane_strain(one, phases, 60, 28)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((found[np.ix_([0, 3], [0, 3])] - expected) / scale).max() < 3e-3


def _plane_strain(cell: LaminateCell, phases: list[np.ndarray], columns: int, rows: int) -> np.ndarray:
    """Stiffness (E_xx, K_xx) of half a cell in the plane x, z by squares of degree 2 in every direction."""
    low, high = cell.plies[0].low, cell.plies[-1].high
    x, z = np.linspace(0.0, cell.pitch[0] / 2, 2 * columns + 1), np.linspace(low, high, 2 * rows + 1)
    a, h = x[2] - x[0], z[2] - z[0]
    g, w = np.polynomial.legendre.leggauss(3)
    shape = [lambda t: t * (t - 1) / 2, lambda t: 1 - t * t, lambda t: t * (t + 1) / 2]
    slope = [lambda t: t - 0.5, lambda t: -2 * t, lambda t: t + 0.5]
    b = np.zeros((9, 3, 18))  # (points, strain xx zz xz, unknowns)
    points = [(s, t) for s in g for t in g]
    weight = np.array([u * v for u in w for v in w]) * a * h / 4
    for p, (s, t) in enumerate(points):
        for node, (i, j) in enumerate((i, j) for i in range(3) for j in range(3)):
            dx, dz = slope[i](s) * shape[j](t) * 2 / a, shape[i](s) * slope[j](t) * 2 / h
            b[p, 0, 2 * node], b[p, 1, 2 * node + 1] = dx, dz
            b[p, 2, 2 * node], b[p, 2, 2 * node + 1] = dz, dx
    c = [phase[np.ix_([0, 2, 4], [0, 2, 4])] for phase in phases]
    row, column, value, load, energy = [], [], [], np.zeros((2, 2 * len(x) * len(z))), np.zeros((2, 2))
    for e in range(columns):
        for f in range(rows):
            middle = x[2 * e + 1], z[2 * f + 1]
            ply = next(one for one in cell.plies if one.low < middle[1] < one.high)
            matrix = c[ply.inside if middle[0] < ply.size[0] / 2 else ply.outside]
            nodes = [(2 * e + i) * len(z) + 2 * f + j for i in range(3) for j in range(3)]
            dofs = np.array([[2 * n, 2 * n + 1] for n in nodes]).ravel()
            given = np.array([[[1.0, 0, 0], [middle[1] + t * h / 2, 0, 0]] for _, t in points])  # (points, units, 3)
            row.append(np.repeat(dofs, 18))
            column.append(np.tile(dofs, 18))
            value.append(np.einsum("pir,ij,pjs,p->rs", b, matrix, b, weight).ravel())
            np.add.at(load.T, dofs, -np.einsum("pir,ij,puj,p->ru", b, matrix, given, weight))
            energy += np.einsum("pui,ij,pvj,p->uv", given, matrix, given, weight)
    k = coo_array((np.concatenate(value), (np.concatenate(row), np.concatenate(column)))).tocsr()
    count, level = len(x) * len(z), np.arange(len(x) * len(z))
    held = np.concatenate([2 * level[level // len(z) == 0], 2 * level[level // len(z) == len(x) - 1], [1]])
    free = np.setdiff1d(np.arange(2 * count), held)
    answer = spsolve(k[free][:, free].tocsc(), load[:, free].T)
    return (energy - load[:, free] @ answer) / (cell.pitch[0] / 2)


def test_dies_in_a_cell_are_softer_than_at_equal_strain_and_stiffer_than_resin():
    """Energies are ordered: resin alone, dies in it, the mean of both at equal strain (R. Hill, 1952)."""
    one = cell((8e-3, 4e-3))
    section = reduced(one, np.array([[GLASS, SILICON, RESIN]])).at(np.array([GLASS, SILICON, RESIN]))
    soft, hard = (clt(one, [GLASS, inside, RESIN], [0.0] * 3)[0] for inside in (RESIN, SILICON))
    share = 8 * 4 / (PITCH[0] * PITCH[1] * 1e6)
    mean = share * hard + (1 - share) * soft
    for lower, upper in ((soft, section.stiffness), (section.stiffness, mean)):
        assert np.linalg.eigvalsh((upper - lower) * np.outer(SIZE, SIZE)).min() > 0.0


def test_the_reference_height_moves_the_section_and_nothing_else():
    """A' = A, B' = B + h A, D' = D + 2 h B + h^2 A."""
    phases, h = np.array([GLASS, SILICON, RESIN]), 0.3e-3
    here, there = (reduced(cell((8e-3, 4e-3), low=low), phases[None]).at(phases) for low in (-0.7e-3, -0.7e-3 + h))
    shift = np.block([[np.eye(3), h * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    expected = shift.T @ here.stiffness @ shift
    assert there.stiffness == pytest.approx(expected, rel=1e-6, abs=1e-9 * np.abs(expected).max())


def test_a_cell_that_may_grow_as_it_likes_has_no_stress():
    """Every phase grows alike: E = 1 for all, nothing resists; the mean stress of phases vanishes, too."""
    phases = np.array([GLASS, SILICON, RESIN])
    section = reduced(cell((8e-3, 4e-3)), phases[None]).at(phases)
    grown = free_of(section, [1.0, 1.0, 1.0])
    strain = np.linalg.solve(section.stiffness, grown)
    assert strain == pytest.approx([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], abs=1e-3)  # curvatures in 1/m: beside 1 / thickness
    held = np.einsum("bmvcw->bmv", section.bound[:, :, :, :, 0, :3])
    stress = np.einsum("bmvu,u->bmv", section.stress, strain) + held
    assert np.abs(stress[:, 0]).max() < 1e-6 * np.abs(section.stress[:, 0]).max()


def test_forces_of_the_plate_are_the_mean_stress_of_its_phases():
    phases = np.array([GLASS, SILICON, RESIN])
    section = reduced(cell((8e-3, 4e-3)), phases[None]).at(phases)
    normal = np.array([0, 1, 5])
    forces = section.stress[:, 0].sum(axis=0)[normal]
    assert forces == pytest.approx(section.stiffness[:3], rel=1e-6, abs=1e-9 * np.abs(section.stiffness).max())
    grown = np.einsum("bvcw,cw->v", section.bound[:, 0, :, :, 0, :3], np.array([3.0, 8.0, 2.0])[:, None] * np.ones(3))
    assert grown[normal] == pytest.approx(-free_of(section, [3.0, 8.0, 2.0])[:3], rel=1e-3)


@pytest.mark.slow
def test_other_moduli_follow_from_a_few():
    """Resin through its glass transition, 22 to 1.2 GPa: between those solved for, against a cell of their own."""
    one = cell((8e-3, 4e-3))
    sets = np.array([[GLASS, SILICON, resin] for resin in (elastic(e, 0.3) for e in np.geomspace(22, 1.2, 9))])
    few = reduced(one, sets)
    assert few.error < 5e-4
    for phases in (sets[3], np.array([GLASS, SILICON, elastic(1.5, 0.4)])):
        own = reduced(one, phases[None]).at(phases)
        found = few.at(phases)
        scale = np.sqrt(np.outer(np.diag(own.stiffness), np.diag(own.stiffness)))
        assert np.abs(found.stiffness - own.stiffness).max() < 1e-3 * scale.max()
        assert np.abs((found.stiffness - own.stiffness) / scale).max() < 1e-3
        apart = (free_of(found, [3e-6, 8e-6, 2e-6]) - free_of(own, [3e-6, 8e-6, 2e-6])) / SIZE
        assert np.abs(apart).max() < 1e-3 * free_of(own, [3e-6, 8e-6, 2e-6])[0]


def test_dies_without_resin_stand_on_the_plate_and_loose_ones_do_not():
    one = cell((8e-3, 4e-3))
    bare = replace(one, plies=(one.plies[0], replace(one.plies[1], outside=None)), phases=2)
    assert bare.hangs_together
    assert not replace(one, plies=(replace(one.plies[0], high=one.plies[0].high - 1e-4), one.plies[1])).hangs_together
    soft = np.array([GLASS, SILICON, isotropic(np.array(1e3), np.array(1e3))])
    without = reduced(bare, soft[None, :2]).at(soft[:2]).stiffness
    with_soft = reduced(one, soft[None]).at(soft).stiffness
    assert without == pytest.approx(with_soft, rel=1e-5, abs=1e-6 * np.abs(with_soft).max())


def test_a_solved_cell_is_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    one, phases = cell((8e-3, 4e-3)), np.array([GLASS, SILICON, RESIN])
    first = store.reduced_cell(one, phases[None])
    monkeypatch.setattr(store, "reduced", None)
    again = store.reduced_cell(one, phases[None])
    assert np.array_equal(first.at(phases).stiffness, again.at(phases).stiffness)
