"""Valid cases spoilt in every place and in many ways: accepted, or refused in lines that name file, line and key.

The examples are the same in every run (`derandomize`).
"""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus.answers import answer
from tests.corpus.bases import BASES
from tests.corpus.mutations import DATA, KINDS, TEXTS, UNITS, places, text_of
from tests.solving import solve_case

pytestmark = pytest.mark.slow

PLACES = [(name, loc) for name, data in DATA.items() for loc in places(data)]
EXAMPLES = 40  # of each kind


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case directory with a result that must not be touched."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "summary.json").write_text("{}", encoding="utf-8")
    return tmp_path


def spoilt(case: Path, text: str | bytes, *overrides: str) -> list[str]:
    (case / "case.yaml").write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    lines = answer(case, overrides)
    assert sorted(path.name for path in case.rglob("*")) == ["case.yaml", "results", "summary.json"]
    return lines


@pytest.mark.parametrize("base", BASES)
def test_the_bases_are_cases(base, case):
    assert spoilt(case, BASES[base]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_case_is_accepted_or_refused_in_lines(kind, case):
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.sampled_from(PLACES), st.integers(0, 10_000))
    def every(place, pick):
        base, loc = place
        spoilt(case, text_of(KINDS[kind](DATA[base], loc, pick)))

    every()


@pytest.mark.parametrize(
    "place", [one for one in PLACES if one[1][0] == "geometry" and one[1][-1] in ("polygon", "points")], ids=str
)
def test_a_polygon_that_goes_round_thousands_of_times_is_refused_before_it_is_drawn(place, case, monkeypatch):
    monkeypatch.setattr("solver.case.load.stack_up", lambda *_: pytest.fail("it was drawn"))
    base, loc = place
    (line,) = spoilt(case, text_of(KINDS["many"](DATA[base], loc, 2)))
    assert "crosses itself or has no area" in line


