"""Parts that nothing holds are refused by name, parts that are held on their own are not."""

import pytest

from meshes.pieces import pieces
from meshes.plane import plane_mesh
from solver.errors import CaseError
from solver.process import loose
from tests.probing import stack_of
from tests.solving import load_case

pytestmark = pytest.mark.slow

CASE = """title: loose parts
geometry:
  outline: {{shape: rectangle, size: [20 mm, 20 mm]}}
  symmetry: {symmetry}
  layers:
    - {{name: base, thickness: 1 mm, material: silicon, regions: []}}
    - {{name: feet, thickness: 0.5 mm, regions: [{feet}]}}
    - {{name: lid, thickness: 0.5 mm, regions: [{lid}]}}
mesh: {{in_plane_size: 2 mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{steps}]
"""
COOL = "{name: cool, temperature: 25 degC}"
PIER = "{name: pier, shape: {rectangle: [2 mm, 2 mm]}, material: copper, at: [-4 mm, 0 mm]}"
OTHER = "{name: other, shape: {rectangle: [2 mm, 2 mm]}, material: copper, at: [4 mm, 0 mm]}"
LID = "{name: left, shape: {rectangle: [4 mm, 4 mm]}, material: copper, at: [-4 mm, 0 mm]}"
RIGHT = "{name: right, shape: {rectangle: [4 mm, 4 mm]}, material: copper, at: [4 mm, 0 mm]}"


def refused(directory, comm, feet=PIER, lid=LID, steps=COOL, symmetry="none", more="") -> str:
    text = CASE.format(feet=feet, lid=lid, steps=steps, symmetry=symmetry) + more
    loaded = load_case(text, (), directory, comm)
    with pytest.raises(CaseError) as caught:
        loose.check(loaded, plane_mesh(loaded.stack))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.serial
def test_what_touches_by_faces_is_one_piece(tmp_path):
    stack = stack_of(CASE.format(feet=PIER, lid=LID, steps=COOL, symmetry="none"), tmp_path)
    assert pieces(stack, plane_mesh(stack)).count == 1


@pytest.mark.serial
def test_a_lid_over_nothing_is_named_with_its_place(tmp_path, comm):
    text = refused(tmp_path, comm, lid=f"{LID}, {RIGHT}")
    assert "steps.cool" in text
    assert "'lid/right' at (4, 0) mm touches nothing else, and nothing holds it" in text


@pytest.mark.serial
@pytest.mark.parametrize("place", ["[7 mm, 0 mm]", "[7 mm, 3 mm]"], ids=["edge", "corner"])
def test_an_edge_or_a_corner_holds_nothing(place, tmp_path, comm):
    text = refused(tmp_path, comm, feet=f"{PIER}, {OTHER}", lid=f"{LID}, {RIGHT.replace('[4 mm, 0 mm]', place)}")
    assert "'lid/right'" in text
    assert "touches the rest only along edges or at corners" in text


@pytest.mark.serial
def test_a_pier_that_a_step_removes_lets_its_lid_fall(tmp_path, comm):
    steps = f"{COOL}, {{name: etch, remove: [feet/other], temperature: 25 degC}}"
    text = refused(tmp_path, comm, feet=f"{PIER}, {OTHER}", lid=f"{LID}, {RIGHT}", steps=steps)
    assert "steps.etch" in text
    assert "'lid/right' at (4, 0) mm touches nothing else" in text


@pytest.mark.serial
def test_a_run_is_refused_before_it_begins(tmp_path, solve):
    with pytest.raises(CaseError, match=r"'lid/right' .* touches nothing else"):
        solve(CASE.format(feet=PIER, lid=f"{LID}, {RIGHT}", steps=COOL, symmetry="none"))


HEAT = """thermal:
  power: [{region: right, total: 1 W}]
  boundaries: [{face: FACE, convection: 1000 W/m^2/K, ambient: 25 degC}]
"""


@pytest.mark.serial
def test_heat_that_cannot_leave_a_part_is_said(tmp_path, comm):
    held = {"feet": PIER, "lid": f"{LID}, {RIGHT}"}
    for face, fails in (("bottom", True), ("base.top", True), ("feet.sides", True), ("lid.top", False), ("top", False)):
        text = CASE.format(**held, steps=COOL, symmetry="none")
        text = text[: text.index("process:")] + HEAT.replace("FACE", face)
        loaded = load_case(text, (), tmp_path, comm)
        plane = plane_mesh(loaded.stack)
        if fails:
            with pytest.raises(CaseError, match="no path for heat to leave 'lid/right' at"):
                loose.check(loaded, plane)
        else:
            loose.check(loaded, plane)


PIECES = """title: two tiles on supports of their own
geometry:
  outline: {shape: rectangle, size: [60 mm, 20 mm]}
  symmetry: SYMMETRY
  layers:
    - name: tiles
      thickness: 1 mm
      regions:
        - name: tile
          shape: {rectangle: [20 mm, 20 mm]}
          material: glass
          grid: {count: [2, 1], pitch: [40 mm, 20 mm]}
materials:
  glass: {youngs_modulus: 70 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K, density: 2500 kg/m^3}
mesh: {in_plane_size: 5 mm}
process:
  gravity: true
  stress_free_temperature: 25 degC
  steps: [{name: lie, temperature: 125 degC, support: {pins: [[-27 mm, -8 mm], [-13 mm, -8 mm], [-27 mm, 8 mm],
    [-13 mm, 8 mm], [27 mm, -8 mm], [13 mm, -8 mm], [27 mm, 8 mm], [13 mm, 8 mm]]}}]
"""


