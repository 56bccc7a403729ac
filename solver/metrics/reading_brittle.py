"""Whether brittle parts break after every step, by chance or from a flaw: stress on a face or along the cut edges."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from mpi4py import MPI

from meshes.extrude import StackMesh, inside
from solver.arrays import Array, Integers, Mask
from solver.case.brittle import Brittle
from solver.case.models import Case
from solver.life.strengths import STRENGTHS
from solver.life.surface_flaw import SurfaceFlaw
from solver.life.weakest_link import probability
from solver.materials.homogeneous import Homogeneous
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.metrics.strength import of_cells

_GAUSS = 0.5 + 0.5 * np.array([-np.sqrt(0.6), 0.0, np.sqrt(0.6)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
_LIKELY = 0.01  # probability that is warned of
_MOSTLY = 0.5  # of the risk at the border
_SHALLOW = 0.1  # of the thickness: a flaw of this depth has a K some per cent larger than its formula
_SLOW = 0.33  # K_I / K_Ic, of soda-lime glass in moist air (S. M. Wiederhorn, J. Am. Ceram. Soc. 50 (1967) 407)
_SINGULAR = "where stress is singular that depends on the mesh"
_VOIGT = ((0, 5, 4), (5, 1, 3), (4, 3, 2))


@dataclass(frozen=True)
class RunningFlaw:
    """The flaw of a face after a step, where it comes nearest to running.

    Attributes:
        depth_um, shape: as in the case.
        intensity_ratio: K_I across the largest principal stress over K_Ic; from 1 on it runs.
        critical_depth_um: from which a flaw of this shape runs there; None where nothing is pulled.
        at_x_mm, at_y_mm: middle of the cell.
        at_border: the cell is at the border of the part, where stress may be singular.
    """

    depth_um: float
    shape: str
    intensity_ratio: float
    critical_depth_um: float | None
    at_x_mm: float
    at_y_mm: float
    at_border: bool


@dataclass(frozen=True)
class Breaking:
    """A brittle part after a step.

    Attributes:
        part, face, edges: as in the case.
        pieces: of the part, images of mirror planes among them.
        probability: that the piece that is worst off breaks; None without a strength.
        at_x_mm, at_y_mm: the middle of that piece.
        expected_broken: how many of all pieces; None without a strength.
        largest_principal_mpa: on the face or along the edges.
        border_share: of the risk of that piece, in cells at the border of the part, where stress may be singular;
            None without a strength.
        flaw: None without one.
    """

    part: str
    face: str
    edges: bool
    pieces: float
    probability: float | None
    at_x_mm: float | None
    at_y_mm: float | None
    expected_broken: float | None
    largest_principal_mpa: float
    border_share: float | None
    flaw: RunningFlaw | None


class BrittleReading(Reading):
    """The brittle parts of a case.

    Args:
        parts: of the case.
    """

    def __init__(self, parts: list[Brittle]) -> None:
        self._parts = parts

    @staticmethod
    def wanted(case: Case) -> "BrittleReading | None":
        """For a case with brittle parts."""
        return BrittleReading(case.brittle) if case.brittle else None

    def read(self, step: SolvedStep) -> Found | None:
        """Of every part that is there. Collective."""
        mesh = step.stack_mesh
        names = {block.name for block in mesh.blocks} | set(mesh.layers)
        pairs = [(one, _breaking(step, one)) for one in self._parts if one.part in names]
        doubts = tuple(text for one, found in pairs for text in _doubts(step, one, found))
        return Found([found for _, found in pairs], {}, doubts) if pairs else None


def _doubts(step: SolvedStep, one: Brittle, found: Breaking) -> Iterator[str]:
    what = f"step '{step.name}': {'an edge' if one.edges else 'the ' + one.face} of {one.part}"
    if found.probability is not None and found.probability > _LIKELY:
        border = f", {100.0 * (found.border_share or 0.0):.3g} % of its risk in the cells at its border: {_SINGULAR}"
        at_border = (found.border_share or 0.0) > _MOSTLY and not one.edges
        yield f"{what} breaks with a probability of {100.0 * found.probability:.3g} %{border if at_border else ''}"
    mine = _materials(step, one.part)
    if one.strength is not None:
        published = STRENGTHS[one.strength]
        for name in (name for name, title in mine if published.kind not in f"{name} {title}".lower()):
            yield f"{what} is of '{name}', and strength {one.strength} that of {published.words}"
    if (flaw := found.flaw) is None:
        return
    if flaw.intensity_ratio >= 1.0:
        yield (
            f"{what}: a {flaw.shape} of {flaw.depth_um:.4g} um runs at {flaw.at_x_mm:.4g}, {flaw.at_y_mm:.4g} mm, "
            f"K_I {flaw.intensity_ratio:.3g} K_Ic; there the deepest that stands is {flaw.critical_depth_um:.3g} um"
            + (f" (in a cell at its border: {_SINGULAR})" if flaw.at_border else "")
        )
    elif flaw.intensity_ratio > _SLOW and any("glass" in f"{name} {title}".lower() for name, title in mine):
        yield (
            f"{what}: a {flaw.shape} of {flaw.depth_um:.4g} um at {flaw.at_x_mm:.4g}, {flaw.at_y_mm:.4g} mm stands, "
            f"K_I {flaw.intensity_ratio:.3g} K_Ic; in moist air flaws of glass grow slowly from about {_SLOW:g} K_Ic on"
        )
    layer = next(layer for layer in step.stack_mesh.stack.layers if layer.name == one.part.partition("/")[0])
    if flaw.depth_um * 1e-6 > _SHALLOW * layer.thickness:
        yield f"{what}: its flaw of {flaw.depth_um:.4g} um is deep against the layer, and K_I larger than its formula"


def _materials(step: SolvedStep, part: str) -> list[tuple[str, str]]:
    """Names and titles of the materials of a part."""
    pairs = zip(step.stack_mesh.blocks, step.solid.materials, strict=True)
    mine = [material for block, material in pairs if part in (block.name, block.name.partition("/")[0])]
    return sorted({(one.name, one.title if isinstance(one, Homogeneous) else "") for one in mine})


def _breaking(step: SolvedStep, one: Brittle) -> Breaking:
    mesh = step.stack_mesh
    columns = _columns(mesh, one.part)
    border = _border(mesh, columns)
    tension, weights, sizes, cells = (_along_edges if one.edges else _on_face)(step, one, columns, border)
    most = 1e-6 * mesh.comm.allreduce(float(tension.max(initial=-np.inf)), MPI.MAX)
    polygons = mesh.stack.polygons_of(one.part)
    modelled = np.array([polygon.intersection(mesh.stack.modelled).area for polygon in polygons])
    whole = np.array([polygon.area for polygon in polygons])
    there = modelled > 1e-9 * whole
    images = np.where(there, mesh.stack.multiplicity * modelled / whole, 0.0)
    flaw = None if one.surface_flaw is None else _flaw(step, one.surface_flaw, tension, cells, border)
    if one.link is None:
        return Breaking(one.part, one.face, one.edges, float(images.sum()), None, None, None, None, most, None, flaw)
    risk = one.link.risk(tension, weights, sizes)
    piece = _piece(mesh, polygons)[mesh.column[cells]]
    at_border = np.asarray(border.any(axis=1))[mesh.column[cells]]
    local = np.array(
        [np.bincount(piece, weights=risk * part, minlength=len(polygons)) for part in (np.ones(len(risk)), at_border)]
    )
    total = np.empty_like(local)
    mesh.comm.Allreduce(local, total, MPI.SUM)
    of_piece = np.where(there, total[0] * whole / np.where(there, modelled, 1.0), 0.0)
    worst = int(np.argmax(of_piece))
    centre = polygons[worst].centroid
    broken = probability(of_piece)
    return Breaking(
        one.part,
        one.face,
        one.edges,
        float(images.sum()),
        float(broken[worst]),
        1e3 * centre.x,
        1e3 * centre.y,
        float(broken @ images),
        most,
        float(total[1, worst] / total[0, worst]) if total[0, worst] else 0.0,
        flaw,
    )


def _flaw(step: SolvedStep, flaw: SurfaceFlaw, tension: Array, cells: Integers, border: Mask) -> RunningFlaw:
    """Where K_I comes nearest to K_Ic.

    Args:
        step: solved.
        flaw: of the face.
        tension: (n, points) of the cells (Pa).
        cells: (n,) at the face.
        border: as `_border` has it.
    """
    mesh, stress, toughness = step.stack_mesh, tension.max(axis=1, initial=-np.inf), np.empty(len(cells))
    kelvin = of_cells(step.temperature, len(mesh.block))[cells]
    for number, material in enumerate(step.solid.materials):
        mine = np.flatnonzero(mesh.block[cells] == number)
        if len(mine):
            toughness[mine] = material.limit("fracture_toughness", kelvin[mine])
    ratio = flaw.intensity(stress) / toughness
    found = (-1.0, 0.0, 1.0, 0.0, 0.0, False)  # of a rank without such cells
    if len(cells):
        best = int(np.argmax(ratio))
        column = mesh.column[cells[best]]
        x, y = mesh.plane.points[mesh.plane.quads[column]].mean(axis=0)
        place = 1e3 * float(x), 1e3 * float(y), bool(border[column].any())
        found = (float(ratio[best]), float(stress[best]), float(toughness[best]), *place)
    most, pulled, bears, x_mm, y_mm, at_border = max(mesh.comm.allgather(found))
    deepest = 1e6 * flaw.critical_depth(pulled, bears) if pulled > 0.0 else None
    return RunningFlaw(1e6 * flaw.depth, flaw.shape, most, deepest, x_mm, y_mm, at_border)


def _columns(mesh: StackMesh, part: str) -> Mask:
    """(plane cells,) True where the part is."""
    layer, _, region = part.partition("/")
    index = [one.name for one in mesh.stack.layers].index(layer)
    of_cell, there = mesh.plane.region[index], inside(mesh.stack, mesh.plane)
    if not region:
        return np.asarray(there & (of_cell >= 0))
    number = 1 + [one.name for one in mesh.stack.layers[index].regions].index(region)
    return np.asarray(there & (of_cell == number))


def _border(mesh: StackMesh, columns: Mask) -> Mask:
    """(plane cells, 4) True where a side, from a corner to the next, is of the part on one side alone, no mirror."""
    quads, points = mesh.plane.quads, mesh.plane.points
    cells = np.flatnonzero(columns)
    sides = np.stack([quads[cells], np.roll(quads[cells], -1, axis=1)], axis=2)
    _, number, count = np.unique(np.sort(sides.reshape(-1, 2), axis=1), axis=0, return_inverse=True, return_counts=True)
    alone = count[number.ravel()].reshape(-1, 4) == 1
    for axis in mesh.stack.mirrors:
        alone &= ~(np.abs(points[sides][..., axis]) < 1e-9 * mesh.stack.span).all(axis=2)
    found = np.zeros(quads.shape, dtype=bool)
    found[cells] = alone
    return found


def _piece(mesh: StackMesh, polygons: object) -> Integers:
    """(plane cells,) the polygon each is in, 0 outside of all."""
    middles = shapely.points(mesh.plane.points[mesh.plane.quads].mean(axis=1))
    found = np.zeros(len(middles), dtype=np.int64)
    number, cell = shapely.STRtree(middles).query(np.array(polygons, dtype=object), predicate="contains")
    found[cell] = number
    return found


def _row(mesh: StackMesh, one: Brittle, columns: Mask) -> Integers:
    """Owned cells of the part at its face."""
    counts = [layer.cells for layer in mesh.stack.layers]
    index = [layer.name for layer in mesh.stack.layers].index(one.part.partition("/")[0])
    first = sum(counts[:index])
    wanted = first + counts[index] - 1 if one.face == "top" else first
    return np.flatnonzero((mesh.interval == wanted) & columns[mesh.column])


def _principal(step: SolvedStep, points: Array, cells: Integers) -> Array:
    """(n, points) largest principal stress (Pa)."""
    stress = step.solid.stress(step.temperature, points)[cells]
    return np.linalg.eigvalsh(stress[..., np.array(_VOIGT)])[..., -1]


def _on_face(step: SolvedStep, one: Brittle, columns: Mask, border: Mask) -> tuple[Array, Array, Array, Integers]:
    """Tension at points on the face of cells, their weights, the areas and the cells."""
    del border
    cells = _row(step.stack_mesh, one, columns)
    x, y = np.meshgrid(_GAUSS, _GAUSS)
    z = np.full(x.size, 1.0 if one.face == "top" else 0.0)
    tension = _principal(step, np.column_stack([x.ravel(), y.ravel(), z]), cells)
    areas = step.stack_mesh.plane.areas[step.stack_mesh.column[cells]]
    return tension, np.outer(_WEIGHTS, _WEIGHTS).ravel(), areas, cells


def _along_edges(step: SolvedStep, one: Brittle, columns: Mask, border: Mask) -> tuple[Array, Array, Array, Integers]:
    """Tension at points along the cut edges, their weights, the lengths and the cells."""
    mesh = step.stack_mesh
    cells, z = _row(mesh, one, columns), 1.0 if one.face == "top" else 0.0
    zero, full = np.zeros(3), np.ones(3)
    places = ((_GAUSS, zero), (full, _GAUSS), (_GAUSS, full), (zero, _GAUSS))  # sides of a cell, corner to corner
    points = np.concatenate([np.column_stack([x, y, np.full(3, z)]) for x, y in places])
    tension = _principal(step, points, cells).reshape(-1, 4, 3)
    corners = mesh.plane.points[mesh.plane.quads[mesh.column[cells]]]
    lengths = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    there = border[mesh.column[cells]]
    of = np.repeat(np.arange(len(cells)), 4).reshape(-1, 4)[there]
    return tension[there], _WEIGHTS, lengths[there], cells[of]
