#!/usr/bin/env python3
"""Write the library's entries `NAME-relaxing`: a spectrum from the modulus over temperature of an entry.

The table of Young's modulus over temperature is read as the storage modulus at 1 Hz. Up to 40 K below the glass
transition it is the instantaneous modulus. From there on, with a shift (typical, not measured), every temperature
stands for a frequency at the glass transition, and branches, one a decade, are fitted to it by non-negative least
squares. The bulk modulus keeps half of its value, and relaxes at the same times.

    ./planish exec python3 tools/relaxing_entries.py
"""

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parents[1]))

from solver.materials import resolve
from solver.materials.inelastic.shift import Arrhenius, Wlf, WlfArrhenius
from solver.materials.library import FOLDER

HERTZ, C1, C2, ENERGY, BULK = 1.0, 12.0, 60.0, 250e3, 0.5
RUBBER = 0.95  # of the modulus at the end of the table: what never relaxes
SMOOTH = 0.1  # weight of a bend of the spectrum, relative to the modulus there
BELOW = 40.0  # K below the glass transition, up to which the modulus is instantaneous
NAMES = (
    "emc-generic",
    "emc-granular",
    "emc-liquid",
    "emc-sheet",
    "underfill-capillary",
    "underfill-moulded",
    "abf",
    "abf-gl102",
    "adhesive-temporary",
)
_LEAST = 1e-3  # fraction below which a branch is dropped


SOURCE = (
    "Typical, not measured: E over temperature of {name}, read as the storage modulus at 1 Hz, and shift constants "
    "typical of epoxies give the spectrum, which follows the table to a third; the bulk modulus keeps half. Replace "
    "by a master curve of your grade"
)


def entry(name: str) -> str:
    """The YAML of one."""
    material = resolve(name)
    curve, glass = material.curve("youngs_modulus"), material.glass_transition
    poisson = float(material.curve("poisson_ratio").value[0, 0])
    start, end = glass - BELOW, curve.temperature[-1]
    kelvin = np.linspace(start, end, 95)
    storage = curve(kelvin)[:, 0]
    shear0, bulk0 = storage[0] / 2 / (1 + poisson), storage[0] / 3 / (1 - 2 * poisson)
    part = np.ones_like(storage)  # of the shear modulus, from E = 9 K G / (3 K + G)
    for _ in range(60):
        bulk = bulk0 * (1 - BULK * (1 - part) / (1 - part[-1])) if part[-1] < 1 else bulk0
        part = 3 * bulk * storage / (9 * bulk - storage) / shear0
    shift = WlfArrhenius(Wlf(glass, C1, C2), Arrhenius(glass, ENERGY))
    reduced = 2 * np.pi * HERTZ * np.exp(shift.log(kelvin))
    decades = np.arange(np.floor(-np.log10(reduced.max())), np.ceil(-np.log10(reduced.min())) + 1)
    times = 10.0**decades
    lost = 1.0 / (1.0 + np.outer(reduced, times) ** 2)
    weight = 1.0 / part
    rubber = RUBBER * part[-1]
    rows = np.vstack([lost * weight[:, None], np.full(len(times), 1.0 / rubber)])
    bend = (
        SMOOTH
        * np.diff(np.eye(len(times)), 2, axis=0)
        / np.interp(np.log(1.0 / times[1:-1]), np.log(reduced[::-1]), part[::-1])[:, None]
    )
    wanted = np.concatenate([(1.0 - part) * weight, [(1.0 - rubber) / rubber], np.zeros(len(bend))])
    fractions = nnls(np.vstack([rows, bend]), wanted)[0]
    kept = fractions > _LEAST * (1.0 if rubber > _LEAST else rubber)
    times, fractions = times[kept], fractions[kept] * (1.0 - rubber) / fractions[kept].sum()
    fractions = np.array([float(f"{g:.5f}") for g in fractions])
    ratio = BULK / fractions.sum()
    bulks = [float(f"{ratio * g:.5f}") for g in fractions]
    low, high = (round(one - 273.15) for one in (curve.temperature[0], end))
    knots = [*(float(one) for one in curve.temperature if one < start), float(start)]
    table = (
        ", ".join(f"{one - 273.15:g} degC" for one in knots),
        ", ".join(f"{curve(one)[0] / 1e9:.4g} GPa" for one in knots),
    )
    shift_words = f"wlf_arrhenius: {{reference: {glass - 273.15:g} degC, c1: {C1:g}, c2: {C2:g} K, "
    shift_words += f"activation_energy: {ENERGY / 1e3:g} kJ/mol}}"
    note = f"instantaneous: that of {name} up to {BELOW:g} K below its glass transition"
    return f"""title: "{material.title}; relaxing"
category: {"CATEGORY"}
base: {name}
youngs_modulus: {{temperature: [{table[0]}],
  value: [{table[1]}]}}
viscoelastic:
  times: [{", ".join(f"{t:.0e} s".replace("e+0", "e").replace("e-0", "e-").replace("e0 s", " s") for t in times)}]
  shear: [{", ".join(f"{g:g}" for g in fractions)}]
  bulk: [{", ".join(f"{k:g}" for k in bulks)}]
  shift: {{{shift_words}}}
sources:
  built: "{SOURCE.format(name=name)}"
provenance:
  youngs_modulus: {{source: built, valid: [{low} degC, {high} degC], note: "{note}"}}
  viscoelastic: {{source: built, valid: [{low} degC, {high} degC]}}
"""


def main() -> None:
    """Write them all."""
    from solver.materials.library import load

    for name in NAMES:
        text = entry(name).replace("CATEGORY", load(name).category)
        (FOLDER / f"{name}-relaxing.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
