"""Pictures: drawn from the field files alone, at full width, with the numbers of the fields."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh, extrude
from meshes.plane import plane_mesh
from solver.case.load import LoadedCase, load
from solver.output.fields import FieldWriter
from solver.report.pictures import draw, offscreen, warpage
from solver.report.pictures.scene import exaggeration
from solver.report.pictures.skin import skin
from solver.report.pictures.surface import face, layer_cells
from solver.report.pictures.temperature import spread

pytestmark = pytest.mark.slow

COMM = MPI.COMM_WORLD
CURVATURE = 2.0  # 1/m of the paraboloid w = -CURVATURE r^2 / 2
HALF = 10e-3  # m

CASE = """
title: quarter of a plate
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 0.4 mm, material: fr4}
    - name: cover
      thickness: 0.6 mm
      material: {mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 0.35}
      regions:
        - {name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon, grid: {count: [2, 2], pitch: [8 mm, 8 mm]}}
mesh: {in_plane_size: 2 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder all ranks see, with a case and the fields of one step."""
    path = Path(COMM.bcast(tempfile.mkdtemp() if COMM.rank == 0 else None))
    if COMM.rank == 0:
        (path / "case.yaml").write_text(CASE)
    COMM.barrier()
    _write_fields(load(path), path / "results" / "fields")
    yield path
    COMM.barrier()
    if COMM.rank == 0:
        shutil.rmtree(path)


def _write_fields(loaded: LoadedCase, fields: Path) -> None:
    mesh = extrude(COMM, loaded.stack, plane_mesh(loaded.stack))
    u = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,))))
    u.interpolate(lambda x: np.stack([0 * x[0], 0 * x[0], -0.5 * CURVATURE * (x[0] ** 2 + x[1] ** 2) + 1e-3]))
    t = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 2)))
    t.interpolate(lambda x: 300.0 + 1e3 * x[2])
    writer = FieldWriter(fields, mesh)
    writer.write("cool", 0, u, t, _stress(mesh))
    writer.close()


def _stress(mesh: StackMesh) -> np.ndarray:
    sigma = np.zeros((len(mesh.layer_of), 1, 6))
    sigma[:, 0, 0] = 1e6 * (1 + mesh.layer_of)
    return sigma


def test_the_mirrored_surface_is_the_whole_plate(folder: Path) -> None:
    surface = face(folder / "results/fields/00_cool.pvtu", "bottom", (0, 1))
    assert surface.weights.sum() == pytest.approx(4 * (1e3 * HALF) ** 2)
    assert np.ptp(surface.points, axis=0) == pytest.approx([2e3 * HALF, 2e3 * HALF])
    assert len(surface.points) == len(np.unique(surface.points.round(6), axis=0))


def test_the_warpage_of_a_paraboloid_is_curvature_times_half_the_diagonal_squared_over_two(folder: Path) -> None:
    height = warpage.heights(face(folder / "results/fields/00_cool.pvtu", "top", (0, 1)))
    assert np.ptp(height) == pytest.approx(1e6 * 0.5 * CURVATURE * 2 * HALF**2, rel=1e-9)


def test_cells_of_a_layer_carry_its_stress(folder: Path) -> None:
    for layer in (0, 1):
        place, values = layer_cells(folder / "results/fields/00_cool.pvtu", layer, ("von_mises_mpa",), (0, 1))
        assert values["von_mises_mpa"] == pytest.approx(1.0 + layer)
        area = np.prod(np.ptp(place, axis=1), axis=1).sum()
        assert area == pytest.approx(4 * (1e3 * HALF) ** 2)


def test_all_pictures_are_drawn_at_full_width(folder: Path) -> None:
    if COMM.rank == 0:  # no collective calls inside
        made, problems = draw(load(folder), {}, folder / "results")
        names = [path.name for path in made]
        assert not problems
        assert names == [
            "stack.png",
            "00_cool_warpage.png",
            "00_cool_deformed.png",
            "00_cool_stress.png",
            "temperature.png",
            "temperature_3d.png",
        ]
        for path in made:
            image = matplotlib.image.imread(path)
            assert image.shape[1] == 1600
            assert image[..., :3].std() > 0.02  # not blank


def test_the_skin_of_the_mirrored_stack_is_a_closed_box(folder: Path) -> None:
    body = skin(folder / "results/fields/00_cool.pvtu", "displacement_um", (0, 1))
    side, thickness = 2e3 * HALF, 1.0
    assert body.area == pytest.approx(2 * side**2 + 4 * side * thickness)
    assert body.n_open_edges == 0
    assert body.bounds == pytest.approx([-side / 2, side / 2, -side / 2, side / 2, 0.0, thickness])


def test_without_opengl_the_3d_pictures_are_left_out_and_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offscreen, "problem", lambda: offscreen.MISSING)
    if COMM.rank == 0:
        made, problems = draw(load(folder), {}, folder / "results")
        assert [path.name for path in made if "deformed" in path.name or "3d" in path.name] == []
        assert problems == [offscreen.MISSING]


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ("import os; os.abort()", "libEGL or libOSMesa is missing"),
        ("class RenderWindowUnavailable(RuntimeError): pass\nraise RenderWindowUnavailable('none')", "libEGL"),
        ("import no_such_library", r"tried failed \(ModuleNotFoundError: No module named 'no_such_library'\)"),
        ("raise MemoryError('no room')", r"tried failed \(MemoryError: no room\)"),
    ],
)
def test_what_kept_a_picture_from_being_rendered_is_said(
    attempt: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offscreen, "_ATTEMPT", attempt)
    offscreen.problem.cache_clear()
    try:
        assert re.search(said, offscreen.problem() or "")
        if "abort" not in attempt:
            assert offscreen.problem_here() == offscreen.problem()
    finally:
        offscreen.problem.cache_clear()


def test_exaggerations_have_two_digits_or_are_one() -> None:
    assert [exaggeration(wanted) for wanted in (0.031, 1.3, 2.52, 16.4, 163.0)] == [0.031, 1.0, 2.5, 16.0, 160.0]


def test_heights_are_shown_in_um_or_mm() -> None:
    assert warpage.show_um(1234.4) == "1234 um"
    assert warpage.show_um(47.31) == "47.3 um"
    assert warpage.show_um(24240.0) == "24.2 mm"
    assert warpage.show_um(1e-9) == "0 um"


def test_the_title_says_convex_or_concave() -> None:
    step = {"name": "cool", "temperature_degc": 25.0, "warpage_um": 47.3, "signed_warpage_um": -47.3}
    assert warpage.headline(step) == "cool   |   25 degC   |   warpage 47.3 um (concave)"


def test_labels_are_spread_no_more_than_needed() -> None:
    assert spread(np.array([0.1, 0.5, 0.52, 0.99]), 0.1) == pytest.approx([0.1, 0.5, 0.6, 0.99])
    assert np.diff(spread(np.array([0.9, 0.95, 1.0]), 0.1)) == pytest.approx([0.1, 0.1])
