"""Quality of the mesh: what hurts accuracy, in a few numbers."""

from dataclasses import dataclass

import numpy as np

from meshes.extrude import heights_of
from meshes.plane import EMPTY, PlaneMesh
from solver.stackup.stack import StackUp


@dataclass(frozen=True)
class Quality:
    """Worst values over the mesh.

    Attributes:
        cells: number of hexahedra.
        smallest_angle_deg, largest_angle_deg: in-plane corners.
        smallest_jacobian: scaled Jacobian, 1 for a rectangle, above 0 for a valid cell.
        largest_aspect_ratio: longest over shortest edge of a hexahedron; thin layers make it large.
    """

    cells: int
    smallest_angle_deg: float
    largest_angle_deg: float
    smallest_jacobian: float
    largest_aspect_ratio: float


def quality(stack: StackUp, plane: PlaneMesh) -> Quality:
    """Quality of the whole stack over a plane mesh."""
    corners = plane.points[plane.quads]
    ahead = np.roll(corners, -1, axis=1) - corners
    behind = np.roll(corners, 1, axis=1) - corners
    length = np.linalg.norm(ahead, axis=2)
    sine = (ahead[..., 0] * behind[..., 1] - ahead[..., 1] * behind[..., 0]) / (length * np.roll(length, 1, axis=1))
    cosine = (ahead * behind).sum(axis=2) / (length * np.roll(length, 1, axis=1))
    angle = np.degrees(np.arctan2(sine, cosine)) % 360
    aspect, cells, heights = 1.0, 0, heights_of(stack, plane)
    slope = max((one.steepest for one in stack.fillets), default=0.0)
    for index, layer in enumerate(stack.layers):
        here = plane.region[index] != EMPTY
        if here.any():
            height = heights[index][here]
            longest = np.maximum(length[here].max(axis=1), height)
            aspect = max(aspect, float((longest / np.minimum(length[here].min(axis=1), height)).max()))
            cells += int(here.sum()) * layer.cells
    return Quality(cells, float(angle.min()), float(angle.max()), float(sine.min() / np.hypot(1.0, slope)), aspect)
