"""Resistances between layers, against their jump condition and against layers of their own."""

import numpy as np
import pytest
from dolfinx import fem

from meshes.extrude import levels
from meshes.interfaces import ThermalInterface, split
from meshes.plane import plane_mesh
from solver.errors import CaseError
from solver.linalg import choose
from tests.probing import simulate, solved_heat, stack_of

CASE = """
title: interfaces
geometry:
  outline: {{shape: rectangle, size: [10 mm, 6 mm]}}
  symmetry: {symmetry}
  layers: {layers}
materials:
  low: {{thermal_conductivity: [5 W/m/K, 7 W/m/K, 2 W/m/K], density: 2000 kg/m^3, specific_heat: 700 J/kg/K}}
  high: {{thermal_conductivity: 90 W/m/K, density: 3000 kg/m^3, specific_heat: 500 J/kg/K}}
  bond: {{thermal_conductivity: 2 W/m/K, density: 1 kg/m^3, specific_heat: 1 J/kg/K}}
mesh: {{in_plane_size: 2 mm}}
thermal:
  power: {power}
  boundaries: {boundaries}
  interfaces: {interfaces}
{analysis}
"""
PLAIN = "[{name: base, thickness: 1 mm, material: low}, {name: cover, thickness: 3 mm, material: high, cells: 2}]"
FACES = "[{face: bottom, temperature: 80 degC}, {face: top, convection: 500 W/m^2/K, ambient: 20 degC}]"
DIE = "{name: die, shape: {rectangle: [4 mm, 2 mm]}, material: high}"
FOOT = "{name: foot, shape: {rectangle: [10 mm, 6 mm], hole: [8 mm, 4.4 mm]}, material: high}"
PACKAGE = (
    f"[{{name: base, thickness: 1 mm, material: low}}, {{name: middle, thickness: 0.5 mm, regions: [{DIE}, {FOOT}]}}, "
    "%s {name: lid, thickness: 1 mm, material: high}]"
)
JUMP = 1e-8  # relative


def case(layers: str, interfaces: str, power="[]", boundaries=FACES, symmetry="none", analysis="") -> str:
    parts = {"layers": layers, "interfaces": interfaces, "power": power, "symmetry": symmetry, "analysis": analysis}
    return CASE.format(boundaries=boundaries, **parts)


@pytest.mark.parametrize("resistance", ["1e-4 mm^2 K/W", "5 mm^2 K/W", "0.1 m^2 K/W"])
def test_a_slab_drops_flux_times_resistance(resistance, solve):
    value = {"1e-4 mm^2 K/W": 1e-10, "5 mm^2 K/W": 5e-6, "0.1 m^2 K/W": 0.1}[resistance]
    thermal = solve(case(PLAIN, f"[{{between: [base, cover], resistance: {resistance}}}]"))["thermal"]
    flux = 60.0 / (1e-3 / 2 + value + 3e-3 / 90 + 1 / 500)
    (found,) = thermal["interfaces"]
    assert found["mean_drop_k"] == pytest.approx(flux * value, rel=JUMP, abs=60 * JUMP)
    assert found["max_drop_k"] == pytest.approx(flux * value, rel=JUMP, abs=60 * JUMP)
    assert found["heat_w"] == pytest.approx(flux * 60e-6, rel=max(JUMP, 1e-12 / value))
    assert found["area_mm2"] == pytest.approx(60.0, rel=JUMP)
    assert thermal["boundaries"][1]["heat_w"] == pytest.approx(flux * 60e-6, rel=JUMP)
    # the cover is as warm as with no jump and less flux
    mean = 20 + flux * (1 / 500 + 1.5e-3 / 90)
    assert thermal["regions"]["cover"]["mean_temperature_degc"] == pytest.approx(mean, abs=60 * JUMP)


