"""What is read from a circuit: terminals, densities and heat of every part, contacts."""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.case.electric import Contact
from solver.metrics.conductor_cells import ConductorCells
from solver.metrics.current_summary import ContactReading, CurrentSummary, PartReading, TerminalReading, WeakLink
from solver.physics.current.circuit import Circuit, Current
from solver.units import to_celsius


def summary(
    circuit: Circuit,
    current: Current,
    cells: ConductorCells,
    contacts: Sequence[Contact],
    links: Sequence[WeakLink],
) -> CurrentSummary:
    """What is read of a circuit, of the whole stack. Collective.

    Args:
        circuit: it.
        current: its solution.
        cells: what they carry.
        contacts: of the case.
        links: the weakest of every part.
    """
    return CurrentSummary(
        terminals=[TerminalReading(one.name, one.voltage, one.current, one.power) for one in current.terminals],
        resistance_ohm=resistance(current),
        joule_power_w=current.power,
        current_balance_error=current.balance_error,
        energy_error=current.energy_error,
        parts=_parts(cells),
        contacts=[_contact(circuit, current, contact) for contact in contacts],
        electromigration=links,
    )


def resistance(current: Current) -> float | None:
    """Between two terminals (ohm); None if there are more, or no current."""
    if len(current.terminals) != 2:
        return None
    one, other = sorted(current.terminals, key=lambda terminal: -terminal.voltage)
    return (one.voltage - other.voltage) / one.current if one.current else None


def nominal(cells: ConductorCells) -> Array:
    """(parts,) mean current density of each part (A/m^2)."""
    return cells.mean(cells.magnitude, cells.part, len(cells.names))


def _parts(cells: ConductorCells) -> dict[str, PartReading]:
    """Densities, heat and temperatures of every part."""
    part, count, found = cells.part, len(cells.names), {}
    of_cell = cells.magnitude.max(axis=1)
    mean, largest = nominal(cells), cells.largest(of_cell, part, count)
    heat = cells.total(cells.heat, part, count) * cells.mesh.stack.multiplicity
    warm, hottest = cells.mean(cells.kelvin, part, count), cells.largest(cells.kelvin.max(axis=1), part, count)
    for k, name in enumerate(cells.names):
        found[name] = PartReading(
            mean_current_density_a_per_m2=mean[k],
            max_current_density_a_per_m2=largest[k],
            crowding=largest[k] / mean[k] if mean[k] > 0 else None,
            max_at_mm=cells.first(-of_cell, np.flatnonzero(part == k))[1],
            joule_power_w=heat[k],
            mean_temperature_degc=to_celsius(warm[k]),
            max_temperature_degc=to_celsius(hottest[k]),
        )
    return found


def _contact(circuit: Circuit, current: Current, contact: Contact) -> ContactReading:
    """Area, current, drop and heat of a contact, of the whole stack."""
    mesh, comm, name = circuit.stack_mesh, circuit.stack_mesh.comm, " | ".join(contact.between)
    here = np.isin(mesh.block, [i for i, block in enumerate(mesh.blocks) if block.region == name])
    area = circuit.volumes[here] / mesh.heights[here][:, None]
    through = current.density[here][..., 2]
    mine = np.array([(area * values).sum() for values in (np.ones_like(through), through, abs(through), through**2)])
    total = np.empty(4)
    comm.Allreduce(mine, total, MPI.SUM)
    largest = comm.allreduce(float(abs(through).max(initial=0.0)), MPI.MAX)
    whole = mesh.stack.multiplicity
    return ContactReading(
        between=list(contact.between),
        resistance_ohm_m2=contact.resistance,
        area_mm2=1e6 * total[0] * whole,
        current_upwards_a=total[1] * whole,
        mean_drop_v=contact.resistance * total[2] / total[0],
        max_drop_v=contact.resistance * largest,
        max_current_density_a_per_m2=largest,
        joule_power_w=contact.resistance * total[3] * whole,
    )
