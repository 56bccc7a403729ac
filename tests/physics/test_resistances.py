"""Thermal resistances in the senses of JESD51 on stacks with an exact one-dimensional solution."""

import pytest

from solver.case.load import load
from solver.errors import CaseError

EXACT = 1e-6  # the source is 1 um of 9e3 W/m/K between layers of 5e-4 m^2 K/W and less

AREA = 10e-3 * 6e-3
CASE = """
title: resistances
geometry:
  outline: {{shape: rectangle, size: [10 mm, 6 mm]}}
  layers:
    - {{name: low, thickness: 1 mm, material: low}}
    - name: source
      thickness: 1 um
      regions: [{{name: die, shape: {{rectangle: [10 mm, 6 mm]}}, material: perfect}}]
    - {{name: high, thickness: 3 mm, material: high, cells: 2}}
materials:
  low: {{thermal_conductivity: 2 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/K}}
  high: {{thermal_conductivity: 12 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/K}}
  perfect: {{thermal_conductivity: 9e3 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/K}}
mesh: {{in_plane_size: 2 mm}}
thermal:
  power: [{{region: die, total: 6 W}}]
  boundaries: {boundaries}
report:
  points: [{{name: board, face: low.bottom, at: [4 mm, -2 mm]}}, {{name: inside, face: high.bottom}}]
  resistances: {resistances}
"""
UP, DOWN = 3e-3 / 12 / AREA, 1e-3 / 2 / AREA  # K/W of the layers
FILM_UP, FILM_DOWN = 1 / 800 / AREA, 1 / 500 / AREA
AIR_UP, AIR_DOWN = 1 / 20 / AREA, 1 / 12 / AREA
FILM_BELOW = "{face: bottom, convection: 500 W/m^2/K, ambient: 25 degC}"
FILMS = f"[{{face: top, convection: 800 W/m^2/K, ambient: 25 degC}}, {FILM_BELOW}]"
AIR = (
    "[{face: top, convection: 20 W/m^2/K, ambient: 25 degC}, {face: bottom, convection: 12 W/m^2/K, ambient: 25 degC}]"
)
PLATE_UP = "[{name: cold plate, face: top, temperature: 20 degC}]"
PLATE_DOWN = "[{face: bottom, temperature: 20 degC}]"


def case(boundaries: str, resistances: str) -> str:
    return CASE.format(boundaries=boundaries, resistances=resistances)


def test_in_still_air_theta_and_psi_are_those_of_two_paths_side_by_side(solve):
    wanted = """[{kind: theta_ja, junction: die}, {kind: psi_jt, junction: source/die},
        {kind: psi_jb, junction: die, point: board}, {kind: other, name: to the layer above, point: inside}]"""
    found = solve(case(AIR, wanted), "thermal.power.0.total=0.06 W")
    resistances = found["thermal"]["resistances"]
    up, down = UP + AIR_UP, DOWN + AIR_DOWN
    share = down / (up + down)
    assert resistances["theta_ja_k_per_w"]["value"] == pytest.approx(up * down / (up + down), rel=EXACT)
    assert resistances["theta_ja_k_per_w"]["heat_share"] == pytest.approx(1.0, rel=1e-9)
    assert resistances["psi_jt_k_per_w"]["value"] == pytest.approx(share * UP, rel=EXACT)
    assert resistances["psi_jb_k_per_w"]["value"] == pytest.approx((1 - share) * DOWN, rel=EXACT)
    assert resistances["to the layer above_k_per_w"]["value"] == pytest.approx(0.0, abs=EXACT * UP)
    assert "JESD51-2A" in resistances["psi_jt_k_per_w"]["definition"]
    assert "T_max(source/die) - T(top centre)" in resistances["psi_jt_k_per_w"]["definition"]
    assert found["warnings"] == []
    board = found["thermal"]["points"]["board"]
    assert (board["x_mm"], board["y_mm"], board["face"]) == (pytest.approx(4.0), pytest.approx(-2.0), "low.bottom")
    assert board["temperature_degc"] == pytest.approx(25 + 0.06 * (1 - share) * AIR_DOWN, rel=EXACT)


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
@pytest.mark.slow
def test_to_a_cold_plate_theta_jc_is_the_resistance_between(symmetry, solve):
    wanted = "[{kind: theta_jc_top, junction: die, value: mean}]"
    found = solve(case(PLATE_UP, wanted), f"geometry.symmetry={symmetry}")
    assert found["thermal"]["resistances"]["theta_jc_top_k_per_w"]["value"] == pytest.approx(UP, rel=EXACT)
    assert found["thermal"]["boundaries"][0]["name"] == "cold plate"
    wanted = "[{kind: theta_jc_bottom, junction: die}, {kind: theta_jb, junction: die, point: board}]"
    below = solve(case(PLATE_DOWN, wanted), f"geometry.symmetry={symmetry}")["thermal"]["resistances"]
    assert [below[f"theta_{kind}_k_per_w"]["value"] for kind in ("jc_bottom", "jb")] == pytest.approx(
        [DOWN] * 2, rel=EXACT
    )


def test_without_a_wish_a_single_cold_plate_gives_theta_jc(solve):
    resistances = solve(case(PLATE_UP, "[]"))["thermal"]["resistances"]
    assert list(resistances) == ["theta_jc_top_k_per_w"]
    assert resistances["theta_jc_top_k_per_w"]["value"] == pytest.approx(UP, rel=EXACT)


