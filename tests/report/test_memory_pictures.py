"""What a person sees of materials with a memory: table in time, pictures, and the elastic answer beside."""

import csv
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from solver.output import csv_files, in_time, summary
from solver.report import memory_tables, output_tables
from solver.report.pictures import curve, hysteresis
from solver.report.pictures import in_time as pictures
from solver.report.pictures.time_axis import TimeAxis, in_words
from tests.solving import run_case

pytestmark = pytest.mark.serial

TIMES, DAY = (100.0, 250.0, 300.0), 86400.0


def point(time: float | None, celsius: float, warpage: float, **more: Any) -> dict[str, Any]:
    """A point of a curve, as summary.json has it."""
    entry = {"temperature_degc": celsius, "warpage_um": abs(warpage), "signed_warpage_um": warpage, **more}
    return entry if time is None else {"time_s": time, **entry}


def mean(stress: float, strain: float) -> dict[str, Any]:
    """Of a film under biaxial stress, with the strain of an expansion of 1 % on all axes."""
    return {"stress_mpa": [stress, stress, 0.0, 0.0, 0.0, 0.0], "strain": [strain + 0.01, strain + 0.01, 0.01, 0, 0, 0]}


def step(name: str, begin: float, lasts: float, degrees: tuple[float, float], stress: tuple[float, float], **more: Any):
    """An entry of the summary: three increments of a solder that flows and a compound that cures, and a look aside."""
    shares = np.array(TIMES) / TIMES[-1]
    curve_points = []
    for share in shares:
        celsius = float(degrees[0] + share * (degrees[1] - degrees[0]))
        sigma = float(stress[0] + share * (stress[1] - stress[0]))
        known = {"degree_of_cure_mean": 0.5 + 0.1 * share, "glass_transition_degc": 90.0 + 30.0 * share}
        known["block_means"] = {"joint/=sum": mean(sigma, 1e-4 * sigma), "compound": mean(2.0 * sigma, 0.0)}
        curve_points.append(point(float(begin + lasts * share), celsius, 10.0 * sigma, **known))
    blocks = {
        "joint": {"max_von_mises_mpa": 1.0},
        "joint/=sum": {
            "equivalent_inelastic_strain_mean": 0.01,
            "equivalent_inelastic_strain_max": 0.025,
            "inelastic_work_mean_mpa": 0.5,
            "inelastic_work_step_mpa": 0.125,
        },
        "compound": {"degree_of_cure_mean": 0.6, "glass_transition_degc": 120.0},
    }
    return {
        **point(begin + lasts, degrees[1], 10.0 * stress[1]),
        "name": name,
        "curve": [*curve_points, point(None, 60.0, -5.0)],
        "layers": {"joint": blocks["joint/=sum"], "compound": blocks["compound"]},
        "blocks": blocks,
        "laminate": {"warpage_um": 250.0, "signed_warpage_um": 250.0},
        **more,
    }


STEPS = [
    step("cool", 0.0, 300.0, (125.0, 25.0), (0.0, 20.0)),
    step("heat", 300.0, 300.0, (25.0, 125.0), (20.0, -10.0)),
    step("dwell", 600.0, 600.0, (125.0, 125.0), (-10.0, -5.0)),
    step("cool again", 1200.0, 300.0, (125.0, 25.0), (-5.0, 25.0)),
    step("store", 1500.0, 30 * DAY, (25.0, 25.0), (25.0, 2.0)),
]
ELASTIC = [{key: value for key, value in one.items() if key != "curve"} for one in STEPS]


def test_every_increment_is_a_row_of_the_table_and_no_look_aside_is(tmp_path: Path) -> None:
    csv_files.write(tmp_path / "history.csv", in_time.columns(STEPS))
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    points = [(number, one) for number, entry in enumerate(STEPS, 1) for one in in_time.increments(entry)]
    assert len(rows) == len(points) == len(TIMES) * len(STEPS)
    for row, (number, one) in zip(rows, points, strict=True):
        assert int(row["step"]) == number
        assert row["name"] == STEPS[number - 1]["name"]
        for key in ("time_s", "temperature_degc", "warpage_um", "signed_warpage_um", "degree_of_cure_mean"):
            assert float(row[key]) == pytest.approx(one[key], rel=1e-8)
        for block, means in one["block_means"].items():
            for place, axes in enumerate(in_time.VOIGT):
                assert float(row[f"{block} stress_{axes}_mpa"]) == pytest.approx(means["stress_mpa"][place], rel=1e-8)
                assert float(row[f"{block} strain_{axes}"]) == pytest.approx(means["strain"][place], rel=1e-8)


def test_no_word_of_the_table_is_a_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    formula = [{**STEPS[0], "name": "=1+1", "curve": [one | {"block_means": {"=sum": mean(1, 0)}} for one in _first()]}]
    csv_files.write(tmp_path / "history.csv", in_time.columns(formula))
    with (tmp_path / "history.csv").open(newline="") as file:
        head, first, *_ = csv.reader(file)
    assert "'=sum stress_xx_mpa" in head
    assert first[1] == "'=1+1"


