"""From a basis to the model that is written: its states become modes, its inputs and outputs get their names."""

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from solver.arrays import Array
from solver.studies.reduce.basis import Basis
from solver.studies.reduce.films import Film
from solver.studies.reduce.inputs import Input
from solver.studies.reduce.model import ReducedModel
from solver.units import ZERO_CELSIUS, to_celsius


def reduced_model(
    title: str,
    basis: Basis,
    films: Sequence[Film],
    powers: Sequence[Input],
    names: Sequence[str],
    held: float | None,
    shortest: float,
    tolerance: float,
) -> ReducedModel:
    """The reduced model. Collective.

    Its states are modes at the middle of the films' ranges: the capacity is diagonal with the time constants as its
    entries, and the matrix of conduction and these films is one.

    Args:
        title: of the case.
        basis: the basis.
        films: faces with free film coefficients.
        powers: the inputs.
        names: of the outputs.
        held: temperature of faces that are held (K), or None.
        shortest: time from which on a response is right (s).
        tolerance: asked for.
    """
    full, middle = basis.projected, [float(np.sqrt(film.range[0] * film.range[1])) for film in films]
    conductance = full.conduction + np.tensordot(np.array(middle), full.exchange, 1)
    times, modes = linalg.eigh(full.capacity, conductance)
    seen = full.inside(modes[:, ::-1])
    capacity = np.maximum(times[::-1], 0.0)
    first = np.zeros(len(times))
    if held is None:
        first[0] = basis.size_of_first  # times the first vector is 1 everywhere
    count = len(films)
    reference = 0.0 if held is None else to_celsius(held)
    return ReducedModel(
        title=title,
        capacity=np.diag(capacity),
        conduction=_symmetric(seen.conduction),
        exchange=np.array([_symmetric(one) for one in seen.exchange]),
        loads=seen.loads[:, : len(powers)],
        film_loads=seen.loads[:, len(powers) :],
        outputs=seen.outputs,
        uniform=modes[:, ::-1].T @ (conductance @ first),
        reference_degc=reference,
        inputs=tuple(power.name for power in powers),
        films=tuple(film.name for film in films),
        output_names=tuple(names),
        areas=np.array([film.area for film in films]),
        powers=np.array([power.power for power in powers]),
        film_coefficients=np.array([film.coefficient for film in films]),
        ambient_degc=np.array([film.ambient - ZERO_CELSIUS for film in films]),
        ranges=np.array([film.range for film in films]).reshape(count, 2),
        shortest_time=shortest,
        tolerance=tolerance,
    )


def _symmetric(matrix: Array) -> Array:
    return 0.5 * (matrix + matrix.T)