@settings(max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_is_a_title_or_is_refused(tmp_path, text):
    (tmp_path / "results").mkdir(exist_ok=True)
    (tmp_path / "results" / "summary.json").write_text("{}", encoding="utf-8")
    spoilt(tmp_path, text_of({**DATA["heat"], "title": text}))


def mistakes(*pairs: tuple[str, str]) -> str:
    text = BASES["heat"]
    for good, bad in pairs:
        assert good in text
        text = text.replace(good, bad, 1)
    return text


FILES: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \n\n",
    "a word": "case",
    "a list": "[1, 2]",
    "NUL": b"title: \x00",
    "bell": b"title: \x07",
    "not UTF-8": b"title: \xff\xfe",
    "UTF-16": "title: x".encode("utf-16"),
    "Latin-1": "title: Träger".encode("latin-1"),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "two documents": BASES["heat"] + "---\n" + BASES["heat"],
    "truncated": BASES["heat"][:200],
    "a tag": mistakes(("title: ", "title: !!python/object/apply:os.system [ls] #")),
    "a binary": mistakes(("title: ", "title: !!binary ")),
    "a cycle": "title: &a [*a]\n",
    "a merge": mistakes(("geometry:\n", "geometry:\n  <<: {symmetry: none}\n")),
    "deep": "title: " + "[" * 100_000,
    "deep, closed": "title: " + "{a: " * 500 + "1" + "}" * 500,
    "wide": "title: [" + "1, " * 300_000 + "]",
    "large": "# " + "x" * 3_000_000,
    "tabs": "title: x\n\tgeometry: y",
    "percent": "%YAML 9.9\n---\ntitle: x",
    "colons": ":" * 100,
    "a date for a title": mistakes(("title: a package that heats", "title: 2026-01-01")),
    "a number for a title": mistakes(("title: a package that heats", "title: 1e400")),
    "a long number": mistakes(("total: 4 W", "total: " + "9" * 10_000)),
    "hundreds of mistakes": mistakes(("times: [1 s, 2 s]", f"times: {['x'] * 500}")),
    "a chain of bases": BASES["heat"] + yaml.dump({"materials": {f"m{i}": {"base": f"m{i + 1}"} for i in range(3000)}}),
    "a circle of bases": BASES["heat"] + "materials: {a: {base: b}, b: {base: a}}\n",
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_case_is_refused(what, case):
    lines = spoilt(case, FILES[what])
    assert lines or what == "a date for a title"
    assert len(lines) == (21 if what == "hundreds of mistakes" else len(lines[:1])), lines


def test_mistakes_beyond_twenty_are_counted(case):
    assert spoilt(case, FILES["hundreds of mistakes"])[-1].endswith("and 480 more mistakes")


def test_the_largest_files_and_what_are_none_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.yaml").open("wb") as stream:
        stream.truncate(100_000_000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "case.yaml")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("pipe", "large.yaml", "folder", "pipes", "loop", "none", "x" * 300, "nul\0"):
        assert len(answer(tmp_path / name)) == 1
    for device in ("/dev/zero", "/dev/null", "/proc/self/mem"):
        assert len(answer(Path(device))) == 1


ARGUMENTS = [
    *("", "=", "a", "=1", ".=1", "a..b=1", "title", "title=", "title=[", "title=!!set {}", "title=*a", "title=\x00"),
    *("titel=x", "geometry=1", "geometry.layers=[]", "geometry.layers.9.name=x", "geometry.layers.-9.name=x"),
    *("geometry.layers.dye.thickness=1 mm", "geometry.layers.die=", "geometry.layers.die.thickness.x=1"),
    *(
        "geometry.layers.die.thickness=",
        "geometry.layers.die.thickness=1",
        "geometry.layers.die.thickness=1 mm*9**9**9",
    ),
    *(
        "mesh.in_plane_size=3um",
        "mesh.in_plane_size=1e-300 m",
        "mesh.cells_per_layer=1e8",
        "mesh.cells_per_layer=1e400",
    ),
    *("geometry.outline={shape: rectangle, size: [1e308 m, 1 m]}", "geometry.outline.diameter=1e308 m"),
    *("geometry.layers.die.regions.hot.grid={count: [1000, 1000], pitch: [1 um, 1 um]}", ".".join("a" * 2000) + "=1"),
    *(
        "mesh.edge_refinement.size=1 nm",
        "thermal.power.1.waveform.pulse.period=1 fs",
        "analysis.transient.largest_step=1 fs",
    ),
    *(f"{place}={text}" for place in ("title", "geometry.layers.die.name") for text in ("[/b]", '"a\\nb"', "\u202e")),
]


@pytest.mark.parametrize("argument", ARGUMENTS, ids=lambda text: ascii(text)[:40])
def test_an_argument_that_is_wrong_is_named(argument, case):
    lines = spoilt(case, BASES["heat"], argument)
    assert len(lines) == 1
    assert "--set" in lines[0] or "case.yaml" in lines[0]


def test_a_size_is_refused_before_anything_is_drawn(case, monkeypatch):
    monkeypatch.setattr("solver.case.load.stack_up", lambda *_: pytest.fail("it was drawn"))
    for argument in ("mesh.in_plane_size=3um", "mesh.cells_per_layer=1e8", "mesh.edge_refinement.size=1 nm"):
        assert "are possible" in spoilt(case, BASES["heat"], argument)[0]


# what is written wrong -> where and what the message says
AT_FAULT = {
    ("mechanics", "metal_fraction: 0.35", "metal_fraction: 1.35"): "layers.rdl.material.metal_fraction = '1.35'",
    ("mechanics", "mix: laminate", "mix: laminated"): "material.mix = 'laminated': unknown mix rule",
    ("mechanics", "rectangle: [6 mm, 6 mm]", "rectangle: [6 mm, -6 mm]"): "shape.rectangle.1 = '-6 mm'",
    ("current", "bore: 0.4 mm", "bore: 0.6 mm"): "shape.bore = '0.6 mm'",
    ("mechanics", "pitch: [16 mm, 16 mm]", "pitch: [0 mm, 16 mm]"): "grid.pitch.0 = '0 mm'",
    ("mechanics", "material: silicon", "material: Silicon"): "did you mean 'silicon'",
    ("mechanics", "deflection: large", "deflection: larg"): "did you mean 'large'",
    ("mechanics", "cells: 1}", "cells: true}"): "layers.carrier.cells = 'true': expected a whole number",
    ("heat", "emissivity: 0.8", "emissivity: 1.8"): "boundaries.3.emissivity = '1.8'",
    ("heat", "period: 1 s", "period: -1 s"): "pulse.period = '-1 s'",
    ("heat", "size: 4 mm, distance", "size: -4 mm, distance"): "edge_refinement.size = '-4 mm'",
    ("heat", "name: board", "name: 7"): "name = '7': expected text; write it in quotes",
    ("heat", "name: board", "name: bo/rd"): "'/' may not stand in it",
    ("interface", "clamp: -y", "clamp: -x"): "support.clamp = '-x': its mirror image",
    ("interface", "normal_strength: 20 MPa", "normal_strength: -20 MPa"): "cohesive.normal_strength = '-20 MPa'",
    ("interface", "opening: 20 J/m^2", "opening: 1e-9 J/m^2"): "cohesive.opening = '1e-9 J/m^2': too little energy",
    ("interface", "opens: 5 um", "opens: 5 K"): "steps.pull.opens = '5 K'",
    ("interface", "side: +x, at: 1 mm", "side: -x, at: 1 mm"): "singularities.free edge.side = '-x': `symmetry` models",
    ("interface", "window: [3 um, 20 um]", "window: [20 um, 3 um]"): "singularities.free edge.window: they ascend",
    ("interface", "of: dies/die, near: [1 mm, 0 mm]", "of: dies/dye, near: [1 mm, 0 mm]"): "did you mean 'dies/die'",
    ("cycles", "until: settled", "until: setled"): "repeat.until = 'setled': must be 'settled'",
    ("cycles", "tolerance: 0.002", "tolerance: 0"): "repeat.tolerance = '0': must be a number from 0 to 0.5",
    ("cycles", "jump: 3", "jump: 0"): "repeat.jump = '0': must be a whole number of rounds",
    ("current", "resistance: 0.1 mohm mm^2", "resistance: 0 ohm m^2"): "contacts.0.resistance",
}


@pytest.mark.parametrize("wrong", AT_FAULT, ids=lambda wrong: wrong[2][:40])
def test_the_key_at_fault_is_named(wrong, case):
    base, good, bad = wrong
    assert good in BASES[base]
    (line, *_) = spoilt(case, BASES[base].replace(good, bad, 1))
    assert AT_FAULT[wrong] in line


@pytest.mark.parametrize("kind", ["order", "misspelt", "hostile_everywhere", "missing"])
def test_what_is_accepted_is_solved(kind, case, comm):
    """The first of each kind that is another case."""
    data = DATA["current"]
    spoils = (KINDS[kind](data, loc, pick) for pick in (18, 7) for loc in places(data))
    text = next(text_of(one) for one in spoils if one != data and spoilt(case, text_of(one)) == [])
    found = solve_case(text, (), case, comm)
    assert found["electric"]["joule_power_w"] > 0.0
    assert found["thermal"]["max_temperature_degc"] > 25.0


def test_there_are_enough_of_them():
    assert EXAMPLES * len(KINDS) + 100 + len(FILES) + len(ARGUMENTS) >= 400
    assert len(TEXTS) + len(UNITS) > 80
