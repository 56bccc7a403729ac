"""Point updates of the laws: how many a second on one core, in C and in the twin in NumPy.

./planish exec python3 -m benchmarks.laws
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from solver.arrays import Array
from solver.materials import resolve
from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.shift import Arrhenius, Wlf, WlfArrhenius
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws import maxwell
from solver.materials.laws.response import MaterialLaw
from solver.materials.laws.smeared import SmearedRelaxing, smeared, smeared_in_numpy
from solver.materials.laws.table import law_of
from solver.materials.laws.viscoelastic import Relaxing
from solver.materials.mix.spec import MixSpec

BRANCHES = 10
SIZES = (2_000, 3_456, 200_000)  # in the caches, as many as a solid asks at a time, and beyond the caches
_REPEATS = 30
_GLASS = 433.15  # K


def relaxing() -> Relaxing:
    """A compound of ten branches, a decade apart."""
    shift = WlfArrhenius(Wlf(_GLASS, 12.0, 60.0), Arrhenius(_GLASS, 250e3))
    times = tuple(10.0**decade for decade in range(-3, BRANCHES - 3))
    branches = Viscoelastic(times, (0.9 / BRANCHES,) * BRANCHES, (0.5 / BRANCHES,) * BRANCHES, shift)
    constants = {"youngs_modulus": 22e9, "poisson_ratio": 0.3, "thermal_expansion": 10e-6}
    curves = {key: Curve.constant(value) for key, value in constants.items()}
    return Relaxing(Homogeneous("compound", curves, inelastic=Inelastic(viscoelastic=branches)), _GLASS)


def rate(update: Callable[[], object], points: int) -> float:
    """Updates a second of processor time (1/s): the best of a few."""
    best = np.inf
    for _ in range(_REPEATS):
        start = time.process_time()
        update()
        best = min(best, time.process_time() - start)
    return points / best


def states(law: MaterialLaw, points: int) -> tuple[Array, Array]:
    """Strains and what is remembered, of any size."""
    random = np.random.default_rng(1)
    return 1e-3 * random.normal(size=(points, 6)), 1e-3 * random.normal(size=(points, law.memory))


def mixture() -> SmearedRelaxing:
    """Copper lines in a compound that relaxes."""
    spec = MixSpec(mix="laminate", metal="copper", dielectric="emc-granular-relaxing", metal_fraction=0.35)
    law = law_of(resolve(spec), _GLASS)
    assert isinstance(law, SmearedRelaxing)
    return law


def metals() -> None:
    """Print a line for each metal of the library and each size: the whole answer, over an increment that warms."""
    room = np.array([300.0])
    for name in ("copper-plated-yielding", "sac387-creep", "sac305-anand"):
        law = law_of(resolve(name), 300.0)
        for points in SIZES:
            random = np.random.default_rng(1)
            first = 1e-3 * random.normal(size=(points, 6))
            old = law.respond(first, room, room, 10.0, law.initial(points)).new
            strain = first + 1e-4 * random.normal(size=(points, 6))
            found = rate(partial(law.respond, strain, room + 5.0, room, 10.0, old), points)
            print(f"{name}, {points} points: {found / 1e6:.2f} M/s")


def main() -> None:
    """Print a line for each size, then what coefficients of an increment cost."""
    law, room = relaxing(), np.array([420.0])
    by = law.coefficients(room, room + 3.0, 60.0)
    for points in SIZES:
        strain, old = states(law, points)
        for name, function in (("C", maxwell.relaxed), ("NumPy", maxwell.relaxed_in_numpy)):
            found = rate(partial(function, by, strain, old), points)
            print(f"{BRANCHES} branches, {points} points, {name}: {found / 1e6:.2f} M/s")
    mixed = mixture()
    through = mixed.increment(room, room + 3.0, 60.0)
    for points in SIZES[:2]:
        strain, old = states(mixed, points)
        for name, update in (("C", smeared), ("NumPy", smeared_in_numpy)):
            found = rate(partial(update, through, strain, old), points)
            print(f"mixture of {through.left.shape[1]} branches, {points} points, {name}: {found / 1e6:.2f} M/s")
    metals()
    several = np.linspace(400.0, 450.0, 2_000)
    found = rate(lambda: law.coefficients(several, several + 3.0, 60.0), len(several))
    print(f"{BRANCHES} branches, coefficients where each point has a temperature of its own: {found / 1e6:.3f} M/s")


if __name__ == "__main__":
    main()
