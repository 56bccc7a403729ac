"""Plates at large deflection against published and independently computed ones, and against the solid."""

from functools import partial

import numpy as np
import pytest
import ufl
import yaml
from dolfinx import mesh
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from solver.errors import CaseError
from solver.physics.plate.supports import on_ends
from solver.physics.solid.stability import settle
from tests.bending import COOL, REFERENCE, large_deflection
from tests.builders import LOW, Ply, sheet
from tests.physics.test_plate import fitted
from tests.plates import deflections, lift, plate
from tests.probing import at

pytestmark = pytest.mark.slow

POISSON = 0.3
CRITICAL_LENS = 3.3512 * 0.01  # curvature at which a lens of t = 0.01 (1 - r^2), a = 1, loses its symmetry


def case(outline, layers, materials, cell, symmetry="none"):
    """YAML text of a plate."""
    return yaml.safe_dump(
        {
            "title": "plate",
            "geometry": {"outline": outline, "symmetry": symmetry, "layers": layers},
            "materials": materials,
            "mesh": {"in_plane_size": cell},
        }
    ) + COOL  # fmt: skip


def disc(directory, comm, cells):
    """A disc of radius 1 m, so many cells on it."""
    layers = [{"name": "low", "thickness": "10 mm", "material": "low"}]
    outline = {"shape": "disc", "diameter": "2 m"}
    return plate(case(outline, layers, {"low": LOW.material()}, f"{1000 / cells} mm", "quarter"), directory, comm)


def radii(problem):
    """(local cells,) of their middles (m)."""
    return np.linalg.norm(
        problem.plate.plane.points[problem.plate.plane.quads[problem.plate.cell]].mean(axis=1), axis=1
    )


def inelastic(problem, thickness, curvature):
    """The load of an inelastic curvature in a plate of modulus 1 and some thickness, uniform or (local cells,)."""
    q = np.array([1.0, POISSON, 0.0, 1.0, 0.0, 0.5 * (1.0 - POISSON)]) / (1.0 - POISSON**2)
    t = np.broadcast_to(thickness, len(problem.plate.cell))[:, None]
    stiffness = np.stack([t * q, 0.0 * t * q, t**3 / 12.0 * q], axis=1)
    free = np.zeros((len(t), 4, 6))
    free[:, :, 3:5] = t[:, None] ** 3 / 12.0 / (1.0 - POISSON) * curvature
    return problem.forms.load(stiffness, free)


def test_a_free_disc_loses_its_symmetry_at_the_critical_curvature(shared_path, comm):
    """kT R^2 / h = 5.617 at nu 0.3, its edge layer included: an independent small code. 12 cells on a radius give 5.63.

    Uniform curvature, without the edge layer, gives 5.397.
    """
    problem, found = disc(shared_path, comm, 12), []
    problem.state = problem.flat(inelastic(problem, 0.01, 0.0))
    for curvature in (2.0, 4.0, 5.53, 5.73):
        problem.follow(inelastic(problem, 0.01, 0.01 * curvature))
        found.append(problem.unstable())
    assert found == [0, 0, 0, 1]


def test_a_heated_lens_is_as_curved_as_that_of_mansfield(shared_path, comm):
    """kT = k [1 + (1 - nu) / (1 + nu) (k / kc)^2] (E. H. Mansfield, Proc. R. Soc. A 268, 1962, 316), away from the rim.

    Steps of thickness from cell to cell cost 0.3 %.
    """
    problem = disc(shared_path, comm, 10)
    thickness = 0.01 * (1.0 - radii(problem) ** 2)
    problem.state = problem.flat(inelastic(problem, thickness, 0.0))
    for given in (0.01, 0.03):
        problem.follow(inelastic(problem, thickness, given))
        share = (1.0 - POISSON) / (1.0 + POISSON)
        expected = brentq(lambda k: k * (1.0 + share * (k / CRITICAL_LENS) ** 2) - given, 0.0, 0.1)  # noqa: B023
        assert fitted(problem, within=0.8)[0][:2] == pytest.approx([expected] * 2, rel=0.005)


