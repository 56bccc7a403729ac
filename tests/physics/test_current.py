"""Direct current against resistances in closed form.

The corner of a strip counts 0.5587 squares: P. M. Hall, Resistance calculations for thin film patterns, Thin Solid
Films 1, 277 (1968), by conformal mapping; the middle lines of its arms are counted up to the corner square.
"""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.models.solid.forecast import problems
from solver.parallel import on_root
from tests.probing import at, simulate

CASE = """
title: current
geometry:
  outline: {{shape: rectangle, size: {size}}}
  symmetry: {symmetry}
  layers: {layers}
materials:
  metal: {{electrical_resistivity: 2e-8 ohm m, thermal_conductivity: 100 W/m/K}}
  other: {{electrical_resistivity: [5e-8 ohm m, 5e-8 ohm m, 1e-7 ohm m], thermal_conductivity: 20 W/m/K}}
  resin: {{thermal_conductivity: 0.3 W/m/K}}
mesh: {{in_plane_size: {mesh}}}
electric:
  temperature: 25 degC
  terminals: {terminals}
  contacts: {contacts}
"""
EXACT = 1e-9  # the potential lies in the finite-element space
ENDS = "[{name: in, face: sides, end: +x, current: 10 A}, {name: out, face: sides, end: -x, voltage: 0.1 V}]"
UPRIGHT = "[{name: in, face: top, current: -10 A}, {name: out, face: bottom, voltage: 0 V}]"
BAR = "[{name: bar, thickness: 1 mm, material: metal}]"
PAIR = "[{name: low, thickness: 1 mm, material: metal}, {name: high, thickness: 3 mm, material: other, cells: 2}]"


def part(name: str, size: str, at: str = "0 mm, 0 mm", material: str = "metal", more: str = "") -> str:
    """A rectangular region; with a grid it has no place of its own."""
    place = more or f"at: [{at}]"
    return f"{{name: {name}, shape: {{rectangle: [{size}]}}, {place}, material: {material}}}"


def case(layers=BAR, terminals=ENDS, contacts="[]", size="[10 mm, 2 mm]", mesh="1 mm", symmetry="none") -> str:
    parts = {"layers": layers, "terminals": terminals, "contacts": contacts, "size": size, "mesh": mesh}
    return CASE.format(symmetry=symmetry, **parts)


@pytest.mark.parametrize("drive", ["current: 10 A", "voltage: 0.101 V", "current: 10 A, spread: even"])
def test_a_bar_resists_by_its_length_over_its_section(drive, solve):
    found = solve(case(terminals=ENDS.replace("current: 10 A", drive)))["electric"]
    ohms = 2e-8 * 10e-3 / 2e-6
    assert found["resistance_ohm"] == pytest.approx(ohms, rel=EXACT)
    into, out = found["terminals"]
    assert (into["voltage_v"], out["voltage_v"]) == (pytest.approx(0.101, rel=EXACT), 0.1)
    assert (into["current_a"], out["current_a"]) == (pytest.approx(10.0, rel=EXACT), pytest.approx(-10.0, rel=EXACT))
    assert found["joule_power_w"] == pytest.approx(0.01, rel=EXACT)
    assert found["parts"]["bar"]["mean_current_density_a_per_m2"] == pytest.approx(5e6, rel=EXACT)
    assert found["parts"]["bar"]["crowding"] == pytest.approx(1.0, rel=EXACT)
    assert found["current_balance_error"] < EXACT
    assert found["energy_error"] < EXACT


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_layers_and_contacts_are_in_series(symmetry, solve):
    contact = "[{between: [low, high], resistance: 4e-11 ohm m^2}]"
    found = solve(case(PAIR, UPRIGHT, contact, symmetry=symmetry))["electric"]
    area, squares = 20e-6, 2e-8 * 1e-3 + 1e-7 * 3e-3  # ohm m^2
    assert found["resistance_ohm"] == pytest.approx((squares + 4e-11) / area, rel=EXACT)
    (drop,) = found["contacts"]
    assert drop["area_mm2"] == pytest.approx(20.0, rel=EXACT)
    assert drop["current_upwards_a"] == pytest.approx(10.0, rel=EXACT)
    assert drop["mean_drop_v"] == pytest.approx(10.0 * 4e-11 / area, rel=EXACT)
    assert drop["joule_power_w"] == pytest.approx(100.0 * 4e-11 / area, rel=EXACT)
    assert found["parts"]["high"]["joule_power_w"] == pytest.approx(100.0 * 1e-7 * 3e-3 / area, rel=EXACT)
    assert found["energy_error"] < EXACT


