"""Even numbers of edges around every face: without them it cannot be cut into quadrilaterals only."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from solver.arrays import Array, Integers

Faces = list[list[int]]  # the curves around each face, holes included, from 0


def even(counts: Integers, length: Array, faces: Faces) -> Integers:
    """Numbers of edges on curves, one more where that is needed for an even sum around every face.

    Faces and the outside are joined across their longest curves into a tree; from its leaves inwards a face with an odd
    sum gets one more edge on the curve towards the root, the outside.

    Args:
        counts: (curves,) edges on each curve.
        length: (curves,) of each in m.
        faces: the curves around each.
    """
    face = np.repeat(np.arange(1, len(faces) + 1), [len(curves) for curves in faces])  # 0 is the outside
    side = np.concatenate([np.array(curves) for curves in faces])
    odd = np.bincount(face, counts[side]).astype(np.int64) % 2
    between = np.zeros((len(counts), 2), dtype=np.int32)  # the faces on both sides of each curve
    np.maximum.at(between[:, 1], side, face)
    between[:, 0] = np.bincount(side, face, len(counts)) - between[:, 1]
    longest = np.argsort(-length, kind="stable")
    pairs, first = np.unique(between[longest], axis=0, return_index=True)
    cost = coo_array((first + 1.0, tuple(pairs.T)), shape=(len(faces) + 1,) * 2)
    across = {(int(low), int(high)): curve for (low, high), curve in zip(pairs, longest[first], strict=True)}
    order, before = breadth_first_order(minimum_spanning_tree(cost.tocsr()), 0, directed=False)
    root: list[int] = before.tolist()
    found = counts.copy()
    for leaf in map(int, order[:0:-1]):
        if odd[leaf]:
            found[across[min(leaf, root[leaf]), max(leaf, root[leaf])]] += 1
            odd[root[leaf]] ^= 1
    return found