def cross_ply(directory, comm, side, cells):
    """[0_2 / 90_2] of plies of 0.125 mm, so many cells on its side (mm)."""
    ply = {
        "youngs_modulus": ["181 GPa", "10.3 GPa", "10.3 GPa"],
        "poisson_ratio": [0.28, 0.28, 0.28 * 10.3 / 181],
        "shear_modulus": ["7.17 GPa"] * 3,
        "thermal_expansion": ["-0.106 ppm/K", "25.6 ppm/K", "25.6 ppm/K"],
    }
    layers = [{"name": name, "thickness": "0.25 mm", "material": name} for name in ("along", "across")]
    materials = {"along": ply, "across": ply | {"orientation": "90 deg"}}
    outline = {"shape": "rectangle", "size": [f"{side} mm"] * 2}
    return plate(case(outline, layers, materials, f"{side / cells} mm"), directory, comm)


def test_an_unsymmetric_cross_ply_is_a_saddle_when_small_and_a_cylinder_when_large(shared_path, comm):
    """Linear kx = -ky = 6.0566 1/m; above a side of 42.85 mm the saddle is unstable (M. W. Hyer, J. Compos. Mater. 15,
    1981, 175 and 296; E1 181, E2 10.3, G12 7.17 GPa, nu12 0.28, dT -155.6 K).
    """
    small = cross_ply(shared_path, comm, 10, 4)
    small.follow(small.load_at(REFERENCE - 1e-3))
    assert np.abs(fitted(small)[0][:2]) * 155.6e3 == pytest.approx([6.0566] * 2, rel=1e-4)
    found = []
    for side in (42, 44):
        problem = cross_ply(shared_path, comm, side, 12)
        for share in (0.5, 1.0):
            problem.follow(problem.load_at(REFERENCE - 155.6 * share))
        found.append(problem.unstable())
    assert found == [0, 1]


def at_end(problem, force):
    """A force (N) down to up at the right end, spread over it."""
    domain = problem.plate.mesh
    sides = mesh.locate_entities_boundary(domain, 1, lambda x: np.abs(x[0] - 5.0) < 1e-6)
    tags = mesh.meshtags(domain, 1, np.sort(sides), np.ones(len(sides), dtype=np.int32))
    end = ufl.Measure("ds", domain, subdomain_data=tags)(1)
    return lambda forms: forms.of_work(lambda v: force * v[2] * end)


def elastica(force, length=10.0, stiffness=100.0):
    """Deflection (m) of the end of a cantilever that does not stretch, EI theta'' = -P cos theta."""
    s = np.linspace(0.0, length, 201)
    slope = force / stiffness * (length * s - s**2 / 2)

    def rate(_, y):
        return np.array([y[1], -force / stiffness * np.cos(y[0]), np.sin(y[0])])

    def ends(low, high):
        return np.array([low[0], high[1], low[2]])

    return solve_bvp(rate, ends, s, np.array([slope, 0.0 * s, 0.0 * s])).y[2, -1]