def test_layers_that_are_not_pulled_apart_are_in_parallel(solve):
    found = solve(case(PAIR))["electric"]
    siemens = (2e-6 / 2e-8 + 6e-6 / 5e-8) / 10e-3
    assert found["resistance_ohm"] == pytest.approx(1.0 / siemens, rel=EXACT)


def test_conductors_may_be_apart(shared_path, comm):
    """Insulator between two layers, which both end in the terminals: a gap in the mesh of the conductors."""
    apart = PAIR.replace("{name: high", "{name: between, thickness: 2 mm, material: resin, cells: 2}, {name: high")
    result = simulate(case(apart), shared_path, comm).current(None)
    siemens = (2e-6 / 2e-8 + 6e-6 / 5e-8) / 10e-3
    assert result.summary["resistance_ohm"] == pytest.approx(1.0 / siemens, rel=EXACT)
    assert result.stack_mesh.layers == ("low", "high")
    z = result.stack_mesh.mesh.geometry.x[:, 2]
    assert set(np.round(1e3 * z, 9)) == {0.0, 1.0, 3.0, 4.5, 6.0}
    assert result.stack_mesh.cells == 20 * 3


def test_a_corner_of_a_strip_counts_0_559_squares(solve):
    """Two arms of two squares and the corner, which is refined; a current through the ends is even to e^-2 pi."""
    corners = "[-1.5 mm, -1.5 mm], [1.5 mm, -1.5 mm], [1.5 mm, -0.5 mm], [-0.5 mm, -0.5 mm]"
    strip = f"{{polygon: [{corners}, [-0.5 mm, 1.5 mm], [-1.5 mm, 1.5 mm]]}}"
    layers = f"[{{name: film, thickness: 0.1 mm, regions: [{{name: strip, shape: {strip}, material: metal}}]}}]"
    ends = "[{name: in, face: sides, end: +x, current: 1 A}, {name: out, face: sides, end: +y, voltage: 0 V}]"
    text = case(layers, ends, size="[3 mm, 3 mm]", mesh="0.1 mm")
    found = solve(text)["electric"]
    squares = found["resistance_ohm"] * 0.1e-3 / 2e-8
    assert squares - 4.0 == pytest.approx(0.5587, abs=2e-3)  # the singular corner costs h^(4/3)
    assert found["parts"]["film/strip"]["crowding"] > 2.0


@pytest.mark.slow
def test_a_via_chain_is_strips_and_corners(solve):
    """Uniform in y: traces and vias are strips of width t in the plane x, z with a corner at each end of a via."""
    low = f"[{part('a', '0.4 mm, 0.2 mm', '-0.6 mm, 0 mm')}, {part('c', '0.4 mm, 0.2 mm', '0.6 mm, 0 mm')}]"
    vias = part("via", "0.1 mm, 0.2 mm", more="grid: {count: [2, 1], pitch: [0.9 mm, 1 mm]}")
    layers = f"""[{{name: low, thickness: 0.1 mm, cells: 6, material: resin, regions: {low}}},
      {{name: via layer, thickness: 0.3 mm, cells: 9, material: resin, regions: [{vias}]}},
      {{name: high, thickness: 0.1 mm, cells: 6, material: resin, regions: [{part("b", "1 mm, 0.2 mm")}]}},
      {{name: lid, thickness: 0.1 mm, material: resin}}]"""
    ends = (
        "[{name: in, face: low.sides, region: c, end: +x, current: 1 A}, "
        "{name: out, face: low.sides, region: a, end: -x, voltage: 0 V}]"
    )
    found = solve(case(layers, ends, size="[1.6 mm, 0.2 mm]", mesh="0.02 mm"))["electric"]
    squares = found["resistance_ohm"] * 0.2e-3 / 2e-8
    straight = 2 * 3.0 + 8.0 + 2 * 3.0
    assert squares - straight == pytest.approx(4 * 0.5587, abs=0.02)
    assert set(found["parts"]) == {"low/a", "low/c", "via layer/via", "high/b"}