@pytest.mark.parametrize("symmetry", ["none", "half-x", "half-y", "quarter"])
def test_tiles_on_pins_of_their_own_sag_alike_and_grow_without_stress(symmetry, solve):
    (step,) = solve(PIECES.replace("SYMMETRY", symmetry), "analysis.deflection=small")["steps"]
    one = PIECES.replace("SYMMETRY", "none").replace("[60 mm, 20 mm]", "[20 mm, 20 mm]").replace("[2, 1]", "[1, 1]")
    pins = "process.steps.lie.support={pins: [[-7 mm, -8 mm], [7 mm, -8 mm], [-7 mm, 8 mm], [7 mm, 8 mm]]}"
    (alone,) = solve(one, "analysis.deflection=small", pins)["steps"]
    assert step["balance"]["support_force_n"] == pytest.approx(2 * alone["balance"]["support_force_n"], rel=1e-6)
    assert step["balance"]["pin_reaction"] < 1e-6
    assert step["warpage_um"] == pytest.approx(alone["warpage_um"], rel=1e-6)
    stress, same = (found["layers"]["tiles"]["max_von_mises_mpa"] for found in (step, alone))
    assert stress == pytest.approx(same, rel=1e-5)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("support", "words"),
    [
        (
            "{pins: [[-27 mm, -8 mm], [-13 mm, -8 mm], [-27 mm, 8 mm]]}",
            "'tiles/tile' at (20, 0) mm touches nothing else",
        ),
        ("{pins: [[-27 mm, -8 mm], [-13 mm, -8 mm], [-27 mm, 8 mm], [20 mm, 0 mm]]}", "free to tilt or fall"),
        ("{pins: [[-27 mm, -8 mm], [0 mm, -8 mm], [-27 mm, 8 mm]]}", "nothing is above the pin at (0, -8) mm"),
        ("table", None),
        ("{ring: {width: 2 mm, hold: false}}", None),
        ("chuck", None),
        ("edge", None),
    ],
)
def test_every_piece_needs_a_support_of_its_own(support, words, tmp_path, comm):
    text = PIECES.replace("SYMMETRY", "none")
    loaded = load_case(text, (f"process.steps.lie.support={support}",), tmp_path, comm)
    plane = plane_mesh(loaded.stack)
    if words is None:
        loose.check(loaded, plane)
        return
    with pytest.raises(CaseError) as caught:
        loose.check(loaded, plane)
    assert words in str(caught.value)


ON_TABLE = (
    PIECES.replace("material: glass\n", "material: glass\n", 1)
    .replace("1 mm", "0.5 mm")
    .replace(
        "materials:\n",
        """    - name: film
      thickness: 0.5 mm
      regions:
        - {name: tile, shape: {rectangle: [20 mm, 20 mm]}, material: film, grid: {count: [2, 1], pitch: [40 mm, 20 mm]}}
materials:
  film: {youngs_modulus: 70 GPa, poisson_ratio: 0.3, thermal_expansion: 3 ppm/K, density: 2500 kg/m^3}
""",
    )
)


def lying(solve, support: str, symmetry: str, count: int) -> dict:
    text = ON_TABLE.replace("SYMMETRY", symmetry)
    text = text if count == 2 else text.replace("[60 mm, 20 mm]", "[20 mm, 20 mm]").replace("[2, 1]", "[1, 1]")
    start = text.index("support: {pins")
    text = text[:start] + f"support: {support}}}]\n"
    (step,) = solve(text, "process.steps.lie.temperature=-75 degC")["steps"]
    return step


@pytest.mark.parametrize("support", ["table", "{chuck: {vacuum: 2 kPa}}"])
@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_tiles_on_a_table_lie_each_for_itself(support, symmetry, solve):
    """Two bilayers that cool to domes, on their corners: each as if it were alone, with its own weight."""
    step, alone = lying(solve, support, symmetry, 2), lying(solve, support, "none", 1)
    assert step["deflection"] == "large"
    assert step["stable"]
    assert step["contact"]["max_gap_um"] == pytest.approx(alone["contact"]["max_gap_um"], rel=1e-6)
    assert step["contact"]["contact_fraction"] == pytest.approx(alone["contact"]["contact_fraction"])
    assert step["contact"]["contact_force_n"] == pytest.approx(2 * alone["contact"]["contact_force_n"], rel=1e-6)
    assert step["contact"]["force_balance_error"] < 1e-6
    stress, same = (found["layers"]["film"]["max_von_mises_mpa"] for found in (step, alone))
    assert stress == pytest.approx(same, rel=1e-5)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("feet", "support", "words"),
    [
        ("0 mm", "table", None),
        ("0.5 mm", "table", None),
        ("1.5 mm", "table", "mm tips: its weight acts at ("),
        ("0 mm", "{ring: {width: 2 mm, hold: false}}", "mm stands on nothing"),
    ],
)
def test_a_piece_stands_if_its_centre_of_mass_is_over_its_foot(feet, support, words, tmp_path, comm):
    """A slab of 16 mm on a foot of 2 mm, out by so much; the foot is as light as air."""
    text = CASE.replace("    - {{name: base, thickness: 1 mm, material: silicon, regions: []}}\n", "").format(
        feet=f"{{name: foot, shape: {{rectangle: [2 mm, 2 mm]}}, material: air, at: [{feet}, 0 mm]}}",
        lid="{name: slab, shape: {rectangle: [16 mm, 16 mm]}, material: silicon}",
        steps=COOL.replace("}", f", support: {support}}}"),
        symmetry="none",
    )
    text += "  gravity: true\nmaterials: {air: {base: silicon, density: 1 kg/m^3}}\n"
    loaded = load_case(text, (), tmp_path, comm)
    plane = plane_mesh(loaded.stack)
    if words is None:
        loose.check(loaded, plane)
        return
    with pytest.raises(CaseError) as caught:
        loose.check(loaded, plane)
    assert words in str(caught.value)
