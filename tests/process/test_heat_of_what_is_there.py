"""Heat in the layers that are there: a stack that has lost its carrier, and a package cut out of a panel."""

import pytest

from solver.case.load import load
from solver.errors import CaseError

pytestmark = pytest.mark.slow

PANEL = """title: a panel on a carrier, then its packages
geometry:
  outline: {shape: rectangle, size: [30 mm, 30 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 0.7 mm, material: glass-eagle-xg}
    - name: mould
      thickness: 0.4 mm
      material: emc-generic
      regions:
        - name: die
          shape: {rectangle: [6 mm, 6 mm]}
          material: silicon
          grid: {count: [3, 3], pitch: [10 mm, 10 mm]}
    - {name: rdl, thickness: 50 um, material: polyimide, below: mould}
mesh: {in_plane_size: 2.5 mm}
analysis: {deflection: small}
process:
  steps:
    - {name: mould, build: [carrier, mould], temperature: 150 degC}
    - {name: debond, remove: [carrier], temperature: 25 degC}
    - {name: rdl, build: [rdl], birth: stress-free, temperature: 60 degC}
    - {name: cut, singulate: {shape: {rectangle: [10 mm, 10 mm]}, in_plane_size: 1.25 mm}}
    - {name: under power, temperature: thermal}
thermal:
  power: [{region: die, total: 2 W}]
  boundaries: [{face: bottom, convection: 1000 W/m^2/K, ambient: 25 degC}]
  interfaces: [{between: [rdl, mould/die], resistance: 20 mm^2 K/W}]
"""
HOT = "    - {name: hot, temperature: thermal}\n"
# the same package, made at once
PACKAGE = (
    "geometry.outline.size=[10 mm, 10 mm]",
    "geometry.layers.mould.regions.die.grid={count: [1, 1], pitch: [10 mm, 10 mm]}",
    "process.steps=[{name: all, build: [carrier, mould], temperature: 150 degC}, {name: debond, remove: [carrier]}, "
    "{name: rdl, build: [rdl], birth: stress-free, temperature: 60 degC}, {name: under power, temperature: thermal}]",
    "mesh.in_plane_size=1.25 mm",
)


def test_a_package_that_was_cut_out_is_as_hot_as_one_made_alone(solve):
    """1-D bounds: 2 W through RDL, contact and film over the whole 100 mm2, or over the 36 mm2 of the die."""
    cut, alone = solve(PANEL)["thermal"], solve(PANEL, *PACKAGE)["thermal"]
    for key in ("power_w", "max_temperature_degc"):
        assert cut[key] == pytest.approx(alone[key], rel=1e-6), key
    assert list(cut["regions"]) == ["mould", "mould/die", "rdl"]
    (one,), (other,) = cut["interfaces"], alone["interfaces"]
    assert one["area_mm2"] == pytest.approx(36.0, rel=1e-9)
    assert one["mean_drop_k"] == pytest.approx(other["mean_drop_k"], rel=1e-6)
    assert 2 * (1 / 1000) / 100e-6 < cut["max_temperature_degc"] - 25 < 2 * (1 / 1000 + 50e-6 / 0.2 + 25e-6) / 36e-6
    assert cut["heat_balance_error"] < 1e-9


def test_a_panel_without_its_carrier_is_as_hot_as_its_packages(solve):
    """Every die makes its ninth, and no heat goes from one to the other."""
    steps = (
        "process.steps=[{name: mould, build: [carrier, mould], temperature: 150 degC}, "
        "{name: debond, remove: [carrier]}, {name: rdl, build: [rdl], birth: stress-free, temperature: 60 degC}, "
        "{name: hot, temperature: thermal}]"
    )
    panel = [
        solve(PANEL, steps, "mesh.in_plane_size=1.25 mm", f"thermal.boundaries.0.face={face}")["thermal"]
        for face in ("bottom", "rdl.bottom")
    ]
    package = solve(PANEL, *PACKAGE, f"thermal.power.0.total={2 / 9} W")["thermal"]
    for found in panel:
        assert list(found["regions"]) == ["mould", "mould/die", "rdl"]
        assert found["max_temperature_degc"] == pytest.approx(package["max_temperature_degc"], abs=1e-5)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("region: die, total", "layer: carrier, total", "thermal.power.0.*'carrier' is not there in the first step"),
        ("face: bottom", "face: carrier.bottom", "layer 'carrier' is not there in the first step"),
        ("[rdl, mould/die]", "[carrier, mould/die]", "'carrier' is not there in the first step"),
        (HOT.replace("hot", "under power"), "", "'rdl' takes the place of others: a process step"),
        ("    - {name: cut,", f"{HOT}    - {{name: warm, temperature: 60 degC}}\n    - {{name: cut,", "not change"),
    ],
)  # fmt: skip
def test_heat_of_what_is_not_there_is_refused(tmp_path, old, new, rule):
    assert old in PANEL
    (tmp_path / "case.yaml").write_text(PANEL.replace(old, new), encoding="utf-8")
    with pytest.raises(CaseError, match=rule):
        load(tmp_path)