def test_conductors_that_hang_on_no_terminal_are_left_out(shared_path, comm):
    pads = part("pad", "1 mm, 1 mm", more="grid: {count: [3, 1], pitch: [3 mm, 1 mm]}")
    pads = f"[{pads}, {part('fill', '0.5 mm, 0.5 mm', '4.5 mm, 0 mm')}]"
    layers = (
        "[{name: base, thickness: 1 mm, material: other}, {name: glue, thickness: 1 mm, material: resin}, "
        f"{{name: pads, thickness: 1 mm, regions: {pads}}}]"
    )
    terminals = (
        "[{name: in, face: pads.top, region: pad, current: 3 A}, "
        "{name: out, face: pads.bottom, region: pad, voltage: 0 V}]"
    )
    result = simulate(case(layers, terminals), shared_path, comm).current(None)
    assert result.stack_mesh.layers == ("pads",)
    assert set(result.summary["parts"]) == {"pads/pad"}
    assert result.summary["resistance_ohm"] == pytest.approx(2e-8 * 1e-3 / 3e-6, rel=EXACT)


def test_a_region_may_be_a_terminal_as_a_whole(solve):
    pads = f"[{part('pad', '1 mm, 2 mm', '-4.5 mm, 0 mm', 'other')}, {part('strip', '9 mm, 2 mm', '0.5 mm, 0 mm')}]"
    terminals = "[{name: in, region: pad, voltage: 1 mV}, {name: out, face: sides, end: +x, voltage: 0 V}]"
    found = solve(case(f"[{{name: film, thickness: 1 mm, regions: {pads}}}]", terminals))["electric"]
    assert found["terminals"][0]["current_a"] == pytest.approx(1e-3 / (2e-8 * 9e-3 / 2e-6), rel=EXACT)


def test_transfer_resistances_are_the_same_both_ways(solve):
    """Reciprocity (H. A. Lorentz): the voltage at one terminal for a current at another does not change with roles."""
    three = (
        "[{name: patch, face: top, shape: {rectangle: [2 mm, 1 mm]}, at: [1 mm, 0 mm], current: %g A}, "
        "{name: left, face: sides, end: -x, voltage: 0 V}, {name: right, face: sides, end: +x, current: %g A}]"
    )
    one = solve(case(terminals=three % (6, 0)))["electric"]
    other = solve(case(terminals=three % (0, 6)))["electric"]
    assert one["terminals"][1]["current_a"] == pytest.approx(-6.0, rel=EXACT)
    assert one["terminals"][2]["voltage_v"] == pytest.approx(other["terminals"][0]["voltage_v"], rel=1e-8)
    assert one["resistance_ohm"] is None
    both = solve(case(terminals=three % (6, 6)))["electric"]
    for k in (0, 2):
        sums = one["terminals"][k]["voltage_v"] + other["terminals"][k]["voltage_v"]
        assert both["terminals"][k]["voltage_v"] == pytest.approx(sums, rel=1e-8)
    assert both["energy_error"] < EXACT


def test_the_column_multigrid_solves_it_too(solve):
    text = case(PAIR, UPRIGHT, "[{between: [low, high], resistance: 4e-11 ohm m^2}]", mesh="0.5 mm")
    direct, columns = (solve(text, f"analysis.solver={name}")["electric"] for name in ("direct", "columns"))
    assert columns["resistance_ohm"] == pytest.approx(direct["resistance_ohm"], rel=1e-8)


