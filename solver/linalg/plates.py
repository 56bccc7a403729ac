"""The coarse space of the column multigrid: every column moves as a few plates.

A plate is a stiff part of a column: it shifts and, in mechanics, tilts as a whole. A soft interval follows the plates
at both of its ends, linearly; a level between two soft intervals is a plate of no thickness that only shifts. The
stack decides where to split (shear lag); one plate per column is the rule, a plate at every level the richest space.
"""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.linalg.columns import Columns, over_ranks


@dataclass(frozen=True)
class Plates:
    """How nodes follow plates: u = sum_q weight_q (U_q + lever_q (theta_1 t_1 + theta_2 t_2)).

    Attributes:
        of_node: (local nodes, 2) plates a node follows, -1 for none.
        weight, lever: (local nodes, 2) with which it follows; the lever is in m.
        centre: (plates, 3) point each plate turns about (m).
        tilt: (plates, 6) unit vectors t_1 and t_2 of each plate.
        anchor: (plates,) lowest node of each plate: whose owner owns the plate.
        top: (plates,) highest node of each plate.
        storey: (plates,) place of each plate in its column, counted from below.
        most: largest number of plates in a column.
    """

    of_node: Integers
    weight: Array
    lever: Array
    centre: Array
    tilt: Array
    anchor: Integers
    top: Integers
    storey: Integers
    most: int

    @property
    def count(self) -> int:
        """Number of plates this rank knows, its own and those of other ranks."""
        return len(self.anchor)


def plates(space: fem.FunctionSpace, lines: Columns, shear_compliant: Mask, fixed: Mask) -> Plates:
    """Plates of the columns. Collective.

    Args:
        space: the function space.
        lines: its columns.
        shear_compliant: (owned cells,) True where plates above and below may slide on each other.
        fixed: (local nodes, components) True for unknowns held at zero.
    """
    local = len(lines.height)
    columns_, position, table, valid = _padded(lines)
    stiff = _stiff_intervals(space, lines, shear_compliant, table, valid, local)
    lower, upper = _runs(stiff, columns_, position)
    most = int(max(lower.max(initial=0), upper.max(initial=0))) + 1

    # numbers of the plates that exist, column by column
    key_lower = columns_ * most + lower
    key_upper = np.where(upper >= 0, columns_ * most + upper, -1)
    follows = upper < 0  # nodes of a plate itself
    existing, first = np.unique(key_lower[follows], return_index=True)
    number = np.full(lines.count * most, -1)
    number[existing] = np.arange(len(existing))
    anchor = lines.nodes[np.flatnonzero(follows)[first]]
    last = first + np.bincount(number[key_lower[follows]]) - 1
    top = lines.nodes[np.flatnonzero(follows)[last]]

    z = lines.height[lines.nodes]
    mine = number[key_lower[follows]]
    low, high = np.full(len(existing), np.inf), np.full(len(existing), -np.inf)
    np.minimum.at(low, mine, z[follows])
    np.maximum.at(high, mine, z[follows])
    middle = _middles(low, high, mine, lines.nodes[follows], z[follows], fixed)

    of_node = np.full((local, 2), -1, dtype=np.int32)
    weight, lever = np.zeros((local, 2)), np.zeros((local, 2))
    lower_plate = number[key_lower]
    upper_plate = np.where(upper >= 0, number[np.maximum(key_upper, 0)], -1)
    between = upper_plate >= 0
    gap = np.where(between, low[upper_plate] - high[lower_plate], 1.0)
    share = np.where(between, (z - high[lower_plate]) / gap, 0.0)
    of_node[lines.nodes, 0], of_node[lines.nodes, 1] = lower_plate, upper_plate
    weight[lines.nodes, 0], weight[lines.nodes, 1] = 1.0 - share, share
    lever[lines.nodes, 0] = np.where(between, high[lower_plate], z) - middle[lower_plate]
    lever[lines.nodes, 1] = np.where(between, low[upper_plate] - middle[upper_plate], 0.0)
    tilt = across(np.tile([0.0, 0, 1.0], (len(existing), 1)))
    centre = np.column_stack([nodes_of(space)[anchor, :2], middle])
    return Plates(of_node, weight, lever, centre, tilt, anchor, top, existing % most, most)


