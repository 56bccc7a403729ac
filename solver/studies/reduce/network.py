"""A network of resistances that does for any surroundings, as the DELPHI project has it.

Nodes are the junctions, and each face, top and bottom in an inner part over the powers and an outer one. A junction is
the hottest point where there is one power; of several it is the mean of each, for in a network what A does to B is what
B does to A, which is true of means (weighed with the power) but not of hottest points. Any two nodes may be joined.

The conductances are those with which junction temperatures and heat through the faces are nearest to the detailed model
over many sets of film coefficients (H. I. Rosten, C. J. M. Lasance, J. D. Parry, IEEE Trans. CPMT A 20, 384, 1997;
C. J. M. Lasance, D. den Hertog, P. Stehouwer, SEMITHERM XV, 1999; JEDEC JESD15-4). Sets are all combinations of levels
spread evenly over the logarithms of the ranges; others, at random, tell how good it is where it was not fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy import optimize
from scipy.stats import qmc

from solver.arrays import Array, Integers
from solver.studies.reduce.model import ReducedModel

_SETS = 64  # at most
_HELD_OUT = 35
_SEED = 99
_SMALLEST, _LARGEST = 1e-9, 1e3  # times the largest conductance to begin with
_NONE = 1e-6  # of the largest conductance: less is no resistor


@dataclass(frozen=True, eq=False)
class Node:
    """A node: a junction, or (part of) the face of a film.

    Attributes:
        name: of the input or the part of a face.
        output: of the reduced model, that is its temperature.
        film: number of the film, None for a junction.
        area: of the part (m^2).
    """

    name: str
    output: str
    film: int | None = None
    area: float = 0.0


@dataclass(frozen=True)
class Fit:
    """How far the network is off the reduced model over some sets.

    Attributes:
        sets: number of sets of film coefficients.
        junction_max, junction_mean: of the temperature rise, as a part of the largest rise of the set.
        heat_max: of the heat through a face, as a part of the power.
    """

    sets: int
    junction_max: float
    junction_mean: float
    heat_max: float


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and conductances.

    Attributes:
        nodes: junctions first.
        pairs: (n, 2) nodes that are joined.
        conductances: (n,) W/K.
        training, held_out: how well it does.
    """

    nodes: tuple[Node, ...]
    pairs: Integers
    conductances: Array
    training: Fit
    held_out: Fit


@dataclass(frozen=True, eq=False)
class Sets:
    """Sets of film coefficients with what the reduced model says of 1 W in each input.

    Attributes:
        films: (sets, films) W/m^2/K.
        rises: (sets, nodes, inputs) K above the surroundings.
        links: (sets, nodes) conductance from each node to its surroundings (W/K), 0 for junctions.
    """

    films: Array
    rises: Array
    links: Array


def network(model: ReducedModel, junctions: Sequence[str], parts: Sequence[tuple[str, int, float]]) -> Network:
    """Fit a network.

    Args:
        model: the reduced model.
        junctions: those of its inputs that are powers.
        parts: name, number of the film and area (m^2) of each inner and outer part.
    """
    nodes = _nodes(model, junctions, parts)
    pairs = np.array(list(combinations(range(len(nodes)), 2)))
    training = _solved(model, nodes, _grid(model.ranges))
    low, high = np.log(model.ranges).T
    random = np.random.default_rng(_SEED).uniform(low, high, (_HELD_OUT, len(low)))
    g = _fitted(training, pairs, len(junctions))
    kept = g > _NONE * g.max()
    fits = [
        _fit(sets, pairs[kept], g[kept], len(junctions)) for sets in (training, _solved(model, nodes, np.exp(random)))
    ]
    return Network(nodes, pairs[kept], g[kept], *fits)


def _nodes(model: ReducedModel, junctions: Sequence[str], parts: Sequence[tuple[str, int, float]]) -> tuple[Node, ...]:
    kind = "hottest" if len(junctions) == 1 else "mean"
    split = {film for _, film, _ in parts}
    whole = [(name, i, model.areas[i]) for i, name in enumerate(model.films) if i not in split]
    faces = sorted([*parts, *whole], key=lambda part: part[1])
    return (
        *(Node(name, f"{name} {kind}") for name in junctions),
        *(Node(name, f"{name} mean", film, float(area)) for name, film, area in faces),
    )


def _grid(ranges: Array) -> Array:
    """(sets, films) film coefficients to fit to; of many films points of a Sobol sequence."""
    levels = int(_SETS ** (1.0 / len(ranges)) + 1e-9)
    if levels > 1:
        return np.array(list(product(*(np.geomspace(low, high, levels) for low, high in ranges))))
    low, high = np.log(ranges).T
    return np.asarray(np.exp(qmc.scale(qmc.Sobol(len(ranges), seed=_SEED).random(_SETS), low, high)))