@pytest.mark.parametrize(
    "terminals, message",
    [
        (ENDS.replace("voltage: 0.1 V", "current: -10 A"), "no ground"),
        (ENDS.replace("face: sides, end: -x", "face: bottom"), "'in' and 'out' touch"),
        (ENDS.replace("face: sides, end: -x", "face: bar.tops"), "no face 'bar.tops'; did you mean 'bar.top'"),
        (ENDS.replace("current: 10 A", "current: 10 V"), "not a unit of current"),
        (ENDS.replace("current: 10 A", "current: 10 A, voltage: 1 V"), "give one of: voltage; current"),
        (ENDS.replace("end: -x", "end: -x, shape: {circle: 1 mm}, at: [1 mm, 0 mm]"), "no conductor's face"),
    ],
)
def test_terminals_that_make_no_circuit_are_refused(terminals, message, shared_path, comm):
    with pytest.raises(CaseError, match=message):
        simulate(case(terminals=terminals), shared_path, comm).current(None)


def test_a_gap_between_terminals_is_said(shared_path, comm):
    half = "{name: %s, shape: {rectangle: [4 mm, 2 mm]}, at: [%g mm, 0 mm], material: metal}"
    halves = f"[{{name: bar, thickness: 1 mm, regions: [{half % ('left', -3)}, {half % ('right', 3)}]}}]"
    ends = "[{name: in, face: sides, region: right, current: 10 A}, {name: out, face: top, region: left, voltage: 0 V}]"
    with pytest.raises(CaseError, match="'in' to a terminal with a voltage: its current cannot return"):
        simulate(case(halves, ends), shared_path, comm).current(None)
    with pytest.raises(CaseError, match="no conductor joins terminal 'in' to another terminal"):
        simulate(case(halves, ends.replace("current: 10 A", "voltage: 1 V")), shared_path, comm).current(None)


def test_fields_lie_on_the_conductors(shared_path, comm):
    text = case(PAIR, UPRIGHT, "[{between: [low, high], resistance: 4e-11 ohm m^2}]")
    result = simulate(text, shared_path, comm).current(None)
    low, high = at(result.potential, [(1e-3, 0.0, 0.5e-3), (1e-3, 0.0, 4e-3)])[:, 0]
    assert low == pytest.approx(-10 / 20e-6 * 2e-8 * 0.5e-3, rel=1e-8)
    assert high == pytest.approx(-10 / 20e-6 * (2e-8 * 1e-3 + 1e-7 * 3e-3 + 4e-11), rel=1e-8)
    assert result.cells["current_density_a_per_m2"][:, 2] == pytest.approx(5e5, rel=1e-8)


def test_what_it_takes_is_known_before(shared_path, comm):
    """`check` counts the unknowns of the conductors, and not of what is between them."""
    apart = PAIR.replace("{name: high", "{name: between, thickness: 2 mm, material: resin, cells: 2}, {name: high")
    simulation = simulate(case(apart), shared_path, comm)
    plane = simulation.plane
    (problem,) = on_root(comm, lambda: problems(simulation.loaded, plane, comm.size))
    assert (problem.what, problem.solves) == ("current", 1)
    assert problem.size.unknowns == simulation.current(None).record.unknowns


SHEETS = """[{{name: low, thickness: 20 um, material: metal}},
    {{name: vias, thickness: 1 mm, {vias}}},
    {{name: high, thickness: 20 um, material: metal}}]"""
FRACTION = np.pi * 0.15**2
MIXED = f"material: {{mix: via, metal: metal, dielectric: resin, metal_fraction: {FRACTION:.12f}, conducts: true}}"
ARRAY = "material: {unit_cell: via, metal: metal, matrix: resin, diameter: 0.3 mm, pitch: 1 mm, conducts: true}"
MESHED = "regions: [{name: via, shape: {circle: 0.3 mm}, material: metal, grid: {count: [3, 3], pitch: [1 mm, 1 mm]}}]"
CLOSED = ARRAY.replace("conducts", "method: closed-form, conducts")


