"""A reduced thermal model and its evaluation; needs NumPy and SciPy only.

    model = ReducedModel.load("results/reduced/reduced.npz")
    model.steady({"die": 80.0}, films={"top": 3000.0}, ambient_degc=35.0)["die hottest"]

The model is C dx/dt + (K + sum_i h_i M_i) x = B p + sum_i h_i F_i (T_i - T_0), y = T_0 + L x with powers p (W), film
coefficients h_i (W/m^2/K) that may have any value at any time, and the temperature T_i behind each film. T_0 is 0 degC,
or the temperature of faces held at one.
"""

import difflib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Array = NDArray[np.floating[Any]]
Values: TypeAlias = float | Sequence[float] | Array | Mapping[str, float] | None

FORMAT = 1
_FAST = 1e-3  # of the shortest time: a mode that fast is steady
_SLACK = 0.01  # of a range: so far outside is inside


@dataclass(frozen=True, eq=False)
class ReducedModel:
    """The matrices with the names of their rows and columns; r states, m powers, f films, p outputs.

    Attributes:
        title: of the case.
        capacity: (r, r) C in J/K; with what follows symmetric and positive (semi-)definite: the model is stable.
        conduction: (r, r) K in W/K.
        exchange: (f, r, r) M in m^2.
        loads: (r, m) B.
        film_loads: (r, f) F in m^2.
        outputs: (p, r) L.
        uniform: (r,) states of a field that is 1 K above T_0 everywhere; 0 if there is none, as a face is held at T_0.
        reference_degc: T_0.
        inputs, films, output_names: names.
        areas: (f,) of the faces in m^2.
        powers: (m,) in W, as the case has them; so are
        film_coefficients: (f,) in W/m^2/K and
        ambient_degc: (f,).
        ranges: (f, 2) film coefficients the model was made for, in W/m^2/K.
        shortest_time: in s, from which on the response to a step is right.
        tolerance: error asked for, as a part of the largest output.
    """

    title: str
    capacity: Array
    conduction: Array
    exchange: Array
    loads: Array
    film_loads: Array
    outputs: Array
    uniform: Array
    reference_degc: float
    inputs: tuple[str, ...]
    films: tuple[str, ...]
    output_names: tuple[str, ...]
    areas: Array
    powers: Array
    film_coefficients: Array
    ambient_degc: Array
    ranges: Array
    shortest_time: float
    tolerance: float

    @property
    def order(self) -> int:
        """Number of states r of the reduced model."""
        return len(self.capacity)

    # ---- files

    def save(self, path: str | Path) -> None:
        """Write the model as a `.npz` file, which `load` reads."""
        values: dict[str, Any] = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        np.savez_compressed(path, format=np.asarray(FORMAT), **values)

    @classmethod
    def load(cls, path: str | Path) -> "ReducedModel":
        """Read `.npz`.

        Raises:
            ValueError: the file is no reduced model, or one of another version.
        """
        with np.load(path, allow_pickle=False) as file:
            if "format" not in file or int(file["format"]) != FORMAT:
                raise ValueError(f"{path} is not a reduced model of format {FORMAT}")
            values: dict[str, Any] = {field.name: file[field.name] for field in fields(cls)}
        for name in ("inputs", "films", "output_names"):
            values[name] = tuple(str(text) for text in values[name])
        for name in ("reference_degc", "shortest_time", "tolerance"):
            values[name] = float(values[name])
        return cls(**{**values, "title": str(values["title"])})

    # ---- what the user asks

    def steady(self, powers: Values = None, films: Values = None, ambient_degc: Values = None) -> dict[str, float]:
        """Temperatures (degC) of the steady state.

        Args:
            powers: W, by name or in the order of `inputs`; as the case has them where absent, 0 for names left out.
            films: W/m^2/K, by name or in the order of `films`; as the case has them where absent.
            ambient_degc: one for all films, or one for each; as the case has them where absent.

        Raises:
            ValueError: a name the model does not know, or nothing that takes heat away.
        """
        modes = self.modes(self.film_values(films))
        drive = self._drive(modes, self.power_values(powers), self.ambient_values(ambient_degc))
        return self.named(modes.outputs @ drive)

    def start(
        self,
        powers: Values = 0.0,
        films: Values = None,
        ambient_degc: Values = None,
        uniform_degc: float | None = None,
    ) -> "LoadStep":
        """A course in time that begins with the steady state of these powers, or at one temperature everywhere.

        Args:
            powers: as of `steady`; they hold until a step says otherwise.
            films: the same.
            ambient_degc: the same.
            uniform_degc: the temperature at the start.

        Raises:
            ValueError: a name the model does not know, or a start it does not have: held faces are always at T_0.
        """
        return LoadStep(self, powers, films, ambient_degc, uniform_degc)

    def transient(
        self,
        powers: Values | Callable[[float], Values],
        times: Iterable[float],
        films: Values = None,
        ambient_degc: Values = None,
        uniform_degc: float | None = None,
    ) -> Array:
        """(times, outputs) temperatures in degC; before the first step there is no power.

        Args:
            powers: as of `steady`, or a function of time (s) that gives them; it counts midway between two times.
            times: ascending, in s; the first interval begins at 0.
            films: as of `start`.
            ambient_degc: as of `start`.
            uniform_degc: as of `start`.
        """
        course, before, found = self.start(0.0, films, ambient_degc, uniform_degc), 0.0, []
        for time in times:
            now = powers(0.5 * (before + time)) if callable(powers) else powers
            found.append(course.advance(time - before, self.power_values(now)))
            before = time
        return np.array(found).reshape(-1, len(self.output_names))

    def heat_flows(
        self, temperatures_degc: Mapping[str, float], films: Values = None, ambient_degc: Values = None
    ) -> dict[str, float]:
        """Heat (W) that leaves through each film at temperatures `steady` or `step` gave."""
        h, ambient = self.film_values(films), self.ambient_values(ambient_degc)
        means = np.array([temperatures_degc[f"{name} mean"] for name in self.films])
        return dict(zip(self.films, map(float, h * self.areas * (means - ambient)), strict=True))

    def state_space(self, films: Values = None) -> tuple[Array, Array, Array, Array]:
        """A, B, C, D of dx/dt = A x + B u, y - T_0 = C x + D u, with u the powers and then the ambients less T_0.

        Modes much faster than `shortest_time` are taken as steady: D holds what they add.
        """
        h = self.film_values(films)
        modes = self.modes(h)
        b = modes.vectors.T @ np.hstack([self.loads, self.film_loads * h])
        slow = modes.times > _FAST * self.shortest_time
        rate = 1.0 / modes.times[slow]
        d = modes.outputs[:, ~slow] @ b[~slow]
        return np.diag(-rate), rate[:, None] * b[slow], modes.outputs[:, slow], d

    # ---- values by name

    def power_values(self, given: Values) -> Array:
        """(m,) W; 0 for names left out."""
        return _values(given, self.inputs, self.powers, np.zeros(len(self.inputs)), "input")

    def film_values(self, given: Values, before: Array | None = None) -> Array:
        """(f,) W/m^2/K; names left out are as before, or as the case has them. Warns outside the ranges.

        Raises:
            ValueError: a name the model does not know, or a negative coefficient.
        """
        known = self.film_coefficients if before is None else before
        found = _values(given, self.films, known, known, "film")
        if np.any(found < 0):
            raise ValueError("a film coefficient is negative")
        for name, h, (low, high) in zip(self.films, found, self.ranges, strict=True):
            if not low * (1.0 - _SLACK) <= h <= high * (1.0 + _SLACK):
                text = f"film '{name}' at {h:.4g} W/m2/K: the model was made for {low:.4g} to {high:.4g}"
                warnings.warn(text, stacklevel=3)
        return found

    def ambient_values(self, given: Values, before: Array | None = None) -> Array:
        """(f,) degC; names left out are as before, or as the case has them."""
        known = self.ambient_degc if before is None else before
        return _values(given, self.films, known, known, "film")

    def named(self, rises: Array) -> dict[str, float]:
        """Outputs (p,) above T_0 as temperatures by name."""
        return dict(zip(self.output_names, map(float, rises + self.reference_degc), strict=True))

    def modes(self, films: Array) -> "Modes":
        """Modes at film coefficients (f,).

        Raises:
            ValueError: no heat can leave.
        """
        return _modes(self, tuple(map(float, films)))

    def _drive(self, modes: "Modes", powers: Array, ambient_degc: Array) -> Array:
        """(r,) modal loads, which are the modal states that are reached in the end."""
        films = modes.films * (ambient_degc - self.reference_degc)
        return modes.vectors.T @ (self.loads @ powers + self.film_loads @ films)


