"""A place of a stack whose materials remember: it follows every increment of its whole, from the start."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.field_transfer import by_cell
from solver.case.models import Case
from solver.case.submodel import Submodel as Wanted
from solver.errors import CaseError
from solver.metrics.place_maker import PlaceMaker
from solver.metrics.places import PLACES
from solver.metrics.reading import Kept, KeptValues, SolvedStep
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.at_gauss import as_field
from solver.physics.solid.carried import Carrier
from solver.physics.solid.course import Leg
from solver.physics.solid.submodel_in_time import SubmodelInTime
from solver.stackup.place import Spot

_LEAST = 1 / 2**16  # of a stage: increments of the whole are not cut below that


class PlaceInTime:
    """One submodel.

    Args:
        case: with submodels.
        one: as the case has it.
        maker: of places.

    Attributes:
        spot: its middle (m); None before it is known.
        submodel: as it is now; None if nothing of it is there.
        works: inelastic work of its layers and blocks (MPa), by name.
    """

    def __init__(self, case: Case, one: Wanted, maker: PlaceMaker) -> None:
        self._case, self._one, self._maker = case, one, maker
        self.spot: Spot | None = None if isinstance(one.at, str) else one.at
        self.submodel: SubmodelInTime | None = None
        self.works: Mapping[str, float] = {}
        self._of: Leg | None = None
        self._last_step = ""
        self._waiting: list[SolvedStep] = []
        self._restored: KeptValues | None = None

    def follow(self, step: SolvedStep) -> tuple[Leg, ...]:
        """Go through a step with the whole; the increments of the place. Collective.

        A place by name that is not known yet is looked for at the end of the step: where there is nothing of it, that
        step is gone through later.
        """
        self._waiting.append(step)
        if self.spot is None:
            try:
                self.spot = PLACES[str(self._one.at)](step, self._one.of or "")
            except CaseError:
                return ()
        legs: list[Leg] = []
        for one in self._waiting:
            for leg in one.legs:
                legs += self._through(leg, one.name)
        self._waiting.clear()
        return tuple(legs)

    def _through(self, leg: Leg, step: str) -> list[Leg]:
        if not leg.passed:
            return []
        submodel = self.submodel = self._at(leg, step)
        if submodel is None:
            return []
        whole, temperature = fem.Function(leg.solid.space), _Temperature(leg, submodel)
        least = _LEAST * sum(one.seconds for one in leg.passed)
        for one in leg.passed:
            whole.x.array[:] = one.displacement
            submodel.go(whole, temperature(one.kelvin), one.seconds, least)
        passed, submodel.course = tuple(submodel.course or ()), []
        return [Leg(submodel.solid, passed, submodel.cut)]

    def _at(self, leg: Leg, step: str) -> SubmodelInTime | None:
        """The place in a stage of its whole."""
        assert self.spot is not None
        same = self._of is not None and self._of.solid is leg.solid and self._step_like(step)
        self._of, self._last_step = leg, step
        if same:
            return self.submodel
        made = self._maker.make(self._one, self.spot, leg, step, pointwise=True)
        if made is None:
            return None
        place, cut = made
        analysis, before = self._case.analysis, self.submodel
        if before is not None:
            before.solid.destroy()
        found = SubmodelInTime(place, leg.solid.space, cut, analysis.time_tolerance, analysis.solver, before)
        found.course = []
        if self._restored is not None:
            self._take_back(found, self._restored)
            self._restored = None
        return found

    def _step_like(self, step: str) -> bool:
        """True if the underside is held as in the step before, and gravity is the same."""
        return self._maker.of_step(step) == self._maker.of_step(self._last_step)

    # ---- checkpoints

    def kept(self) -> Kept | None:
        """What it remembers, by name; None while its steps wait. Collective."""
        if self._waiting:
            return None
        place = self.submodel
        if place is None:
            return {}
        memory, mesh = place.solid.memory, place.solid.stack_mesh
        kelvin = memory.kelvin if isinstance(memory.kelvin, np.ndarray) else np.full((len(mesh.keys), 1), memory.kelvin)
        driven, total = by_cell(mesh, place.driven), by_cell(mesh, place.solid.displacement)
        name = f"place {self._one.name}"
        return {
            f"{name} memory": (memory.fields.keys, memory.values),
            f"{name} kelvin": (mesh.keys, kelvin),
            f"{name} displacement": (mesh.keys, np.concatenate([driven, total], axis=2)),
        }

    def restore(self, values: KeptValues, entry: Mapping[str, Any] | None) -> None:
        """Go on from what `kept` gave.

        Args:
            values: of cells by the name they were kept under and their numbers, None if there are none.
            entry: of the place in the summary of the step before, if it was there.
        """
        self._restored = values
        if entry is None:
            return
        self.spot = 1e-3 * entry["at_x_mm"], 1e-3 * entry["at_y_mm"]
        of = {**entry["layers"], **{f"block {name}": one for name, one in entry["blocks"].items()}}
        works = {name: one.get("inelastic_work_mean_mpa") for name, one in of.items()}
        self.works = {name: work for name, work in works.items() if work is not None}

    def _take_back(self, place: SubmodelInTime, values: KeptValues) -> None:
        name, mesh, memory = f"place {self._one.name}", place.solid.stack_mesh, place.solid.memory
        remembered = values(f"{name} memory", memory.fields.keys)
        shapes, kelvin = (values(f"{name} {what}", mesh.keys) for what in ("displacement", "kelvin"))
        if remembered is None or shapes is None or kelvin is None:
            return
        memory.restore(remembered)
        even = mesh.comm.allreduce(float(kelvin.max(initial=0.0)), MPI.MAX)
        memory.kelvin = kelvin if kelvin.shape[1] > 1 else even
        place.take_back(shapes[..., :3], shapes[..., 3:])


class _Temperature:
    """Temperatures of a stage of the whole at the Gauss points of a place."""

    def __init__(self, leg: Leg, place: SubmodelInTime) -> None:
        self._leg, self._place = leg, place

    @cached_property
    def _carrier(self) -> Carrier:
        source = fem.functionspace(self._leg.solid.stack_mesh.mesh, ("DG", 2))
        return Carrier(source, self._place.temperature_space, self._place.cut.at)

    def __call__(self, kelvin: Kelvin) -> Kelvin:
        """Uniform (K), or (owned cells, points)."""
        if not isinstance(kelvin, np.ndarray):
            return kelvin
        field = as_field(self._carrier.source, kelvin[..., None])
        return self._place.solid.coefficients.at_points(self._carrier(field))
