"""The place of a stack as a rigid body: what supports decide and no measurement sees."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.metrics.fit import tilt
from solver.metrics.surface import surface_of


@dataclass(frozen=True)
class Frame:
    """Small rigid motion of least squares of the evaluated surface; displacements are read relative to it.

    Attributes:
        shift: (2,) mean displacement in the plane (m).
        turn: rotation about z (rad).
        slope: (2,) of the least-squares plane along x and y.
        level: mean height of the surface (m).
    """

    shift: Array
    turn: float
    slope: Array
    level: float

    def rest(self, xy: Array, height: float | Array, u: Array) -> Array:
        """Displacement (..., 3) relative to the frame; the height keeps its mean.

        Args:
            xy: (..., 2) places in the undeformed plane (m).
            height: of these places (m), one or (...,).
            u: (..., 3) displacement (m).
        """
        x, y = xy[..., 0], xy[..., 1]
        along_x = self.shift[0] - self.turn * y - self.slope[0] * (height - self.level)
        along_y = self.shift[1] + self.turn * x - self.slope[1] * (height - self.level)
        return np.asarray(u - np.stack([along_x, along_y, self.slope[0] * x + self.slope[1] * y], axis=-1))


def frame(stack_mesh: StackMesh, displacement: fem.Function, face: str) -> Frame:
    """The frame of a displacement at small deflection, or of a larger one laid level. Collective.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it (m).
        face: as of `Surface`: the one that is level in the frame.
    """
    surface = surface_of(stack_mesh, displacement, face)
    slope = np.array(tilt(surface))
    gauss, free = surface.gauss, np.array([axis not in surface.stack.mirrors for axis in (0, 1)])
    at_level = gauss.u[:, :2] + (gauss.z - surface.level)[:, None] * slope
    area, *first = surface.sum(gauss.weight @ np.column_stack([np.ones_like(gauss.weight), gauss.xy, at_level]))
    middle, mean = np.array(first).reshape(2, 2) / area
    shift, turn = np.where(free, mean, 0.0), 0.0
    if free.all():
        (x, y), (u, v) = (gauss.xy - middle).T, (at_level - mean).T
        moment, inertia = surface.sum(np.stack([x * v - y * u, x**2 + y**2]) @ gauss.weight)
        turn = float(moment / inertia)
        shift = shift - turn * np.array([-middle[1], middle[0]])
    return Frame(shift, turn, slope, surface.level)