def _first() -> list[dict[str, Any]]:
    return [one for one in STEPS[0]["curve"] if "time_s" in one]


def test_elastic_runs_have_no_table_in_time_and_no_picture() -> None:
    assert in_time.columns(ELASTIC) == {}
    assert not pictures.has_memory(ELASTIC)
    assert not pictures.cures(ELASTIC)
    assert hysteresis.loops(ELASTIC) == []
    assert memory_tables.elastic_table({"steps": ELASTIC}) is None


def test_a_step_without_increments_of_its_own_is_its_end() -> None:
    """A carrier that goes in no time: the shape after it is a point, with no means of stress."""
    gone = {**point(300.0, 25.0, 70.0), "name": "debond", "curve": [], "blocks": {"joint": {}}}
    timed = in_time.timed([STEPS[0], gone])
    assert [one["time_s"] for one in timed[1].points] == [300.0]
    assert timed[1].begin == timed[1].end
    assert in_time.columns([STEPS[0], gone])["compound stress_xx_mpa"][-1] is None


def test_the_shape_after_layers_have_gone_at_the_end_of_a_step_is_a_row() -> None:
    sprung = {**STEPS[0], "warpage_um": 500.0, "signed_warpage_um": -500.0}
    assert in_time.columns([sprung])["signed_warpage_um"] == [*(one["signed_warpage_um"] for one in _first()), -500.0]


def test_steps_that_do_not_say_how_long_they_take_count_as_no_time() -> None:
    spun = {**point(None, 25.0, 3.0), "name": "spin on", "curve": [], "blocks": {"film": {}}}
    cool = {key: value for key, value in STEPS[0].items() if key != "time_s"}
    (timed,) = in_time.timed([spun, cool])
    assert (timed.number, timed.begin, timed.end) == (2, 0.0, 300.0)


def test_the_table_of_memory_shows_what_the_summary_holds() -> None:
    table = memory_tables.memory_table({"steps": STEPS})
    assert table is not None
    row = dict(zip(table.columns, table.rows[1], strict=True))
    assert row == {
        "step": "cool",
        "layer / region": "joint / =sum",
        "degree of cure": "–",
        "glass transition (degC)": "–",
        "inelastic strain, mean (%)": "1",
        "inelastic strain, max. (%)": "2.5",
        "inelastic work, this step (MJ/m3)": "0.125",
        "inelastic work, since birth (MJ/m3)": "0.5",
    }
    assert [row[1] for row in table.rows[:3]] == ["compound", "joint / =sum", "joint, whole layer"]


def test_increments_say_when_they_were_and_looks_aside_do_not() -> None:
    table, *_ = output_tables.curve_tables({"steps": STEPS})
    assert list(table.columns[:2]) == ["temperature (degC)", "time (s)"]
    assert [row[1] for row in table.rows] == ["100", "250", "300", "–"]
    (elastic,) = output_tables.curve_tables({"steps": [{"name": "cool", "curve": [point(None, 25.0, 1.0)]}]})
    assert "time (s)" not in elastic.columns


def test_the_elastic_answer_is_held_against_small_deflection() -> None:
    large = {**STEPS[3], "small_deflection": {"signed_warpage_um": 200.0}}
    table = memory_tables.elastic_table({"steps": [STEPS[0], large, {**STEPS[1], "laminate": None}]})
    assert table is not None
    assert [row[2:] for row in table.rows] == [["200", "–", "250", "+25 %"], ["250", "200", "250", "+25 %"]]
    flat = {**STEPS[0], "signed_warpage_um": 0.0, "contact": {"contact_fraction": 1.0}}
    table = memory_tables.elastic_table({"steps": [flat]})
    assert table is not None
    assert [row[2:] for row in table.rows] == [["0", "–", "250", "held flat"]]


def test_a_cycle_begins_where_cooling_turns_to_heating() -> None:
    assert hysteresis.cycles([125.0, 25.0, 25.0, None, 80.0, 125.0, 125.0, 25.0, 60.0]).tolist() == [
        0, 0, 0, 0, 1, 1, 1, 1, 2,
    ]  # fmt: skip


def test_expansion_drops_out_of_a_loop() -> None:
    (loop,) = hysteresis.loops(STEPS)
    assert (loop.name, loop.component) == ("joint/=sum", "xx - zz")
    assert loop.strain == pytest.approx(1e-4 * loop.stress, abs=1e-12)
    assert sorted(set(loop.cycle.tolist())) == [0, 1]
    sheared = {**STEPS[0], "curve": [one | {"block_means": {"joint/=sum": _sheared(one)}} for one in _first()]}
    (loop,) = hysteresis.loops([sheared])
    assert loop.component == "xz"


