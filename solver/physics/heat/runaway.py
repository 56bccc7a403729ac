"""What it most likely means with heat that grows with temperature that no temperature is found."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.physics.current.joule import JouleHeat
from solver.units import to_celsius


def runaway(temperature: fem.Function, leaks: bool, joule: JouleHeat | None) -> str:
    """The end of a message, beginning with a colon; empty where no heat grows with temperature. Collective.

    Args:
        temperature: the field where it was given up (K).
        leaks: True if there is leakage.
        joule: heat of currents, None if there are none.
    """
    if not leaks and joule is None:
        return ""
    comm, values = temperature.function_space.mesh.comm, temperature.x.array
    hottest = comm.allreduce(float(values.max(initial=-np.inf)), MPI.MAX)
    if joule is not None and not joule.has_currents:
        return f": the Joule heat would take conductors to {to_celsius(hottest):.4g} degC; lower the voltage"
    what = " or ".join(["Joule heat"] * (joule is not None) + ["leakage"] * leaks)
    return (
        f": thermal runaway: at {to_celsius(hottest):.4g} degC the {what} grows faster with temperature than the "
        f"heat can leave; cool better, or lower the {'current' if joule else 'power'}"
    )
