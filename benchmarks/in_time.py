"""An increment of a relaxing panel beside an elastic one: processor time, and what is remembered.

./planish exec python3 -m benchmarks.in_time [--size CELL] [--increments N]

A panel of 100 x 100 mm of glass under a compound, at small and at large deflection. The elastic compound has a modulus
over temperature, so every increment is a solve; the relaxing one has ten branches.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import yaml
from mpi4py import MPI

from solver.case import load as cases
from solver.case import source
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.process.plan import plan
from solver.process.stage_model import StageModel
from solver.progress import Progress
from solver.simulation import Simulation

HOT, STEP, SECONDS = 448.15, 10.0, 60.0
BRANCHES = 10


def model(cell: float, relaxing: bool) -> StageModel:
    """The panel, its mesh made."""
    compound: dict[str, object] = {"poisson_ratio": 0.3, "thermal_expansion": "8 ppm/K"}
    if relaxing:
        times = [f"1e{decade} s" for decade in range(-3, BRANCHES - 3)]
        shift = {"arrhenius": {"reference": "175 degC", "activation_energy": "150 kJ/mol"}}
        compound |= {
            "youngs_modulus": "22 GPa",
            "viscoelastic": {"times": times, "youngs": [0.09] * BRANCHES, "shift": shift},
        }
    else:
        compound["youngs_modulus"] = {"temperature": ["25 degC", "175 degC"], "value": ["22 GPa", "2.2 GPa"]}
    case = {
        "title": "panel",
        "geometry": {
            "outline": {"shape": "rectangle", "size": ["100 mm", "100 mm"]},
            "symmetry": "quarter",
            "layers": [
                {"name": "glass", "thickness": "0.7 mm", "material": "glass", "cells": 2},
                {"name": "mould", "thickness": "0.4 mm", "material": "compound", "cells": 2},
            ],
        },
        "materials": {
            "glass": {"youngs_modulus": "73 GPa", "poisson_ratio": 0.23, "thermal_expansion": "3.8 ppm/K"},
            "compound": compound,
        },
        "mesh": {"in_plane_size": f"{cell} mm"},
        "process": {
            "stress_free_temperature": "175 degC",
            "steps": [{"name": "cool", "temperature": "25 degC", "rate": "10 K/min"}],
        },
    }
    loaded = cases.of_source(source.of_data(yaml.safe_load(yaml.safe_dump(case))))
    simulation = Simulation(loaded, MPI.COMM_WORLD, Progress(MPI.COMM_WORLD, quiet=True))
    return simulation.stage_model(plan(loaded.case.process, loaded.stack.layers)[0].stages[0], None, None)


def seconds(increment: Callable[[float], object], count: int) -> float:
    """Processor time of an increment: the median, the first left out."""
    found = []
    for number in range(1, count + 1):
        start = time.process_time()
        increment(HOT - STEP * number)
        found.append(time.process_time() - start)
    return float(np.median(found[1:]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=float, default=1.0, help="of a cell in the plane (mm)")
    parser.add_argument("--increments", type=int, default=5)
    chosen = parser.parse_args()
    stages = {name: model(chosen.size, name == "relaxing") for name in ("elastic", "relaxing")}
    parts = {name: (one.stack_mesh, one.materials, one.references) for name, one in stages.items()}
    small = SmallDeflectionSolid(*parts["elastic"])
    relaxing = SmallDeflectionInTime(*parts["relaxing"])
    unknowns = 3 * small.space.dofmap.index_map.size_global
    print(f"{unknowns} unknowns")

    def step(kelvin: float) -> None:
        relaxing.advance(kelvin, SECONDS)
        relaxing.accept()

    times = seconds(small.solve, chosen.increments), seconds(step, chosen.increments)
    print(f"small deflection: {times[0]:.3f} s elastic, {times[1]:.3f} s relaxing: {times[1] / times[0]:.2f} times")
    bytes_of = relaxing.memory.values.nbytes / unknowns
    print(f"remembered: {bytes_of:.0f} bytes per unknown of the panel, half of whose cells relax")
    small.destroy()
    relaxing.destroy()
    large, slow = LargeDeflectionSolid(*parts["elastic"]), LargeDeflectionInTime(*parts["relaxing"])

    def follow(kelvin: float) -> None:
        slow.follow(slow.load_after(kelvin, SECONDS))
        slow.accept()

    times = (
        seconds(lambda kelvin: large.follow(large.load_at(kelvin)), chosen.increments),
        seconds(follow, chosen.increments),
    )
    print(f"large deflection: {times[0]:.3f} s elastic, {times[1]:.3f} s relaxing: {times[1] / times[0]:.2f} times")


if __name__ == "__main__":
    main()
