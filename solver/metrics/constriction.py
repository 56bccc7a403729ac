"""What an array smeared out leaves out: heat that crowds towards its parts in the layers above and below.

One material in the place of an array is right where heat flows alike in all of its plane, as between two sheets that
conduct well. In a poor neighbour heat first has to reach the feet of the parts. Every part stands on a tube of the
neighbours, of the area of its cell; a foot of one temperature is warmer than the mean of its tube by

    R = sum_n (q_n / J0(d_n))^2 / (pi b^2 Y_n) per watt,    J1(d_n) = 0, e = a / b,

q_n = sin(d_n e) / (d_n e) for the flux of a disc of one temperature on a half-space, 2 J1(d_n e) / (d_n e) for an
even one, and here that mean of both which has the least; a and b the radii of foot and tube, Y_n the heat a mode takes
up per kelvin and area: k d_n / b in a thick layer, which makes the classical tube (M. M. Yovanovich, E. E. Marotta,
Thermal Spreading and Contact Resistances, in: A. Bejan, A. D. Kraus (eds.), Heat Transfer Handbook, 2003, sect. 4.5),
and by transfer through the layers of a stack. Heat that finds the way to the feet long goes through the matrix instead;
what minimises the dissipation with one flux in the parts and one in the matrix says how much (Thomson's principle, so
the resistance is not underestimated).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Mask
from solver.case.geometry import MaterialChoice
from solver.materials.cell.material import UnitCell
from solver.materials.cell.spec import BumpCell, CellSpec, PillarCell, RoundCell
from solver.materials.material import Material
from solver.metrics.heat_summary import Constriction
from solver.stackup.stack import PlacedLayer, StackUp

_LEAST = 1e-6  # W/m/K, for nothing between the parts
_TERMS = 400  # of the series


@dataclass(frozen=True)
class Sheet:
    """A layer of a tube: thickness (m), conductivity in its plane and across it (W/m/K)."""

    thickness: float
    along: float
    across: float


@dataclass(frozen=True)
class Foot:
    """Where the parts of an array stand.

    Attributes:
        radius: of a disc of the area of a foot (m).
        tube: radius of a disc of the area there is for each (m).
    """

    radius: float
    tube: float

    @property
    def share(self) -> float:
        """Area of the feet per area of the array."""
        return (self.radius / self.tube) ** 2


def tube(foot: Foot, sheets: Sequence[Sheet]) -> float:
    """Resistance (K/W) of the constriction at one foot of one temperature.

    Args:
        foot: of the part.
        sheets: from the foot outwards; the last ends in nothing that conducts.
    """
    from scipy.special import j0, j1, jn_zeros

    zeros = jn_zeros(1, _TERMS)
    taken = np.zeros_like(zeros)
    for sheet in reversed(sheets):
        own = np.sqrt(sheet.along * sheet.across) * zeros / foot.tube
        bend = np.tanh(zeros * sheet.thickness / foot.tube * np.sqrt(sheet.along / sheet.across))
        taken = own * (taken + own * bend) / (own + taken * bend)
    x = zeros * foot.radius / foot.tube
    one, other = np.sinc(x / np.pi), 2.0 * j1(x) / x
    (aa, ab, bb) = (
        float(np.sum(p * q / (j0(zeros) ** 2 * taken))) for p, q in ((one, one), (one, other), (other, other))
    )
    w = (bb - ab) / (aa - 2.0 * ab + bb)
    return (w**2 * aa + 2.0 * w * (1.0 - w) * ab + (1.0 - w) ** 2 * bb) / (np.pi * foot.tube**2)


def foot_of(spec: CellSpec) -> Foot | None:
    """Where parts stand; None for traces, which lie along their layer."""
    if isinstance(spec, RoundCell):
        narrow = spec.pad if isinstance(spec, BumpCell) and spec.pad is not None else spec.diameter
        return Foot(narrow / 2, 1.0 / np.sqrt(np.pi * spec.density))
    if isinstance(spec, PillarCell):
        area, cell = spec.size[0] * spec.size[1], spec.pitch[0] * spec.pitch[1]
        return Foot(float(np.sqrt(area / np.pi)), float(np.sqrt(cell / np.pi)))
    return None


def constrictions(
    stack_mesh: StackMesh, temperature: fem.Function, material_of: Callable[[MaterialChoice], Material]
) -> list[Constriction]:
    """Of all arrays of a solved heat problem; `constrictions` of the `thermal` part of summary.json. Collective.

    Args:
        stack_mesh: the mesh.
        temperature: in K.
        material_of: material of a layer or region.
    """
    found: list[Constriction] = []
    slopes: tuple[Array, Array] | None = None
    for index, block in enumerate(stack_mesh.blocks):
        material = material_of(block.material)
        foot = foot_of(material.spec) if isinstance(material, UnitCell) else None
        if foot is None or not isinstance(material, UnitCell):
            continue
        slopes = slopes or _slopes(stack_mesh, temperature)
        rise, volume = _sums(stack_mesh, slopes, stack_mesh.block == index)
        layer = stack_mesh.stack.layer(block.layer)
        kelvin = _mean(stack_mesh, temperature)
        heat = abs(float(material.conductivity(kelvin)[2]) * rise / layer.thickness)
        sides = _neighbours(stack_mesh, block.layer, block.region, material_of, kelvin)
        cell = np.pi * foot.tube**2
        alone = [cell * tube(foot, sheets) for sheets, _ in sides]
        added = _added(material, foot, layer.thickness, sum(alone), kelvin)
        for resistance, (_, neighbour) in zip(alone, sides, strict=True):
            part = added * resistance / sum(alone) * layer.thickness / volume
            found.append(Constriction(block.name, neighbour, part, heat, part * heat))
    return found


def _added(material: UnitCell, foot: Foot, thickness: float, ways: float, kelvin: float) -> float:
    """What the ways to the feet (m^2 K/W, if all heat took them) add to the resistance of an array (m^2 K/W).

    With a share s of the heat in the feet beyond that of their area f the dissipation is a (1 - s + s / f)^2 in the
    parts, c (1 - s)^2 in the matrix and R s^2 on the ways.
    """
    f, matrix = foot.share, material.phases[-1]
    around = 0.0 if matrix is None else float(matrix.conductivity(kelvin)[2])
    inside = (float(material.conductivity(kelvin)[2]) - (1.0 - f) * around) / f
    if inside <= around:
        return 0.0
    a, c, g = f * thickness / inside, (1.0 - f) * thickness / max(around, _LEAST), 1.0 / f - 1.0

    def least(resistance: float) -> float:
        s = (c - a * g) / (a * g**2 + c + resistance)
        return float(a * (1.0 + g * s) ** 2 + c * (1.0 - s) ** 2 + resistance * s**2)

    return least(ways) - least(0.0)


def _neighbours(
    stack_mesh: StackMesh,
    layer: str,
    region: str | None,
    material_of: Callable[[MaterialChoice], Material],
    kelvin: float,
) -> list[tuple[list[Sheet], str]]:
    """Sheets below and above an array up to a gap, an array beside it, or the face; with the name of the first."""
    stack = stack_mesh.stack
    layers = [one for one in stack.layers if one.name in stack_mesh.layers]
    number = [one.name for one in layers].index(layer)
    point = _inside(stack, layers[number], region)
    result = []
    for way in (layers[:number][::-1], layers[number + 1 :]):
        sheets: list[Sheet] = []
        name = ""
        for one in way:
            block, choice = _at(one, point)
            material = None if choice is None else material_of(choice)
            if material is None or (not sheets and isinstance(material, UnitCell)):
                break
            k = material.conductivity(kelvin)
            name = name or block
            sheets.append(Sheet(one.thickness, float(np.sqrt(k[0] * k[1])), float(k[2])))
        if sheets:
            result.append((sheets, name))
    return result


def _inside(stack: StackUp, layer: PlacedLayer, region: str | None) -> shapely.Point:
    """A point of an array."""
    named = [part for part in layer.regions if part.name == region]
    if named:
        return named[0].polygons[0].representative_point()
    rest = shapely.difference(stack.outline, shapely.union_all([p for part in layer.regions for p in part.polygons]))
    return rest.representative_point()


def _at(layer: PlacedLayer, point: shapely.Point) -> tuple[str, MaterialChoice | None]:
    """Block and material of a layer at a point."""
    for part in layer.regions:
        if any(shapely.covers(polygon, point) for polygon in part.polygons):
            return f"{layer.name}/{part.name}", part.material
    return layer.name, layer.material


def _slopes(stack_mesh: StackMesh, temperature: fem.Function) -> tuple[Array, Array]:
    """(local cells,) integrals of dT/dz and of 1 over each cell."""
    test = ufl.TestFunction(fem.functionspace(stack_mesh.mesh, ("DG", 0)))
    dx, count = ufl.dx(stack_mesh.mesh), len(stack_mesh.block)
    one = fem.Constant(stack_mesh.mesh, 1.0)
    rise, volume = (
        np.asarray(fem.assemble_vector(compat.form(value * test * dx)).array)[:count].copy()
        for value in (temperature.dx(2), one)
    )
    return rise, volume


def _sums(stack_mesh: StackMesh, slopes: tuple[Array, Array], cells: Mask) -> tuple[float, float]:
    """Of some cells, over all ranks, of the whole stack."""
    local = np.array([values[cells].sum() for values in slopes])
    rise, volume = stack_mesh.stack.multiplicity * stack_mesh.comm.allreduce(local, MPI.SUM)
    return float(rise), float(volume)


def _mean(stack_mesh: StackMesh, temperature: fem.Function) -> float:
    """Mean of the nodal temperatures (K), close enough for properties."""
    values = temperature.x.array[: temperature.function_space.dofmap.index_map.size_local]
    total = stack_mesh.comm.allreduce(np.array([values.sum(), float(len(values))]), MPI.SUM)
    return float(total[0] / total[1])
