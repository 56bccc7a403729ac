"""Wedges: layers whose thickness changes evenly over the plane, against beams and fins of varying section."""

import numpy as np
import pytest
from mpi4py import MPI

from meshes.pieces import volumes
from meshes.plane import plane_mesh
from solver import load
from solver.errors import CaseError
from tests.solving import load_case

L, B = 40e-3, 4e-3  # m
CASE = """
title: wedge
geometry:
  outline: {shape: rectangle, size: [40 mm, 4 mm]}
  symmetry: half-y
  layers:
    - {name: low, thickness: 0.25 mm, material: low}
    - {name: high, thickness: 0.25 mm, taper: {x: -0.2 mm}, material: high}
materials:
  low: {youngs_modulus: 70 GPa, poisson_ratio: 0, thermal_expansion: [10 ppm/K, 0 ppm/K, 0 ppm/K],
    density: 4000 kg/m^3, thermal_conductivity: 100 W/m/K}
  high: {base: low, thermal_expansion: [8 ppm/K, 0 ppm/K, 0 ppm/K]}
mesh: {in_plane_size: 2 mm}
analysis: {deflection: small, solver: direct}
report: {points: {tip: [20 mm, 0 mm]}}
process:
  stress_free_temperature: 25 degC
"""
HEATED = "  steps: [{name: hot, temperature: 75 degC, support: {clamp: -x}}]\n"
LOADED = (
    "  steps: [{name: load, temperature: 25 degC, support: {clamp: -x}, "
    "loads: [{end: +x, force: [0 N, 0 N, 0.1 N]}]}]\n"
)


def _thickness(x):
    """Of the upper layer, x from the clamped end (m)."""
    return 0.35e-3 - 0.2e-3 * x / L


def _integral(values, x):
    return float(np.trapezoid(values, x))


def _tip(step):
    return 1e-6 * step["points"]["tip"]["displacement_um"][2]


@pytest.mark.parametrize("solver", ["direct", "columns"])
def test_a_tapered_cantilever_bends_as_its_sections_do(solver, solve):
    """w = int M (L - x) / E I dx and 1.2 int F / G A dx: Timoshenko, Strength of Materials I (1955), art. 43."""
    (step,) = solve(CASE + LOADED, f"analysis.solver={solver}")["steps"]
    x = np.linspace(0.0, L, 2001)
    t = 0.25e-3 + _thickness(x)
    bent = _integral(0.1 * (L - x) ** 2 / (70e9 * B * t**3 / 12), x)
    assert _tip(step) == pytest.approx(bent + _integral(1.2 * 0.1 / (35e9 * B * t), x), rel=1e-3)


def test_a_strip_of_two_layers_curves_as_its_local_thicknesses_say(solve):
    """S. Timoshenko, J. Opt. Soc. Am. 11 (1925) 233, with equal moduli, at every place; no Poisson ratio."""
    (step,) = solve(CASE + HEATED)["steps"]
    x = np.linspace(0.0, L, 2001)
    m, h = _thickness(x) / 0.25e-3, 0.25e-3 + _thickness(x)
    curvature = 6 * 2e-6 * 50 * (1 + m) ** 2 / (h * (3 * (1 + m) ** 2 + (1 + m) * (m**2 + 1 / m)))
    assert abs(_tip(step)) == pytest.approx(_integral(curvature * (L - x), x), rel=2e-3)
    assert _tip(step) > 0  # what lies below grows more


def test_heat_crowds_where_a_wedge_is_thin(solve):
    """q' = k b t dT/dx: the rise from end to end is Q ln(t0 / t1) / (k b (t0 - t1) / L), up to (dt/dx)^2."""
    thermal = "thermal: {boundaries: [{end: -x, temperature: 25 degC}, {end: +x, flux: 5e4 W/m^2}]}\n"
    heat = solve(CASE.replace("process:\n  stress_free_temperature: 25 degC\n", thermal))["thermal"]
    rise = 5e4 * 0.4e-3 * np.log(0.6 / 0.4) / (100 * 0.2e-3 / L)
    assert heat["max_temperature_degc"] - 25 == pytest.approx(rise, rel=1e-3)


def test_what_lies_on_a_wedge_that_goes_keeps_its_weight_and_rests_on_its_own_underside(solve):
    steps = (
        "  gravity: true\n  steps:\n"
        "    - {name: all, temperature: 25 degC, support: edge}\n"
        "    - {name: peeled, remove: [low], temperature: 25 degC, support: edge}\n"
    )
    wedges = ("geometry.layers.low.taper={x: 0.1 mm, y: 0 mm}", "geometry.layers.high.taper={x: 0.2 mm, y: 0.1 mm}")
    # without mirror planes: the upper layer is a wedge along y, too
    found = solve(CASE + steps, "geometry.symmetry=none", *wedges)["steps"]
    carried = [step["balance"]["support_force_n"] for step in found]
    weight = 4000 * 9.80665 * L * B * 0.25e-3
    assert carried == pytest.approx([2 * weight, weight], rel=1e-6)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("geometry.layers.high.taper={y: 0.1 mm}", "a wedge along y is not symmetric about y = 0"),
        ("geometry.layers.high.taper={x: 0.6 mm}", "next to nothing is left of the layer at its thinnest corner"),
        ("geometry.layers.low.above=high", "takes the place of others, which stands on even layers only"),
    ],
)
@pytest.mark.serial
def test_wedges_that_cannot_be_are_refused_by_name(override, says, tmp_path):
    with pytest.raises(CaseError, match=says):
        load_case(CASE + HEATED, [override], tmp_path, MPI.COMM_SELF)


@pytest.mark.serial
def test_the_volume_of_a_wedge_is_exact_on_any_mesh():
    case = load({
        "title": "wedge on a disc",
        "geometry": {
            "outline": {"shape": "disc", "diameter": "20 mm"},
            "layers": [
                {"name": "low", "thickness": "1 mm", "material": "silicon", "taper": {"x": "0.5 mm", "y": "0.2 mm"},
                 "regions": [{"name": "in", "shape": {"circle": "5 mm"}, "at": ["4 mm", "1 mm"], "material": "invar"}]}
            ],
        },
        "mesh": {"in_plane_size": "3 mm"},
        "process": {"stress_free_temperature": "25 degC", "steps": [{"name": "hot", "temperature": "75 degC"}]},
    })  # fmt: skip
    plane = plane_mesh(case.stack)
    volume, hole = volumes(case.stack, plane)[0], plane.region[0] == 1
    at_hole = 1e-3 + 0.5e-3 * 4 / 20 + 0.2e-3 * 1 / 20
    assert volume[hole].sum() == pytest.approx(np.pi * 2.5e-3**2 * at_hole, rel=1e-9)
    assert volume.sum() == pytest.approx(np.pi * 10e-3**2 * 1e-3, rel=1e-9)