def test_all_ways_to_write_a_resistance_are_one(solve):
    ways = ("resistance: 20 mm^2 K/W", "conductance: 5e4 W/m^2/K", "thickness: 40 um, conductivity: 2 W/m/K")
    ends = [solve(case(PLAIN, f"[{{between: [cover, base], {way}}}]"))["thermal"]["interfaces"][0] for way in ways]
    for other in ends[1:]:
        assert other["mean_drop_k"] == pytest.approx(ends[0]["mean_drop_k"], rel=1e-10)


def test_layers_keep_their_heights(tmp_path):
    stack = stack_of(case(PACKAGE % "", "[]"), tmp_path)
    raised, _ = split(
        stack, plane_mesh(stack), [ThermalInterface(("die", "lid"), 1e5), ThermalInterface(("base", "foot"), 1e4)]
    )
    assert [layer.interface for layer in raised.layers] == [False, True, False, True, False]
    kept = [layer for layer in raised.layers if not layer.interface]
    for before, after in zip(stack.layers, kept, strict=True):
        assert after.thickness == pytest.approx(before.thickness, rel=1e-11)
    heights, _ = levels(raised, [layer.name for layer in raised.layers])
    assert heights[-1] == pytest.approx(stack.thickness, rel=1e-6)


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_a_contact_is_the_limit_of_thin_layers_that_do_not_conduct_along(symmetry, solve):
    """Between a die and its lid but not at the foot: layers of 1 um to a resistance of 50 mm^2 K/W, and the contact."""
    power, air = "[{region: die, total: 3 W}]", "[{face: top, convection: 900 W/m^2/K, ambient: 25 degC}]"
    bond = (
        "{name: bond, thickness: 1 nm, regions: [{name: bond, shape: {rectangle: [4 mm, 2 mm]}, material: glue}, "
        "{name: bond foot, shape: {rectangle: [10 mm, 6 mm], hole: [8 mm, 4.4 mm]}, material: high}]},"
    )
    glue = "  glue: {thermal_conductivity: [1e-12 W/m/K, 1e-12 W/m/K, 2e-5 W/m/K]}\n"
    thin = case(PACKAGE % bond, "[]", power, air, symmetry).replace("mesh:", f"{glue}mesh:")
    contact = case(PACKAGE % "", "[{between: [die, lid], resistance: 50 mm^2 K/W}]", power, air, symmetry)
    limit, found = solve(thin)["thermal"], solve(contact)["thermal"]
    for name in ("base", "middle/die", "middle/foot", "lid"):
        for key in ("mean_temperature_degc", "max_temperature_degc"):
            # a nanometre of copper at the foot is 1e-6 of what is there
            assert found["regions"][name][key] == pytest.approx(limit["regions"][name][key], abs=1e-5), name
    assert found["interfaces"][0]["area_mm2"] == pytest.approx(8.0, rel=1e-9)
    assert set(found["regions"]) == {"base", "middle/die", "middle/foot", "lid"}
    assert found["heat_balance_error"] < 1e-8


def test_a_region_goes_before_a_layer_of_the_same_name(solve):
    both = PACKAGE.replace("name: middle", "name: die") % ""
    for names in ("[die, lid]", "[die/die, lid]", "[lid, die/die]"):
        thermal = solve(case(both, f"[{{between: {names}, resistance: 50 mm^2 K/W}}]"))["thermal"]
        assert thermal["interfaces"][0]["area_mm2"] == pytest.approx(8.0, rel=1e-9)


def test_contacts_of_one_level_may_differ(solve):
    interfaces = "[{between: [die, lid], resistance: 50 mm^2 K/W}, {between: [foot, lid], resistance: 200 mm^2 K/W}]"
    thermal = solve(case(PACKAGE % "", interfaces, "[{region: die, total: 3 W}]"))["thermal"]
    up = sum(item["heat_w"] for item in thermal["interfaces"])
    assert up == pytest.approx(thermal["boundaries"][1]["heat_w"], rel=1e-7)


