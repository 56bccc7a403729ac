"""Meshes for other programs: what meshio reads back is the mesh."""

import meshio
import numpy as np
import pytest
from mpi4py import MPI

from meshes import calculix
from meshes.export import export
from solver import deck
from solver.errors import CaseError
from tests.probing import stack_of
from tests.solving import load_case

pytestmark = pytest.mark.serial

CASE = """
title: export
geometry:
  outline: {shape: rectangle, size: [8 mm, 6 mm]}
  layers:
    - {name: base, thickness: 0.5 mm, material: silicon}
    - name: parts
      thickness: 0.2 mm
      material: abf
      regions: [{name: die, shape: {rectangle: [4 mm, 2 mm]}, material: silicon}]
mesh: {in_plane_size: 2 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
VOLUME = {"base": 24.0, "parts": 0.2 * 40, "parts/die": 0.2 * 8}  # mm^3


def volumes(mesh: meshio.Mesh) -> np.ndarray:
    """Volumes (mm^3) of bricks that follow the axes; negative if the corners are in the wrong order."""
    corners = mesh.points[mesh.cells[0].data]
    a, b, c = (corners[:, k] - corners[:, 0] for k in (1, 3, 4))
    return np.einsum("ni,ni->n", np.cross(a, b), c)


@pytest.fixture
def written(tmp_path):
    def read(suffix: str, degree: int | None = 1) -> meshio.Mesh:
        path = tmp_path / f"mesh{suffix}"
        export(stack_of(CASE, tmp_path), path, degree)
        return meshio.read(path)

    return read


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".inp"])
def test_meshio_reads_back_the_volume_in_mm(suffix, written):
    mesh = written(suffix)
    assert volumes(mesh).min() > 0
    assert volumes(mesh).sum() == pytest.approx(8 * 6 * 0.7)


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".inp"])
def test_meshio_reads_back_linear_bricks(suffix, written):
    (cells,) = written(suffix).cells
    assert cells.type == "hexahedron"
    assert cells.data.shape[1] == 8


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".inp"])
def test_degree_2_adds_the_middles_of_the_edges(suffix, written):
    mesh = written(suffix, degree=2)
    (cells,) = mesh.cells
    assert cells.type == "hexahedron20"
    ends = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)]
    x = mesh.points[cells.data]
    for node, (a, b) in enumerate(ends, start=8):
        assert x[:, node] == pytest.approx((x[:, a] + x[:, b]) / 2), (a, b)


def test_gmsh_files_name_the_regions(written):
    mesh = written(".msh")
    tags = mesh.cell_data["gmsh:physical"][0]
    for name, volume in VOLUME.items():
        assert volumes(mesh)[tags == mesh.field_data[name][0]].sum() == pytest.approx(volume), name


def test_vtu_files_number_the_regions(written):
    mesh = written(".vtu")
    for number, volume in enumerate(VOLUME.values()):
        assert volumes(mesh)[mesh.cell_data["block"][0] == number].sum() == pytest.approx(volume)


def test_abaqus_files_have_a_set_for_each_region(written):
    mesh = written(".inp")
    for name, volume in VOLUME.items():
        cells = np.asarray(mesh.cell_sets[name.replace("/", "_")][0], dtype=int)
        assert volumes(mesh)[cells].sum() == pytest.approx(volume), name


@pytest.mark.parametrize(("file", "degree", "words"), [("mesh.stl", 1, "written as"), ("mesh.msh", 3, "1 or 2")])
def test_an_unknown_format_or_degree_gets_one_line(file, degree, words, tmp_path):
    with pytest.raises(CaseError, match=words):
        export(stack_of(CASE, tmp_path), tmp_path / file, degree)


def test_no_node_is_left_over(written):
    mesh = written(".vtu")
    assert len(np.unique(mesh.cells[0].data)) == len(mesh.points)


def test_calculix_can_read_the_lines(written, tmp_path):
    """CalculiX 2.20 takes 16 entries a line and 20 characters a number; C3D20 integrates fully."""
    mesh = written(".inp", 2)
    lines = (tmp_path / "mesh.inp").read_text(encoding="utf-8").splitlines()
    numbers = [line for line in lines if line[:1].isdigit()]
    assert max(len(line.rstrip(",").split(",")) for line in numbers) <= 16
    assert max(len(entry) for line in numbers for entry in line.split(",")) <= 20
    assert any("TYPE=C3D20" in line and "C3D20R" not in line for line in lines)
    (cells,) = mesh.cells
    assert cells.data.shape[1] == 20
    assert len(np.unique(cells.data)) == len(mesh.points)


DECK = CASE.replace("name: base", 'name: "1 bäse film"').replace("name: die", 'name: "die a"')


def deck_of(text: str, tmp_path) -> list[str]:
    """Lines of the deck of a case."""
    loaded = load_case(text, (), tmp_path, MPI.COMM_SELF)
    step = deck.step_of(loaded)
    assert step is not None
    export(loaded.stack, tmp_path / "deck.inp", parts=step.end.parts, deck=deck.deck(loaded, step))
    return (tmp_path / "deck.inp").read_text(encoding="ascii").splitlines()


def after(lines: list[str], keyword: str) -> str:
    return lines[lines.index(keyword) + 1]


def test_a_deck_can_run(tmp_path):
    """CalculiX 2.20 runs it: 35.88 um of a bilayer of 10 x 8 mm with a die, where planish has 35.81."""
    lines = deck_of(DECK, tmp_path)
    sets = [line.partition("ELSET=")[2] for line in lines if line.startswith("*ELSET")]
    assert sets == ["B_1_b_se_film", "parts", "parts_die_a"]
    assert any("TYPE=C3D20," in line for line in lines)  # quadratic, as solved
    silicon = lines[lines.index("*MATERIAL, NAME=B_1_b_se_film") :]
    abf = lines[lines.index("*MATERIAL, NAME=parts") :]
    assert "*ELASTIC" in abf and "*ELASTIC, TYPE=ENGINEERING CONSTANTS" not in abf[:8]
    assert float(after(silicon, "*DENSITY")) == pytest.approx(2.33e-9, rel=0.01)  # t/mm^3
    assert after(lines, "*INITIAL CONDITIONS, TYPE=TEMPERATURE") == "ALL_NODES,150"
    assert after(lines, "*TEMPERATURE") == "ALL_NODES,25"
    held = lines[lines.index("*BOUNDARY") + 1 : lines.index("*INITIAL CONDITIONS, TYPE=TEMPERATURE")]
    assert len(held) == len(set(held)) == 6  # rigid motion, and nothing else
    assert lines[-1] == "*END STEP"


def test_a_deck_has_the_parts_of_its_step_with_the_strain_each_has_then(tmp_path):
    """A layer built at 100 degC shrinks over 75 K only: its coefficient over the 125 K of a deck is 0.6 of its own."""
    text = DECK.replace("steps: [", "steps: [{name: build, build: [parts], temperature: 100 degC}, ")
    whole, late = deck_of(DECK, tmp_path), deck_of(text, tmp_path)
    keyword = "*EXPANSION, TYPE=ORTHO, ZERO=150"

    def expansion(lines: list[str], name: str) -> float:
        return float(after(lines[lines.index(f"*MATERIAL, NAME={name}") :], keyword).split(",")[0])

    assert expansion(late, "parts") == pytest.approx(0.6 * expansion(whole, "parts"), rel=0.02)  # Tg of the film
    assert expansion(late, "B_1_b_se_film") == pytest.approx(expansion(whole, "B_1_b_se_film"))


WEAVE = """{youngs_modulus: [20 GPa, 10 GPa, 5 GPa], poisson_ratio: [0.2, 0.3, 0.1],
      shear_modulus: [4 GPa, 3 GPa, 2 GPa], thermal_expansion: [10 ppm/K, 20 ppm/K, 60 ppm/K], orientation: HOW}"""


def woven(how: str, tmp_path) -> list[str]:
    text = DECK.replace("material: abf", "material: weave") + f"materials: {{weave: {WEAVE.replace('HOW', how)}}}\n"
    return deck_of(text, tmp_path)


def test_a_deck_says_how_a_material_lies(tmp_path):
    lines = woven("30 deg", tmp_path)
    assert "*SOLID SECTION, ELSET=parts, MATERIAL=parts, ORIENTATION=parts" in lines
    axes = [float(part) for part in after(lines, "*ORIENTATION, NAME=parts, SYSTEM=RECTANGULAR").split(",")]
    assert axes == pytest.approx([np.sqrt(0.75), 0.5, 0, -0.5, np.sqrt(0.75), 0])
    ring = woven("{radial: [1 mm, 2 mm], angle: 90 deg}", tmp_path)
    assert after(ring, "*ORIENTATION, NAME=parts, SYSTEM=CYLINDRICAL") == "1,2,0,1,2,1"
    own, turned = (
        after(part[part.index("*MATERIAL, NAME=parts") :], "*ELASTIC, TYPE=ENGINEERING CONSTANTS").split(",")[:2]
        for part in (lines, ring)
    )
    assert [float(value) for value in own + turned] == pytest.approx([20e3, 10e3, 10e3, 20e3])  # MPa
    with pytest.raises(CaseError, match="not orthotropic along the radius and around it"):
        woven("{radial: [0 mm, 0 mm], angle: 20 deg}", tmp_path)


def test_names_of_sets_are_not_alike():
    found = calculix.names(["a b", "a/b", "A_B", "", "x" * 300, "冷却"])
    assert len({name.upper() for name in found}) == 6
    assert all(name[0].isalpha() and name.replace("_", "").isalnum() and len(name) < 70 for name in found)


def test_a_deck_refuses_what_it_would_leave_out(tmp_path):
    relaxing = DECK.replace("material: abf", "material: abf-relaxing").replace("25 degC}", "25 degC, duration: 10 min}")
    with pytest.raises(CaseError, match="material 'abf-relaxing': a deck is elastic and would leave out viscoelastic"):
        deck_of(relaxing, tmp_path)
    mine = "materials: {mine: {base: abf, form: incremental}}\n"
    increments = DECK.replace("material: abf", "material: mine") + mine
    with pytest.raises(CaseError, match="form: a deck has stiffness times strain, `total`"):
        deck_of(increments, tmp_path)
