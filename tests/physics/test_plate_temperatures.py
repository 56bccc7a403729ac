"""Plates whose temperature varies through their layers and in their plane, against closed forms."""

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from meshes.plate import plate_mesh
from solver import compat, load
from solver.materials import library
from solver.parallel import on_root
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.temperatures import LEVELS, at_places, line, parabola
from solver.process.layer_temperatures import LayerTemperatures

START = 298.15  # K, free of stress
E, NU, ALPHA = 100e9, 0.3, 10e-6
SIDE = {"shape": "rectangle", "size": ["20 mm", "16 mm"]}
DISC = {"shape": "disc", "diameter": "40 mm"}
EVEN = {"youngs_modulus": "100 GPa", "poisson_ratio": NU, "thermal_expansion": "10 ppm/K"}
# its modulus falls by half and its expansion doubles over 100 K
SOFTENS = EVEN | {
    "youngs_modulus": {"temperature": ["25 degC", "125 degC"], "value": ["100 GPa", "50 GPa"]},
    "thermal_expansion": {"temperature": ["25 degC", "125 degC"], "value": ["10 ppm/K", "20 ppm/K"]},
}


def plate(comm, field, outline=SIDE, material=EVEN, cell="4 mm", **layer):
    """A plate of two layers of one material in a temperature field (K) of x, y, z (m): the problem, and the field."""
    layers = [{"thickness": f"{t} mm", "material": "one", "name": name} | layer for name, t in (("a", 0.6), ("b", 0.4))]
    case = {
        "title": "heated plate",
        "geometry": {"outline": outline, "symmetry": "quarter", "layers": layers},
        "materials": {"one": material},
        "mesh": {"in_plane_size": cell, "cells_per_layer": 2},
        "process": {"stress_free_temperature": "25 degC", "steps": [{"name": "a", "temperature": "25 degC"}]},
    }
    loaded = on_root(comm, lambda: load(case))
    plane = on_root(comm, lambda: plane_mesh(loaded.stack))
    mesh, solid = plate_mesh(comm, loaded.stack, plane), extrude(comm, loaded.stack, plane)
    kelvin = fem.Function(fem.functionspace(solid.mesh, ("Lagrange", 2)))
    kelvin.interpolate(lambda x: START + field(*x))
    kelvin.x.scatter_forward()
    materials = [library.resolve(block.material, loaded.case.materials) for block in mesh.blocks]
    references = np.full(len(materials), START)
    return PlateProblem(mesh, materials, references, layered=LayerTemperatures(mesh, solid)), kelvin


def corners(problem):
    """(local cells, 4, 2) places of the corners of its cells (m)."""
    mesh = problem.plate.mesh
    return mesh.geometry.x[compat.geometry_nodes(mesh)[: len(problem.plate.cell)], :2]


def test_a_parabola_keeps_its_moments_and_its_values():
    x, w = np.polynomial.legendre.leggauss(6)
    moments = 0.5 * np.polynomial.legendre.legvander(x, 2).T @ (w * (2.0 - 3.0 * x + 5.0 * x**2))
    ends = np.array([-1.0, 0.0, 1.0])
    assert at_places(parabola(moments), ends) == pytest.approx([10.0, 2.0, 4.0])
    found = line((7.0 + 2.0 * (3.0 + LEVELS))[:, None], 2.0, 4.0)[:, 0]  # 7 + 2 z from height 2 to 4
    assert found == pytest.approx([7.0, 2.0])


def test_fields_of_the_stack_are_those_of_the_layers(comm):
    """Linear in the plane, a parabola through the layers, each of two cells: nothing is lost."""

    def field(x, y, z):
        return 1e3 * x + 2e3 * y + 1e4 * z + 1e7 * z**2

    problem, kelvin = plate(comm, field)
    found, (x, y) = problem.kelvin_in(kelvin), np.moveaxis(corners(problem), -1, 0)
    for index, layer in enumerate(problem.plate.stack.layers):
        z = layer.bottom + 0.5 * layer.thickness * (1.0 + LEVELS)
        assert found[index] == pytest.approx(START + field(x[..., None], y[..., None], z), rel=1e-9)


def test_a_gradient_through_the_thickness_bends_a_free_plate_without_stress(comm):
    """kappa = -alpha dT / h on top of alpha T (S. Timoshenko, S. Woinowsky-Krieger, Theory of Plates, 1959, ch. 2)."""
    problem, kelvin = plate(comm, lambda x, y, z: 20.0 + 5e3 * (z - 0.5e-3) + 0.0 * x)
    problem.follow(problem.load_at(kelvin))
    found = problem.forms.shape_at_points()
    assert found[:, :, 3:5] == pytest.approx(ALPHA * 5e3, rel=1e-4)  # large deflection: rim of a sphere
    for layer in (0, 1):
        stress = problem.stress(layer, problem.kelvin_in(kelvin))
        assert np.abs(stress).max(initial=0.0) < 1e-3 * E * ALPHA * 5.0


def test_a_disc_that_is_hot_in_its_middle_is_stressed_as_in_closed_form(comm):
    """T = T_0 (1 - r^2 / R^2): sigma_r = -a (1 - r^2/R^2), sigma_t = -a (1 - 3 r^2/R^2), a = alpha E T_0 / 4.

    S. Timoshenko, J. N. Goodier, Theory of Elasticity, 3rd ed., 1970, ch. 13.
    """
    radius, rise = 20e-3, 40.0
    problem, kelvin = plate(comm, lambda x, y, z: rise * (1.0 - (x**2 + y**2) / radius**2), DISC, cell="1.5 mm")
    problem.follow(problem.load_at(kelvin))
    a, places = ALPHA * E * rise / 4.0, corners(problem).mean(axis=1)
    r, angle = np.hypot(*places.T) / radius, np.arctan2(*places.T[::-1])
    xx, yy, xy = np.moveaxis(problem.stress(0, problem.kelvin_in(kelvin)).mean(axis=(1, 2)), -1, 0)
    c, s = np.cos(angle), np.sin(angle)
    radial, hoop = c**2 * xx + s**2 * yy + 2 * c * s * xy, s**2 * xx + c**2 * yy - 2 * c * s * xy
    assert radial == pytest.approx(-a * (1.0 - r**2), abs=0.02 * a)
    assert hoop == pytest.approx(-a * (1.0 - 3.0 * r**2), abs=0.02 * a)
    assert np.abs(problem.displacement.x.array[2::3]).max(initial=0.0) < 1e-12


def test_moduli_and_expansion_are_those_of_the_local_temperature(comm):
    """Resultants of a parabola through each of two layers, against a fine sum of layers of one temperature each."""

    def rise(z):
        return 100.0 * (z / 1e-3) ** 2

    problem, kelvin = plate(comm, lambda x, y, z: rise(z) + 0.0 * x, material=SOFTENS)
    found = problem.section.resultants(problem.kelvin_in(kelvin))
    z = (np.arange(4000) + 0.5) / 4e6
    law, dz = problem.laws[0], 1e-3 / len(z)
    q = E * (1.0 - 0.5 * rise(z) / 100.0) / (1.0 - NU)  # biaxial
    strain = law.free_strain(START + rise(z))[:, 0]
    arm = z - problem.height
    for k in range(3):
        biaxial = found.stiffness[:, k, 0] + found.stiffness[:, k, 1]
        assert biaxial == pytest.approx((q * arm**k).sum() * dz, rel=1e-5, abs=1e-9 * E * 1e-3 ** (k + 1))
    for k in range(2):
        assert found.free[:, :, 3 * k] == pytest.approx((q * strain * arm**k).sum() * dz, rel=1e-4)