def vias(kind: str, terminals: str, mesh: str) -> str:
    return case(SHEETS.format(vias=kind), terminals, size="[3 mm, 3 mm]", mesh=mesh)


@pytest.mark.parametrize("kind", [MIXED, ARRAY, CLOSED], ids=["mixture", "unit cell", "closed form"])
@pytest.mark.slow
def test_smeared_vias_resist_as_nine_meshed_ones(kind, solve):
    """From face to face: rho l / (9 pi r^2), the circles as fine polygons."""
    ohms = [
        solve(case(f"[{{name: vias, thickness: 1 mm, {one}}}]", UPRIGHT, size="[3 mm, 3 mm]", mesh=mesh))["electric"]
        for one, mesh in ((kind, "1 mm"), (MESHED, "0.25 mm"))
    ]
    smeared, meshed = (found["resistance_ohm"] for found in ohms)
    assert smeared == pytest.approx(2e-8 * 1e-3 / (FRACTION * 9e-6), rel=1e-3)
    assert smeared == pytest.approx(meshed, rel=5e-3)


@pytest.mark.parametrize("kind", [MIXED, ARRAY], ids=["mixture", "unit cell"])
def test_smeared_vias_share_the_current_between_two_sheets(kind, solve):
    """In at one end of the upper sheet, out at the other end of the lower: sheets of r ohm with g S/m2 between them
    have r l / 2 + coth(l / 2 b) / sqrt(2 g / r) per width, with b = 1 / sqrt(2 r g), by hand."""
    terminals = (
        "[{name: in, face: high.sides, end: +x, current: 1 A}, {name: out, face: low.sides, end: -x, voltage: 0 V}]"
    )
    found = solve(vias(kind, terminals, "0.1 mm"))["electric"]
    r, g = 2e-8 / 20e-6, FRACTION / (2e-8 * 1e-3)
    wanted = r * 3e-3 / 2 + 1 / np.tanh(3e-3 / 2 * np.sqrt(2 * r * g)) / np.sqrt(2 * g / r)
    assert found["resistance_ohm"] == pytest.approx(wanted / 3e-3, rel=0.01)
    assert found["energy_error"] < 1e-6


@pytest.mark.parametrize("kind", ["laminate", "traces"])
def test_current_across_what_does_not_hang_together_is_refused_by_name(kind, solve):
    along = ", along: [1, 0]" if kind == "traces" else ""
    mixed = MIXED.replace("mix: via", f"mix: {kind}{along}")
    upright = UPRIGHT if kind == "laminate" else ENDS.replace("+x", "+y").replace("-x", "-y")
    layers = f"[{{name: rdl, thickness: 1 mm, {mixed}}}]"
    with pytest.raises(
        CaseError, match=r"current has to go along [yz] in 'rdl', where its metal does not hang together"
    ):
        solve(case(layers, upright))
    ohms = solve(case(layers, ENDS))["electric"]["resistance_ohm"]
    assert ohms == pytest.approx(2e-8 * 10e-3 / 2e-6 / FRACTION, rel=1e-6)


@pytest.mark.serial
def test_islands_and_insulators_conduct_nothing_and_say_so(solve):
    islands = MIXED.replace("mix: via", "mix: hashin-shtrikman-lower")
    with pytest.raises(CaseError, match="conducts: by this rule its metal is in islands"):
        solve(vias(islands, UPRIGHT, "1 mm"))
    with pytest.raises(CaseError, match="none has an `electrical_resistivity`"):
        solve(vias(MIXED.replace("metal: metal", "metal: resin"), UPRIGHT, "1 mm"))
    insulating = MIXED.replace(", conducts: true", "")
    with pytest.raises(CaseError):
        solve(vias(insulating, UPRIGHT, "1 mm"))
