"""Brittle parts break by their weakest flaw."""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.life.strengths import STRENGTHS
from solver.life.surface_flaw import SurfaceFlaw
from solver.life.weakest_link import WeakestLink, probability, three_point
from tests.solving import load_case, solve_case

BEAM = """title: a clamped bar pressed down at its end
geometry:
  outline: {shape: rectangle, size: [12 mm, 1 mm]}
  layers: [{name: die, thickness: 0.5 mm, material: stiff, cells: 2}]
materials:
  stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K, fracture_toughness: 0.82 MPa sqrt(m)}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small}
brittle:
  - {part: die, face: top, characteristic: 300 MPa, modulus: 6, three_point: {span: 4 mm, width: 2 mm}}
  - {part: die, face: top, edges: true, characteristic: 200 MPa, modulus: 6, length: 40 mm}
  - {part: die, face: top, strength: float-glass-din-1249-10, flaw: {depth: 3 um}}
  - {part: die, face: bottom, flaw: {depth: 2 um, shape: half-penny}}
process:
  stress_free_temperature: 25 degC
  steps:
    - name: press
      temperature: 25 degC
      support: {clamp: -x}
      loads: [{face: top, shape: {rectangle: [0.5 mm, 1 mm]}, at: [5.75 mm, 0 mm], force: [0 N, 0 N, -1 N]}]
"""


@pytest.mark.serial
def test_uniform_and_linear_stress_have_their_closed_forms():
    """sigma_0 on A_0: 63.2 %; a bar in three-point bending at sigma_0 in its middle, on its effective area: as much."""
    flaws = WeakestLink(300e6, 8.0, 2e-6)
    assert probability(flaws.risk(np.array([[300e6]]), np.ones(1), np.array([2e-6]))) == pytest.approx(1 - np.exp(-1))
    assert probability(flaws.risk(np.array([[-300e6]]), np.ones(1), np.array([2e-6]))) == 0.0
    x = (np.arange(2000) + 0.5) / 2000
    bent = WeakestLink(300e6, 8.0, three_point(4e-3, 2e-3, 8.0))
    risk = bent.risk(300e6 * (1 - np.abs(2 * x - 1))[None], np.full(2000, 1 / 2000), np.array([8e-6]))
    assert risk == pytest.approx(1.0, rel=1e-5)


@pytest.mark.serial
def test_published_strengths_and_flaws_have_their_closed_forms():
    """45 MPa break 5 % of float glass; k of ASTM E1300; a half circle pi s sqrt(a) / 2 x 0.73; a depth that stands."""
    float_glass = STRENGTHS["float-glass-din-1249-10"].link
    assert probability(float_glass.risk(np.array([[45e6]]), np.ones(1), np.array([0.24]))) == pytest.approx(0.05, 0.02)
    window = STRENGTHS["window-glass-astm-e1300"].link
    assert window.risk(np.array([[20e6]]), np.ones(1), np.array([2.0])) == pytest.approx(2.86e-53 * 20e6**7 * 2.0)
    scratch, half = SurfaceFlaw(3e-6, "scratch"), SurfaceFlaw(3e-6, "half-penny")
    assert scratch.intensity(200e6) == pytest.approx(0.6886e6, rel=1e-3)
    assert half.intensity(200e6) == pytest.approx(0.7288 * 200e6 * np.sqrt(np.pi * 3e-6), rel=1e-4)
    assert scratch.intensity(-200e6) == 0.0 and scratch.critical_depth(-1.0, 1e6) == np.inf
    depth = half.critical_depth(200e6, 0.82e6)
    assert SurfaceFlaw(depth, "half-penny").intensity(200e6) == pytest.approx(0.82e6)


@pytest.mark.slow
def test_a_cantilever_breaks_by_the_power_of_its_linear_stress(shared_path, comm):
    """Stress 6 P x / (b h^2) on its top: R = b L (s / s0)^m / ((m + 1) A0), and along two edges of length L."""
    summary = solve_case(BEAM, (), shared_path, comm)
    (step,) = summary["steps"]
    face, edges, glass, pressed = step["brittle"]
    stress, reach = 6 * 1.0 * 11.75e-3 / (1e-3 * 0.5e-3**2), 11.75e-3
    risk = 1e-3 * reach * (stress / 300e6) ** 6 / 7 / (4e-3 * 2e-3 / 7)
    assert -np.log1p(-face["probability"]) == pytest.approx(risk, rel=0.03)
    along = 2 * reach * (stress / 200e6) ** 6 / 7 / 40e-3
    end = 1e-3 * (stress / 200e6) ** 6 / 40e-3  # the clamped end is an edge, too
    assert -np.log1p(-edges["probability"]) == pytest.approx(along + end, rel=0.05)
    risk = 1e-3 * reach * (stress / 74e6) ** 6 / 7 / 0.24
    assert -np.log1p(-glass["probability"]) == pytest.approx(risk, rel=0.03)
    # a scratch at the clamped end, in the middle of whose first cell nothing is singular at a ratio of Poisson of 0
    flaw = glass["flaw"]
    assert flaw["intensity_ratio"] == pytest.approx(1.1215 * stress * np.sqrt(np.pi * 3e-6) / 0.82e6, rel=0.03)
    assert flaw["critical_depth_um"] == pytest.approx(3.0 / flaw["intensity_ratio"] ** 2, rel=1e-9)
    assert flaw["at_x_mm"] == pytest.approx(-5.75) and flaw["at_border"]
    assert pressed["probability"] is None and pressed["flaw"]["intensity_ratio"] < 0.05 * flaw["intensity_ratio"]
    (doubt,) = [one for one in summary["warnings"] if "runs at" in one]
    assert "scratch of 3 um" in doubt and "border" in doubt
    assert any("strength float-glass-din-1249-10" in one and "'stiff'" in one for one in summary["warnings"])
    assert face["pieces"] == 1.0 and face["expected_broken"] == pytest.approx(face["probability"])


