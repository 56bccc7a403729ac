"""Direct current of a case: the circuit on its mesh, with the heat problem or at one temperature, and its results."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.conductors import Conductors, conductors
from meshes.extrude import StackMesh, extrude
from meshes.interfaces import JOINED, ThermalInterface, same_cells, split
from meshes.parts import held, kept_on_root
from meshes.plane import PlaneMesh
from solver.arrays import Array, Integers
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.linalg.krylov import SolveRecord
from solver.materials import smeared_current
from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.metrics import current as reading
from solver.metrics import plausibility
from solver.metrics.conductor_cells import conductor_cells
from solver.metrics.current_summary import CurrentSummary, HeatedBy
from solver.metrics.weak_links import wear
from solver.physics.current.circuit import Circuit, Current
from solver.physics.current.joule import JouleHeat

CURRENT = "current"  # folder of its fields, in that of all
_JOINED = 1e16  # S/m^2: some nanometres of copper
_ACROSS = 1e-3  # of the heat that may come from where smeared metal does not hang together
_ALONG = 1e30  # ohm m: nothing flows along a contact


@dataclass(frozen=True)
class CurrentResult:
    """Outcome of the circuit.

    Attributes:
        stack_mesh: of the conductors, without contacts.
        potential: in V, with jumps at contacts.
        temperature: a field of the conductors (K), or uniform.
        cells: values of the owned cells by name, as `FieldWriter` takes them.
        numbers: what is read of it.
        record: of the last linear solve.
        materials: of the conductors.
        span: lowest and highest temperature (K).
    """

    stack_mesh: StackMesh
    potential: fem.Function
    temperature: fem.Function | float
    cells: dict[str, Array]
    numbers: CurrentSummary
    record: SolveRecord
    materials: tuple[Material, ...]
    span: tuple[float, float]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The `electric` part of summary.json."""
        return self.numbers.entry()