def deformed_tilt(part: Plates, place: Array) -> Array:
    """Tilts (plates, 6) of plates that have moved: at right angles to the line from their lowest to their highest node.

    A rotation that displaces along them leaves the deformed thickness as it is; one along e_x and e_y would stretch a
    plate of slope s by s times its angle.

    Args:
        part: the plates.
        place: (local nodes, 3) where the nodes are now (m).
    """
    line = place[part.top] - place[part.anchor]
    length = np.linalg.norm(line, axis=1, keepdims=True)
    return across(np.where(length > 0, line / np.where(length > 0, length, 1.0), [0.0, 0, 1.0]))


def across(director: Array) -> Array:
    """Two unit vectors at right angles to each director and to each other, (n, 3) -> (n, 6).

    The first is e_x where the director has no x, the second e_y (up to its sign) where it has no y, so a mirror plane
    holds one of them and leaves the other free (T. Duff et al., J. Comput. Graph. Tech. 6, 1, 2017).
    """
    x, y, z = director.T
    sign = np.copysign(1.0, z)
    a = -1.0 / (sign + z)
    b = x * y * a
    return np.stack([1.0 + sign * x * x * a, sign * b, -sign * x, b, sign + y * y * a, -y], axis=1)


def _padded(lines: Columns) -> tuple[Integers, Integers, Integers, Mask]:
    """Column and position of every entry of `lines.nodes`, and the nodes as a padded table with its mask."""
    lengths = np.diff(lines.offsets)
    columns_ = np.repeat(np.arange(lines.count), lengths)
    position = np.arange(len(lines.nodes)) - np.repeat(lines.offsets[:-1], lengths)
    table = np.zeros((lines.count, lines.longest), dtype=np.int64)
    valid = np.zeros(table.shape, dtype=bool)
    table[columns_, position] = lines.nodes
    valid[columns_, position] = True
    return columns_, position, table, valid


def _stiff_intervals(
    space: fem.FunctionSpace, lines: Columns, shear_compliant: Mask, table: Integers, valid: Mask, local: int
) -> Mask:
    """(columns, intervals): True where any cell at the interval is stiff."""
    count: Array = np.zeros((local, 1))
    np.add.at(count[:, 0], lines.cells[~shear_compliant][:, 9:18].ravel(), 1.0)  # middle nodes stand for intervals
    stiff_cells = over_ranks(space, count)[:, 0]
    return (stiff_cells[table[:, 1::2]] > 0) & valid[:, 1::2]


def _runs(stiff: Mask, columns_: Integers, position: Integers) -> tuple[Integers, Integers]:
    """Lower and upper plate of every node, counted in its column; upper is -1 for a node of one plate only."""
    below = np.pad(stiff, ((0, 0), (1, 0)))  # at every level of cells: is the interval below it stiff?
    starts = ~below  # a level with a stiff interval below belongs to the plate that is there already
    level, between = position // 2, position % 2 == 1
    plate = np.cumsum(starts, axis=1)[columns_, level] - 1
    follows_two = between & ~stiff[columns_, np.minimum(level, stiff.shape[1] - 1)]
    return plate, np.where(follows_two, plate + 1, -1)


def _middles(low: Array, high: Array, of: Integers, nodes: Integers, z: Array, fixed: Mask) -> Array:
    """Height each plate turns about: its middle, or the one node where it is held."""
    held = fixed[nodes].any(axis=1)
    count = np.bincount(of[held], minlength=len(low))
    pin = np.bincount(of[held], weights=z[held], minlength=len(low))
    return np.where(count == 1, pin, 0.5 * (low + high))


@dataclass(frozen=True)
class Layout:
    """Where this rank's plates are.

    Attributes:
        centre: (plates, 3) point each plate turns about (m).
        storey: (plates,) place of each plate in its column, counted from below.
        dead: (plates, modes) True for modes that move nothing.
        thickness: of the stack (m).
    """

    centre: Array
    storey: Integers
    dead: Mask
    thickness: float