GLASS = """title: glass of two kinds
geometry: {outline: {shape: rectangle, size: [4 mm, 2 mm]}, layers: [{name: core, thickness: 0.5 mm, material: of}]}
mesh: {in_plane_size: 1 mm}
materials: {of: {base: KIND}}
brittle: [{part: core, face: top, strength: float-glass-din-1249-10}]
process: {stress_free_temperature: 25 degC, steps: [{name: cool, temperature: 0 degC}]}
"""


@pytest.mark.serial
@pytest.mark.parametrize(("kind", "warned"), [("glass-soda-lime", 0), ("glass-eagle-xg", 1)])
def test_a_published_strength_is_that_of_its_own_kind_of_glass(tmp_path, comm, kind, warned):
    """An own name for soda-lime glass keeps its title; glass of another kind is warned of."""
    found = solve_case(GLASS.replace("KIND", kind), (), tmp_path, comm)["warnings"]
    assert sum("strength float-glass-din-1249-10 that of" in one for one in found) == warned


@pytest.mark.serial
@pytest.mark.parametrize(("depth", "word"), [(1, "grow slowly"), (10, "runs at")])
def test_a_flaw_of_glass_that_stands_may_grow_slowly(tmp_path, comm, depth, word):
    """K_I = 1.1215 s sqrt(pi a) at the 282 MPa of the clamped end: 0.75 and 2.4 times 0.75 MPa sqrt(m)."""
    text = BEAM.replace("0.82 MPa sqrt(m)", "0.75 MPa sqrt(m)").replace("stiff", "own-glass")
    text = text.replace("strength: float-glass-din-1249-10, flaw: {depth: 3 um}", f"flaw: {{depth: {depth} um}}")
    found = [one for one in solve_case(text, (), tmp_path, comm)["warnings"] if "scratch" in one]
    assert len(found) == 1 and word in found[0]


@pytest.mark.serial
def test_a_flaw_in_a_layer_of_no_one_material_is_refused(tmp_path, comm):
    (tmp_path / "map.csv").write_text("0.5, 0.5\n0.5, 0.5\n", encoding="utf-8")
    layer = "{name: rdl, thickness: 10 um, copper_map: {csv: map.csv, dielectric: abf}}"
    text = BEAM.replace("cells: 2}", "cells: 2}, " + layer).replace(
        "part: die, face: bottom", "part: rdl, face: bottom"
    )
    with pytest.raises(CaseError, match="no material of its own"):
        load_case(text, (), tmp_path, comm)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("part: die, face: top, ch", "part: dye, face: top, ch"), "did you mean 'die'"),
        (("length: 40 mm", "area: 40 mm^2"), "give `length`"),
        ((", width: 2 mm", ""), "needs the `width`"),
        (("strength: float-glass-din", "strength: float-glas-din"), "did you mean 'float-glass-din-1249-10'"),
        (("strength: float-glass-din-1249-10, ", "modulus: 6, "), "go together"),
        (("strength: float-glass-din-1249-10, ", "area: 1 mm^2, strength: float-glass-din-1249-10, "), "of your own"),
        ((", flaw: {depth: 2 um, shape: half-penny}", ""), "a published `strength` or a `flaw`"),
        (("true, characteristic: 200 MPa, modulus: 6, length: 40 mm", "true, flaw: {depth: 2 um}"), "not of edges"),
        ((", fracture_toughness: 0.82 MPa sqrt(m)", ""), "has no fracture_toughness"),
    ],
)
def test_a_brittle_part_that_is_none_is_refused(tmp_path, comm, change, words):
    with pytest.raises(CaseError) as error:
        load_case(BEAM.replace(*change), (), tmp_path, comm)
    assert words in str(error.value)