@dataclass(frozen=True, eq=False)
class Modes:
    """Modes at fixed film coefficients: x = vectors z with times dz/dt + z = vectors^T load.

    Attributes:
        films: (f,) W/m^2/K.
        times: (r,) time constants in s, none negative.
        vectors: (r, r).
        outputs: (p, r) of modal states.
    """

    films: Array
    times: Array
    vectors: Array
    outputs: Array


@lru_cache(maxsize=32)
def _modes(model: ReducedModel, films: tuple[float, ...]) -> Modes:
    h = np.array(films)
    if not h.any() and model.uniform.any():
        raise ValueError("no film takes heat away: give one a coefficient above 0")
    conductance = model.conduction + np.tensordot(h, model.exchange, 1)
    times, vectors = linalg.eigh(model.capacity, conductance, check_finite=False)
    return Modes(h, np.maximum(times, 0.0), vectors, model.outputs @ vectors)


class LoadStep:
    """The model in time. A step is exact for power and surroundings that hold over it, however long it is.

    Attributes:
        time: s since the start.
        states: (r,) of the model.
    """

    def __init__(
        self, model: ReducedModel, powers: Values, films: Values, ambient_degc: Values, uniform_degc: float | None
    ) -> None:
        self.model, self.time = model, 0.0
        self._powers = model.power_values(powers)
        self._ambient = model.ambient_values(ambient_degc)
        self._modes = model.modes(model.film_values(films))
        if uniform_degc is None:
            self.states = self._modes.vectors @ model._drive(self._modes, self._powers, self._ambient)
        else:
            if not model.uniform.any() and uniform_degc != model.reference_degc:
                raise ValueError(f"a face is held at {model.reference_degc:.6g} degC, and so is the start")
            self.states = (uniform_degc - model.reference_degc) * model.uniform

    def step(
        self, dt: float, powers: Values = None, films: Values = None, ambient_degc: Values = None
    ) -> dict[str, float]:
        """Temperatures (degC) after a step of `dt` (s).

        Powers, films and surroundings that are not given stay as they were; powers whose names are left out are 0.
        """
        if ambient_degc is not None:
            self._ambient = self.model.ambient_values(ambient_degc, self._ambient)
        if films is not None:
            self._modes = self.model.modes(self.model.film_values(films, self._modes.films))
        values = self._powers if powers is None else self.model.power_values(powers)
        return self.model.named(self.advance(dt, values) - self.model.reference_degc)

    def advance(self, dt: float, powers: Array) -> Array:
        """(p,) degC after a step of `dt` (s) at powers (m,) in W.

        Raises:
            ValueError: the step is negative.
        """
        if dt < 0:
            raise ValueError("a step in time is negative")
        model, modes = self.model, self._modes
        self._powers = powers
        steady = model._drive(modes, powers, self._ambient)
        # the modal states: vectors^T (K + sum h M) x, as the vectors are orthonormal in it
        conductance = model.conduction @ self.states + np.tensordot(modes.films, model.exchange @ self.states, 1)
        before = modes.vectors.T @ conductance
        with np.errstate(divide="ignore"):
            decay = np.where(modes.times > 0, np.exp(-dt / modes.times), 0.0) if dt > 0 else np.ones(model.order)
        modal = steady + decay * (before - steady)
        self.states = modes.vectors @ modal
        self.time += dt
        return modes.outputs @ modal + model.reference_degc


def _values(given: Values, names: tuple[str, ...], absent: Array, left_out: Array, what: str) -> Array:
    """Values in the order of `names`: one for all, a sequence, or by name.

    Raises:
        ValueError: a name that is not known, or a sequence of another length.
    """
    if given is None:
        return absent
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                close = difflib.get_close_matches(name, names, 1)
                hint = f"did you mean '{close[0]}'?" if close else "there are " + ", ".join(f"'{one}'" for one in names)
                raise ValueError(f"there is no {what} '{name}'; {hint}")
        return np.array([given.get(name, other) for name, other in zip(names, left_out, strict=True)], dtype=float)
    values = np.asarray(given, dtype=float)
    if values.ndim == 0:
        return np.full(len(names), float(values))
    if values.shape != (len(names),):
        raise ValueError(f"{len(values)} values for {len(names)} {what}s")
    return values