def _sheared(entry: dict[str, Any]) -> dict[str, Any]:
    return mean(1.0, 0.0) | {"stress_mpa": [1.0, 1.0, 0.0, 0.0, entry["signed_warpage_um"], 0.0]}


def test_a_step_that_is_long_beside_the_others_has_a_clock_of_its_own() -> None:
    timed = in_time.timed(STEPS)
    assert TimeAxis(timed[:4]).is_linear
    axis = TimeAxis(timed)
    assert not axis.is_linear
    places = [place for one in timed for place in axis.of(one)]
    assert places == sorted(places)
    ramp, hold = axis.of(timed[0]), axis.of(timed[-1])
    begin = ramp[0] - (ramp[1] - ramp[0]) * 100.0 / 150.0
    assert (ramp[1] - begin) / (ramp[2] - begin) == pytest.approx(250.0 / 300.0)  # linear
    assert (hold[0] - ramp[-1]) > 1e-3
    assert (hold[2] - hold[1]) < (hold[1] - hold[0])


def test_times_are_said_in_units_one_reads() -> None:
    said = [in_words(seconds) for seconds in (0.0, 30.0, 90.0, 300.0, 5400.0, 30 * DAY)]
    assert said == ["0", "30 s", "1.5 min", "5 min", "1.5 h", "30 d"]


def test_warpage_over_temperature_follows_time_through_holds() -> None:
    cool, heat, dwell, *_ = curve.branches(STEPS)
    assert heat.way[0] == (25.0, 200.0) and heat.way[-1] == (125.0, -100.0)
    assert heat.heating and not cool.heating and dwell.holding
    assert [warpage for _, warpage in dwell.way] == pytest.approx([-100.0, -83.3333, -58.3333, -50.0], rel=1e-5)
    assert dwell.aside == ((60.0, -5.0),)


@pytest.mark.slow
@pytest.mark.parametrize("last", [4, 5])
def test_pictures_in_time_are_drawn(tmp_path: Path, last: int) -> None:
    """On a linear axis and on one of bands."""
    steps = STEPS[:last]
    made = [
        pictures.draw_warpage(steps, tmp_path / "warpage.png"),
        pictures.draw_cure(steps, tmp_path / "cure.png"),
        pictures.draw_stress(steps, tmp_path / "stress.png"),
        hysteresis.draw(steps, tmp_path / "hysteresis.png"),
        curve.draw(steps, tmp_path / "curve.png"),
    ]
    for path in made:
        image = matplotlib.image.imread(path)
        assert image.shape[1] == 1600
        assert image[..., :3].std() > 0.02  # not blank


@pytest.mark.slow
def test_many_steps_have_colours_in_the_place_of_names(tmp_path: Path) -> None:
    many = [{**one, "name": f"{one['name']} {turn}"} for turn in range(6) for one in STEPS[:4]]
    limit = {"standard": "JEITA ED-7306", "hot_from_degc": 100.0, "convex_um": 150.0, "concave_um": 150.0}
    image = matplotlib.image.imread(curve.draw([*many, STEPS[4]], tmp_path / "curve.png", [limit]))
    assert image[..., :3].std() > 0.02


RUN = """
title: solder that creeps under silicon
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers:
    - {name: solder, thickness: 0.1 mm, material: sac387-creep}
    - {name: silicon, thickness: 0.3 mm, material: silicon}
mesh: {in_plane_size: 1 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 125 degC
  steps:
    - {name: cool, temperature: 25 degC, duration: 300 s}
    - {name: hold, duration: 10 h}
"""


@pytest.mark.slow
def test_terminal_table_and_pictures_of_a_run_are_of_its_summary(tmp_path_factory) -> None:
    results = run_case(RUN, tmp_path_factory)
    steps = summary.read(results / "summary.json")["steps"]
    log, solder = (results / "log.txt").read_text(), steps[1]["blocks"]["solder"]
    assert f"elastic materials would give {steps[0]['laminate']['signed_warpage_um']:.4g} um" in log
    words = f"work {solder['inelastic_work_step_mpa']:.3g} MJ/m3 in this step"
    assert f"{words}, {solder['inelastic_work_mean_mpa']:.3g} since birth" in log
    with (results / "history_in_time.csv").open(newline="") as file:
        *_, last = csv.DictReader(file)
    assert float(last["time_s"]) == pytest.approx(36300.0)
    assert float(last["signed_warpage_um"]) == pytest.approx(steps[1]["signed_warpage_um"], rel=1e-6)
    assert float(last["inelastic_work_mean_mpa"]) == pytest.approx(solder["inelastic_work_mean_mpa"], rel=1e-6)
    names = {path.stem for path in (results / "pictures").glob("*.png")}
    assert {"warpage_in_time", "stress_in_time", "hysteresis", "curve"} <= names
    assert "cure" not in names
    page = (results / "report.html").read_text()
    for words in ("Materials in time", "What materials remember", "Warpage beside that of elastic materials"):
        assert words in page