def _solved(model: ReducedModel, nodes: Sequence[Node], films: Array) -> Sets:
    rows = [model.output_names.index(node.output) for node in nodes]
    of = np.array([-1 if node.film is None else node.film for node in nodes])
    areas = np.array([node.area for node in nodes])
    loads = model.loads[:, [model.inputs.index(node.name) for node in nodes if node.film is None]]
    rises = []
    for h in films:
        modes = model.modes(h)
        rises.append(modes.outputs[rows] @ (modes.vectors.T @ loads))
    return Sets(films, np.array(rises), np.where(of >= 0, films[:, of] * areas, 0.0))


def _fitted(sets: Sets, pairs: Integers, inputs: int) -> Array:
    """(pairs,) conductances: first those that balance heat at the nodes best, then those with the least error."""
    start = _balanced(sets, pairs, inputs)

    def errors(logarithms: Array) -> Array:
        return _errors(sets, pairs, np.exp(logarithms), inputs)

    def slopes(logarithms: Array) -> Array:
        return _slopes(sets, pairs, np.exp(logarithms), inputs)

    low, high = np.log(_SMALLEST * start.max()), np.log(_LARGEST * start.max())
    first = np.clip(np.log(np.maximum(start, 1e-300)), low + 1.0, high - 1.0)
    return np.asarray(np.exp(optimize.least_squares(errors, first, slopes, bounds=(low, high), max_nfev=400).x))


def _balanced(sets: Sets, pairs: Integers, inputs: int) -> Array:
    """Non-negative conductances with the least sum of squared errors of the heat balance of every node."""
    count, nodes, powers = sets.rises.shape
    drops = sets.rises[:, pairs[:, 0]] - sets.rises[:, pairs[:, 1]]  # (sets, pairs, inputs)
    balance = np.zeros((count, powers, nodes, len(pairs)))
    places = np.arange(len(pairs))
    balance[:, :, pairs[:, 0], places] = drops.transpose(0, 2, 1)
    balance[:, :, pairs[:, 1], places] = -drops.transpose(0, 2, 1)
    made = np.zeros((nodes, powers))
    made[:inputs] = np.eye(inputs)
    wanted = made - sets.links[:, :, None] * sets.rises
    return np.asarray(
        optimize.nnls(balance.reshape(-1, len(pairs)), wanted.transpose(0, 2, 1).ravel(), maxiter=10000)[0]
    )


def _inverse(sets: Sets, pairs: Integers, g: Array) -> Array:
    """(sets, nodes, nodes) temperatures for 1 W in each node."""
    nodes = sets.rises.shape[1]
    incidence = np.zeros((len(pairs), nodes))
    incidence[np.arange(len(pairs)), pairs[:, 0]] = 1.0
    incidence[np.arange(len(pairs)), pairs[:, 1]] = -1.0
    matrix = incidence.T @ (g[:, None] * incidence)
    return np.linalg.inv(matrix + np.eye(nodes) * sets.links[:, None, :])


def _scales(sets: Sets, inputs: int) -> Array:
    """(sets, nodes, inputs): junctions in parts of the largest rise, faces by the heat they pass per watt."""
    largest = sets.rises[:, :inputs].max(axis=1, keepdims=True)
    return np.where(sets.links[:, :, None] > 0, sets.links[:, :, None], 1.0 / largest)


def _errors(sets: Sets, pairs: Integers, g: Array, inputs: int) -> Array:
    found = _inverse(sets, pairs, g)[:, :, :inputs]
    return np.asarray((_scales(sets, inputs) * (found - sets.rises)).ravel())


def _slopes(sets: Sets, pairs: Integers, g: Array, inputs: int) -> Array:
    """Derivatives of the errors with respect to the logarithms of the conductances."""
    inverse = _inverse(sets, pairs, g)
    across = inverse[:, :, pairs[:, 0]] - inverse[:, :, pairs[:, 1]]  # (sets, nodes, pairs)
    change = -np.einsum("snk,sik->snik", across, across[:, :inputs]) * g
    return np.asarray((_scales(sets, inputs)[..., None] * change).reshape(-1, len(pairs)))


def _fit(sets: Sets, pairs: Integers, g: Array, inputs: int) -> Fit:
    errors = np.abs(_errors(sets, pairs, g, inputs)).reshape(sets.rises.shape)
    junctions, faces = errors[:, :inputs], errors[:, inputs:]
    return Fit(len(sets.films), float(junctions.max()), float(junctions.mean()), float(faces.max(initial=0.0)))