@pytest.mark.slow
def test_contacts_store_nothing_and_balance_in_time(solve):
    analysis = "analysis: {transient: {duration: 0.2 s, start: 20 degC, times: [0.1 s]}}"
    thermal = solve(
        case(
            PACKAGE % "",
            "[{between: [die, lid], resistance: 50 mm^2 K/W}]",
            "[{region: die, total: 3 W}]",
            analysis=analysis,
        )
    )["thermal"]
    assert thermal["heat_balance_error"] < 1e-8
    assert set(thermal["history"]["regions"]) == {"base", "middle/die", "middle/foot", "lid"}


def test_the_field_beside_a_contact_jumps_there_and_nowhere_else(shared_path, comm):
    heat = solved_heat(simulate(case(PLAIN, "[{between: [base, cover], resistance: 100 mm^2 K/W}]"), shared_path, comm))
    field, mesh = heat.solution.temperature, heat.stack_mesh
    flux = 60.0 / (1e-3 / 2 + 1e-4 + 3e-3 / 90 + 1 / 500)
    z = field.function_space.tabulate_dof_coordinates()[:, 2]
    warm = 353.15 - flux * z / 2
    cool = 353.15 - flux * (1e-3 / 2 + 1e-4 + (z - 1e-3) / 90)
    expected = np.empty_like(z)
    nodes = field.function_space.dofmap.list[: len(mesh.block)]
    for layer, values in ((0, warm), (1, cool)):
        expected[nodes[mesh.layer_of == layer]] = values[nodes[mesh.layer_of == layer]]
    assert isinstance(field, fem.Function)
    assert field.x.array[nodes] == pytest.approx(expected[nodes], abs=1e-6)


@pytest.mark.parametrize("resistance", ["1e-4 mm^2 K/W", "1 mm^2 K/W", "1e3 mm^2 K/W"])
def test_the_column_multigrid_does_not_mind(resistance, shared_path, comm):
    contact = f"[{{between: [die, lid], resistance: {resistance}}}]"
    text = case(PACKAGE % "", contact, "[{region: die, total: 3 W}]")
    overrides = "analysis.solver=columns", "mesh.in_plane_size=0.5 mm"
    record = solved_heat(simulate(text, shared_path, comm, *overrides)).solution.record
    assert record.name.startswith("conjugate gradients + column multigrid")
    assert record.iterations < 30


def test_layers_that_do_not_touch_have_no_interface(shared_path, comm):
    text = case(PACKAGE % "", "[{between: [base, lid], resistance: 50 mm^2 K/W}]")
    with pytest.raises(CaseError, match="'base' and 'lid' do not touch"):
        simulate(text, shared_path, comm).heat()


def test_two_resistances_at_one_place_are_refused(shared_path, comm):
    twice = "[{between: [die, lid], resistance: 5 mm^2 K/W}, {between: [lid, die], resistance: 6 mm^2 K/W}]"
    with pytest.raises(CaseError, match="have an interface already"):
        simulate(case(PACKAGE % "", twice), shared_path, comm)


def test_an_unknown_name_is_refused(shared_path, comm):
    with pytest.raises(CaseError, match="no layer or region 'dye'; did you mean 'die'"):
        simulate(case(PACKAGE % "", "[{between: [dye, lid], resistance: 5 mm^2 K/W}]"), shared_path, comm)


def test_a_stack_with_contacts_is_not_for_an_algebraic_multigrid(shared_path, comm, monkeypatch):
    monkeypatch.setattr(choose, "_CHUNKY", 10.0)
    monkeypatch.setattr(choose, "_CHUNKY_SMALL", 0)
    contact = "[{between: [die, lid], resistance: 50 mm^2 K/W}]"
    plain, joined = (
        solved_heat(simulate(case(PACKAGE % "", given, "[{region: die, total: 3 W}]"), shared_path, comm)).solution
        for given in ("[]", contact)
    )
    assert "algebraic multigrid" in plain.record.name
    assert "column multigrid" in joined.record.name