@pytest.mark.parametrize(("share", "away"), [(0.05, 0.006), (0.25, 0.105)])
def test_a_cantilever_sags_as_a_linear_beam_which_is_right_while_slopes_are_small(shared_path, comm, share, away):
    """K. Y. Sze, X. H. Liu, S. H. Lo, Finite Elem. Anal. Des. 40 (2004) 1551: L 10, b 1, h 0.1, E 1.2e6, nu 0, P 4.

    Von Karman's plate takes w'' for the curvature: without tension it is the beam P L^3 / 3 E I whatever the load. At
    P / 4 = 0.05 that is 0.6 % more than the elastica, at 0.25 it is 3.33 instead of the published 3.015.
    """
    assert elastica(1.0) == pytest.approx(3.015, rel=1e-3)
    ply = Ply("low", "100 mm", "1.2 MPa", "0 ppm/K", 0.0)
    text = sheet(ply, size=("10 m", "1 m"), cell="500 mm", symmetry="none", process=COOL)
    bare = plate(text, shared_path, comm)
    clamped = partial(on_ends, ends=["-x"], clamped=True)
    problem = plate(text, shared_path, comm, on=bare.plate, supports=clamped, dead_load=at_end(bare, 4.0 * share))
    problem.follow(problem.load_at(REFERENCE))
    tip = lift(problem, (5.0, 0.0), (-5.0, 0.0))
    assert tip == pytest.approx(4.0 * share * 1e3 / 300.0, rel=0.003)
    assert tip / elastica(4.0 * share) - 1.0 == pytest.approx(away, abs=0.003)


def dies(cell):
    """A panel of 240 mm with 36 dies on a glass carrier."""
    grid = {"count": [6, 6], "pitch": ["40 mm"] * 2}
    die = {"name": "die", "shape": {"rectangle": ["32 mm"] * 2}, "material": "silicon", "grid": grid}
    layers = [
        {"name": "carrier", "thickness": "0.7 mm", "material": "glass-eagle-xg"},
        {"name": "mould", "thickness": "0.3 mm", "material": "emc-granular", "regions": [die]},
        {"name": "cap", "thickness": "0.2 mm", "material": "emc-granular"},
    ]
    return case({"shape": "rectangle", "size": ["240 mm"] * 2}, layers, {}, cell, "quarter")


def test_a_panel_with_dies_warps_as_the_solid_does(shared_path, comm):
    """Another discretisation of another theory, cells of 8 and of 20 mm: 1 % apart in warpage and in die shift."""
    found = []
    kelvin = REFERENCE - 100.0
    flat = plate(dies("8 mm"), shared_path, comm)
    settle(flat, flat.load_at(kelvin))
    x, u = deflections(flat)
    corner = u[np.linalg.norm(x - 0.12, axis=1).argmin()]
    found.append([np.ptp(u[:, 2]), corner[0]])
    solid = large_deflection(dies("20 mm"), shared_path, comm)
    settle(solid, solid.load_at(kelvin))
    middle, far = at(solid.displacement, [(0.0, 0.0, 0.6e-3), (0.12, 0.12, 0.6e-3)])
    found.append([far[2] - middle[2], far[0]])
    assert np.abs(found[0]) == pytest.approx(np.abs(found[1]), rel=0.01)


def test_a_thin_panel_that_is_unstable_in_many_directions_finds_a_stable_shape(shared_path, comm):
    """No carrier: the symmetric shape has several negative pivots."""
    layers = [
        {"name": "mould", "thickness": "0.2 mm", "material": "emc-granular"},
        {"name": "silicon", "thickness": "0.2 mm", "material": "silicon"},
    ]
    text = case({"shape": "rectangle", "size": ["300 mm"] * 2}, layers, {}, "18.75 mm", "none")
    problem = plate(text, shared_path, comm)
    load = problem.load_at(REFERENCE - 20.0)
    found = settle(problem, load)
    assert found.stable
    assert np.ptp(deflections(problem)[1][:, 2]) > 5.0 * problem.thickness


@pytest.mark.serial
def test_a_plate_with_a_hole_is_refused_by_name(tmp_path, comm):
    layers = [
        {
            "name": "dies",
            "thickness": "0.2 mm",
            "regions": [{"name": "die", "shape": {"rectangle": ["20 mm"] * 2}, "material": "silicon"}],
        }
    ]
    with pytest.raises(CaseError, match=r"a plate has no holes.*'dies'.*use model: solid"):
        plate(case({"shape": "rectangle", "size": ["60 mm"] * 2}, layers, {}, "10 mm"), tmp_path, comm)