def test_a_theta_that_leaves_heat_out_is_a_warning(solve):
    boundaries = f"[{PLATE_UP[1:-1]}, {FILM_BELOW}]"
    found = solve(case(boundaries, "[{kind: theta_jc_top, junction: die}, {kind: psi_jb, point: board}]"))
    theta = found["thermal"]["resistances"]["theta_jc_top_k_per_w"]
    # 6 W from the junction: up to 20 degC, down to 25 degC
    junction = (6 + 20 / UP + 25 / (DOWN + FILM_DOWN)) / (1 / UP + 1 / (DOWN + FILM_DOWN))
    assert theta["heat_share"] == pytest.approx((junction - 20) / UP / 6, rel=EXACT)
    # psi_jb is defined in air, and most of the heat meets the cold plate
    assert [text.split(":")[0] for text in found["warnings"]] == ["theta_jc_top", "psi_jb"]


def test_a_second_cold_plate_on_the_board_is_no_case(solve):
    found = solve(case(f"[{PLATE_UP[1:-1]}, {PLATE_DOWN[1:-1]}]", "[{kind: theta_jc_top, junction: die}]"))
    theta = found["thermal"]["resistances"]["theta_jc_top_k_per_w"]
    assert theta["heat_share"] == pytest.approx(DOWN / (UP + DOWN), rel=EXACT)
    assert theta["heat_through"] == "cold plate"
    assert len(found["warnings"]) == 1


SINK = "[{face: top, heat_sink: {resistance: 0.5 K/W, ambient: 25 degC}}]"
RADIATION = "[{face: top, convection: 10 W/m^2/K, emissivity: 0.9, ambient: 25 degC}]"


@pytest.mark.parametrize(
    ("boundaries", "name"),
    [
        (AIR, "theta_ja"),
        (RADIATION, "theta_ja"),
        (FILMS, "junction_to_ambient"),
        (SINK, "junction_to_ambient"),
        ("[{face: top, convection: 60 W/m^2/K, ambient: 25 degC}]", "junction_to_ambient"),
    ],
)
def test_without_a_wish_only_still_air_gives_theta_ja(boundaries, name, solve):
    found = solve(case(boundaries, "[]"), "thermal.power.0.total=0.06 W")
    ((key, item),) = found["thermal"]["resistances"].items()
    assert key == f"{name}_k_per_w"
    assert ("not in the environment of JESD51-2A" in item["definition"]) == (name != "theta_ja")
    assert found["warnings"] == []  # nobody asked for more


@pytest.mark.parametrize(
    ("wanted", "boundaries", "words"),
    [
        ("{kind: theta_ja}", FILMS, "100 % of the heat meets a film of 800 W/m^2/K on the top, not still air"),
        (
            "{kind: theta_jma}",
            SINK,
            "100 % of the heat meets a heat sink of 0.5 K/W on the top, not still air or moving",
        ),
        (
            "{kind: psi_jt}",
            PLATE_UP,
            "100 % of the heat meets a fixed temperature on 'cold plate' (top), not still air",
        ),
        ("{kind: psi_jb, point: board}", FILMS, "a film of 800 W/m^2/K on the top"),
        ("{kind: theta_jb, point: board}", PLATE_UP, "its cold plate lies on the top of the package, not on the board"),
        (
            "{kind: theta_jb, point: board}",
            AIR,
            "a film of 20 W/m^2/K on the top, not a heat sink or a liquid or a cold",
        ),
        ("{kind: theta_jc_bottom}", AIR, "a film of 12 W/m^2/K on the bottom, not a heat sink"),
    ],
)
def test_a_name_the_set_up_does_not_justify_is_doubted(wanted, boundaries, words, solve):
    found = solve(case(boundaries, f"[{wanted}]"), "thermal.power.0.total=0.06 W")
    ((key, item),) = found["thermal"]["resistances"].items()
    assert words in item["definition"]
    name = key.removesuffix("_k_per_w")
    assert any(text.startswith(f"{name}: ") and words in text for text in found["warnings"])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("[{kind: theta_jx}]", "kind"),
        ("[{kind: theta_jb}]", "needs `point`"),
        ("[{kind: theta_jb, point: bord}]", "did you mean 'board'?"),
        ("[{kind: theta_ja, junction: dye}]", "did you mean 'die'"),
        ("[{kind: psi_jt}, {kind: psi_jt, junction: die}]", "give this one a `name`"),
        ("[{kind: theta_ja, point: board}]", "counts from the ambient"),
        ("[{kind: theta_jc_top, through: cold plates}]", "did you mean 'cold plate'"),
        ("[{kind: other, point: board}]", "needs a `name`"),
    ],
)
def test_a_resistance_that_cannot_be_is_refused_with_its_line(wanted, words, tmp_path):
    named = FILMS.replace("{face: top", "{name: cold plate, face: top")
    (tmp_path / "case.yaml").write_text(case(named, wanted), encoding="utf-8")
    with pytest.raises(CaseError, match=r"case\.yaml:\d+.*resistances") as error:
        load(tmp_path)
    assert words in str(error.value)


def test_a_point_where_its_layer_is_empty_is_refused(tmp_path):
    text = case(FILMS, "[]").replace(
        "rectangle: [10 mm, 6 mm]}}, material: perfect", "rectangle: [2 mm, 2 mm]}}, material: perfect"
    )
    text = text.replace("rectangle: [10 mm, 6 mm]}, material: perfect", "rectangle: [2 mm, 2 mm]}, material: perfect")
    (tmp_path / "case.yaml").write_text(text.replace("face: low.bottom", "face: source.top"), encoding="utf-8")
    with pytest.raises(CaseError, match=r"layer 'source' has nothing at \(4, -2\) mm"):
        load(tmp_path)


def test_resistances_of_a_transient_are_refused(tmp_path):
    (tmp_path / "case.yaml").write_text(case(FILMS, "[{kind: theta_ja}]"), encoding="utf-8")
    with pytest.raises(CaseError, match="belongs to a steady state"):
        load(tmp_path, ["analysis.transient={duration: 1 s, start: 25 degC}"])