class CurrentRun:
    """The circuit of a case.

    Args:
        loaded: the case, with an `electric` section.
        comm: all ranks take part.
        plane: mesh of the plane, on rank 0.
        material_of: material of a layer or region.

    Raises:
        CaseError: terminals or contacts that are not where conductors are.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        comm: MPI.Intracomm,
        plane: PlaneMesh | None,
        material_of: Callable[[MaterialChoice], Material],
    ) -> None:
        electric, stack = loaded.case.electric, loaded.stack
        assert electric is not None
        self._electric, self._source = electric, loaded.source
        given = [ThermalInterface(one.between, 1.0 / one.resistance) for one in electric.contacts]

        def conducts(choice: MaterialChoice) -> bool:
            return material_of(choice).has("electrical_resistivity")

        _, whole = kept_on_root(
            comm, lambda: (None, conductors(stack, held(plane), conducts, electric.terminals, given))
        )
        alone = None if whole is None else whole.plane
        self.mesh = self._split = extrude(comm, stack, alone)
        if given:
            thin = kept_on_root(comm, lambda: split(stack, held(alone), given, "electric.contacts"))
            self._split = extrude(comm, *thin)
        self._found = Conductors.part(comm, whole, self._split.plane)
        self._materials = _materials(self._split, given, material_of)
        varies = loaded.case.thermal is not None
        choice = loaded.case.analysis.solver
        self.circuit = Circuit(self._split, self._materials, electric.terminals, self._found, choice, varies)

    @property
    def cells(self) -> int:
        """Number of cells on all ranks."""
        return self._split.cells

    def joule(self, heat_mesh: StackMesh, materials: Sequence[Material]) -> JouleHeat:
        """The circuit as a heat problem on some mesh sees it."""
        wave = self._electric.waveform
        return JouleHeat(self.circuit, heat_mesh, materials, None if wave is None else wave.signal())

    def at(self, kelvin: float) -> CurrentResult:
        """The outcome at one temperature. Collective."""
        current = self.circuit.solve(kelvin)
        return self._result(current, kelvin, np.full(current.heat.shape, kelvin))

    def after(self, joule: JouleHeat, power: float) -> CurrentResult:
        """The outcome at the temperatures of the heat problem, once that is solved. Collective.

        Args:
            joule: of that problem.
            power: Joule heat made there (W, of the modelled part).
        """
        assert joule.current is not None
        kelvin = self.circuit.coefficients_at_points.at_points(joule.temperature)
        result = self._result(joule.current, self._without(joule.temperature), kelvin)
        made, wanted = power * self.mesh.stack.multiplicity, joule.square * joule.current.power
        heated = HeatedBy(abs(made - wanted) / (wanted or 1.0), joule.rounds)
        return replace(result, numbers=replace(result.numbers, heated=heated))

    def destroy(self) -> None:
        """Free the linear solver."""
        self.circuit.destroy()

    def _refuse_blocked(self, current: Current) -> None:
        """Refuse a current that has to cross smeared metal where that does not hang together. Collective.

        Raises:
            CaseError: naming the layer.
        """
        comm, whole = self.mesh.comm, self.mesh.stack.multiplicity
        for number, (block, material) in enumerate(zip(self._split.blocks, self._materials, strict=True)):
            if isinstance(material, Homogeneous):
                continue
            mine = self._split.block == number
            heat = (current.density * current.field)[mine] * self.circuit.volumes[mine, :, None]
            for axis in smeared_current.blocked(material):
                if comm.allreduce(float(heat[..., axis].sum()), MPI.SUM) * whole > _ACROSS * current.power:
                    words = f"current has to go along {'xyz'[axis]} in '{block.name}', where its metal does not"
                    raise self._source.error(("electric", "terminals"), f"{words} hang together; mesh it")

    def _result(self, current: Current, temperature: fem.Function | float, kelvin: Array) -> CurrentResult:
        self._refuse_blocked(current)
        cells = conductor_cells(self.circuit, current, kelvin, self._materials)
        life, links = wear(cells, self._found)
        numbers = reading.summary(self.circuit, current, cells, self._electric.contacts, links)
        comm = self.mesh.comm
        lowest = comm.allreduce(float(cells.kelvin.min(initial=np.inf)), MPI.MIN)
        highest = comm.allreduce(float(cells.kelvin.max(initial=-np.inf)), MPI.MAX)
        part = cells.volume.sum(axis=1, keepdims=True)
        values = {
            "current_density_a_per_m2": np.einsum("cpk,cp->ck", current.density[cells.cells], cells.volume / part),
            "max_current_density_a_per_m2": cells.magnitude.max(axis=1),
            "crowding": cells.magnitude.max(axis=1) / np.maximum(reading.nominal(cells)[cells.part], 1e-300),
            "joule_heat_w_per_m3": (cells.heat * cells.volume / part).sum(axis=1),
        }
        if links:
            values["log10_median_life_h"] = np.log10(np.maximum(life / 3600.0, 1e-30))
        return CurrentResult(
            self.mesh,
            self._without(current.potential),
            temperature,
            {name: self._on_mesh(cells.cells, value) for name, value in values.items()},
            numbers,
            current.record,
            cells.materials,
            (lowest, highest),
        )

    def _without(self, field: fem.Function) -> fem.Function:
        """A field on the mesh without contacts, discontinuous."""
        space = fem.functionspace(self.mesh.mesh, ("DG", 2))
        result = fem.Function(space, name=field.name)
        cells, of_split = same_cells(self.mesh, self._split)
        nodes = field.function_space.dofmap.list[of_split]
        result.x.array[space.dofmap.list[cells].ravel()] = field.x.array[nodes].ravel()
        result.x.scatter_forward()
        return result

    def _on_mesh(self, cells: Integers, values: Array) -> Array:
        """Values of some cells of the circuit, by the cells of the mesh without contacts."""
        mine, of_split = same_cells(self.mesh, self._split)
        every = np.zeros((len(self._split.block), *values.shape[1:]))
        every[cells] = values
        result = np.empty((len(self.mesh.block), *values.shape[1:]))
        result[mine] = every[of_split]
        return result


def doubts(
    loaded: LoadedCase, result: CurrentResult, material_of: Callable[[MaterialChoice], Material]
) -> Iterator[str]:
    """What makes the current of a case doubtful, a line each.

    Args:
        loaded: the case, with an `electric` section.
        result: of its circuit.
        material_of: material of a layer or region.
    """
    electric = loaded.case.electric
    assert electric is not None
    yield from plausibility.current_unbalanced(result.numbers)
    yield from plausibility.barely_converged("current", result.record)
    materials = dict.fromkeys(result.materials)
    yield from plausibility.outside_data("current", materials, *result.span, ("electrical_resistivity",))
    yield from plausibility.short_lives(result.numbers.electromigration, electric.required_life)
    yield from plausibility.smeared_conductors(loaded.stack, material_of)


def words(numbers: CurrentSummary) -> str:
    """Terminals and heat in a line."""
    parts = [f"{one.name} {one.voltage_v:.6g} V {one.current_a:.4g} A" for one in numbers.terminals]
    ohms = numbers.resistance_ohm
    return ", ".join([*parts, *([] if ohms is None else [f"{ohms:.6g} ohm"]), f"{numbers.joule_power_w:.4g} W"])


def _materials(
    mesh: StackMesh, contacts: Sequence[ThermalInterface], material_of: Callable[[MaterialChoice], Material]
) -> list[Material]:
    """One for each block; contacts conduct across only."""
    layers = {layer.name: layer for layer in mesh.stack.layers}
    conductance = {JOINED: _JOINED, **{contact.name: contact.conductance for contact in contacts}}
    return [
        _contact(block.region or "", 1.0 / (layers[block.layer].thickness * conductance[str(block.region)]))
        if layers[block.layer].interface
        else material_of(block.material)
        for block in mesh.blocks
    ]


def _contact(name: str, across: float) -> Homogeneous:
    return Homogeneous(name, {"electrical_resistivity": Curve.constant([_ALONG, _ALONG, across])})
