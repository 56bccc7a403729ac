"""What a material does: modulus at several rates, expansion, master curve, shift, cure, creep, each if it has them."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from solver.arrays import Array
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.cure import Cure
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws.degree import course
from solver.report.pictures import style
from solver.units import ZERO_CELSIUS, to_celsius

_HERTZ = (0.01, 1.0, 100.0)  # of an oscillation
_CURES = (100.0, 125.0, 150.0, 175.0)  # degC
_STRESS = np.logspace(0.0, 2.0, 80)  # MPa
_CREEPS = (25.0, 75.0, 125.0)  # degC
_SECONDS = np.logspace(0.0, 4.5, 200)
_TITLE = 90  # characters of a line of the title
_HEIGHT = 6.4  # inch of a row of panels
_DEEP = 0.2  # of the largest modulus: a fall that is drawn by its logarithm
_COLDEST, _HOTTEST = 233.15, 533.15  # K, where nothing is said

Panel = Callable[[Axes], None]


def draw(material: Homogeneous, path: Path) -> Path:
    """Write the picture.

    Args:
        material: of the library or of a case.
        path: the PNG.
    """
    chosen = _panels(material)
    columns = min(2, len(chosen))
    rows = -(-len(chosen) // columns)
    with style.picture(path, _HEIGHT * rows + 0.6) as fig:
        fig.suptitle(textwrap.fill(f"{material.name}: {material.title}", _TITLE))
        grid = fig.subplots(rows, columns, squeeze=False).ravel()
        for axes, panel in zip(grid, chosen, strict=False):
            panel(axes)
            axes.grid(alpha=0.3)
            if axes.get_legend_handles_labels()[1]:
                axes.legend(framealpha=0.9)
        for axes in grid[len(chosen) :]:
            axes.set_visible(False)
    return path


def _panels(material: Homogeneous) -> list[Panel]:
    memory = material.inelastic or Inelastic()
    chosen: list[Panel] = []
    if material.has("youngs_modulus"):
        chosen.append(lambda axes: _modulus(axes, material))
    if material.has("thermal_expansion"):
        chosen.append(lambda axes: _expansion(axes, material))
    if memory.viscoelastic is not None and material.has("youngs_modulus"):
        chosen.append(lambda axes: _master(axes, material))
        if memory.viscoelastic.shift is not None:
            chosen.append(lambda axes: _shift(axes, material))
    cure = memory.cure
    if cure is not None:
        chosen.append(lambda axes: _degree(axes, cure))
        if cure.glass_transition is not None:
            chosen.append(lambda axes: _glass(axes, cure))
    if memory.creep is not None:
        chosen.append(lambda axes: _creep(axes, memory))
    return chosen


def storage(material: Homogeneous, hertz: Array, kelvin: Array) -> Array:
    """Complex Young's modulus (Pa) of an oscillation, of frequencies and temperatures (K) of one shape.

    9 K G / (3 K + G) of the complex moduli (J. D. Ferry, Viscoelastic Properties of Polymers, 3rd ed., ch. 1); without
    branches, and of an orthotropic material along x, the elastic one.
    """
    youngs = material.curve("youngs_modulus")(kelvin)[..., 0]
    branches = None if material.inelastic is None else material.inelastic.viscoelastic
    if branches is None:
        return np.asarray(youngs + 0j)
    times = 2j * np.pi * np.asarray(hertz)[..., None] * np.exp(_log(branches, kelvin))[..., None] * branches.times
    lost = 1.0 / (1.0 + times)
    if branches.is_alike:
        return np.asarray(youngs * (1.0 - lost @ np.array(branches.shear)))
    poisson = material.curve("poisson_ratio")(kelvin)[..., 0]
    shear = youngs / 2.0 / (1.0 + poisson) * (1.0 - lost @ np.array(branches.shear))
    bulk = youngs / 3.0 / (1.0 - 2.0 * poisson) * (1.0 - lost @ np.array(branches.bulk))
    return np.asarray(9.0 * bulk * shear / (3.0 * bulk + shear))


def _log(branches: Viscoelastic, kelvin: Array) -> Array:
    return np.zeros_like(kelvin) if branches.shift is None else branches.shift.log(kelvin)


def _range(material: Homogeneous, *keys: str) -> Array:
    """Temperatures (K) of the data."""
    low, high = material.valid_range(keys)
    return np.linspace(
        max(low, _COLDEST) if np.isfinite(low) else _COLDEST, high if np.isfinite(high) else _HOTTEST, 400
    )


def _modulus(axes: Axes, material: Homogeneous) -> None:
    kelvin = _range(material, "youngs_modulus", "viscoelastic")
    relaxes = material.inelastic is not None and material.inelastic.viscoelastic is not None
    for hertz in _HERTZ if relaxes else (1.0,):
        values = storage(material, np.full_like(kelvin, hertz), kelvin).real
        axes.plot(kelvin - ZERO_CELSIUS, values / 1e9, lw=2.0, label=f"{hertz:g} Hz" if relaxes else None)
    axes.set(xlabel="temperature (degC)", ylabel="storage modulus (GPa)" if relaxes else "Young's modulus (GPa)")
    axes.set(title="Modulus over temperature" + (", at several rates" if relaxes else ""))
    if material.curve("youngs_modulus").value.min() < _DEEP * material.curve("youngs_modulus").value.max() or relaxes:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0.0)


def _expansion(axes: Axes, material: Homogeneous) -> None:
    kelvin, curve = _range(material, "thermal_expansion"), material.curve("thermal_expansion")
    for axis, values in zip("xyz" if curve.components > 1 else " ", curve(kelvin).T, strict=True):
        axes.plot(kelvin - ZERO_CELSIUS, 1e6 * values, lw=2.0, label=axis.strip() or None)
    axes.set(xlabel="temperature (degC)", ylabel="coefficient (ppm/K)", title="Thermal expansion, tangent")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))


def _master(axes: Axes, material: Homogeneous) -> None:
    memory = material.inelastic
    assert memory is not None and memory.viscoelastic is not None
    branches = memory.viscoelastic
    knots = () if branches.shift is None else branches.shift.knots
    reference = float(knots[len(knots) // 2]) if knots else material.glass_transition or ZERO_CELSIUS + 25.0
    hertz = np.geomspace(1e-2 / branches.times[-1], 10.0 / branches.times[0], 300)
    values = storage(material, hertz, np.full_like(hertz, reference))
    axes.loglog(hertz, values.real / 1e9, lw=2.0, label="storage")
    axes.loglog(hertz, values.imag / 1e9, lw=2.0, label="loss")
    title = f"Master curve at {to_celsius(reference):.4g} degC, {len(branches.times)} branches"
    axes.set(xlabel="frequency (Hz)", ylabel="modulus (GPa)", title=title)


def _shift(axes: Axes, material: Homogeneous) -> None:
    memory = material.inelastic
    assert memory is not None and memory.viscoelastic is not None
    kelvin = _range(material, "youngs_modulus", "viscoelastic")
    axes.plot(kelvin - ZERO_CELSIUS, _log(memory.viscoelastic, kelvin) / np.log(10.0), lw=2.0)
    axes.axhline(0.0, color=style.GREY, lw=1.0)
    axes.set(
        xlabel="temperature (degC)", ylabel="log10 of a_T", title="Shift of the times of relaxation", ylim=(None, 20.0)
    )


def _degree(axes: Axes, cure: Cure) -> None:
    for celsius in _CURES:
        kelvin = np.array([celsius + ZERO_CELSIUS])
        whole = course(cure.kinetics, np.array([cure.initial]), kelvin, kelvin, float(_SECONDS[-1]))
        axes.semilogx(_SECONDS, whole(_SECONDS[None] / _SECONDS[-1])[0], lw=2.0, label=f"{celsius:g} degC")
    axes.axhline(cure.gel, color=style.GREY, linestyle="--", lw=1.2, label="gel")
    axes.set(xlabel="time (s)", ylabel="degree of cure", title="Cure at fixed temperatures", ylim=(0.0, 1.02))


def _glass(axes: Axes, cure: Cure) -> None:
    degree = np.linspace(0.0, 1.0, 200)
    assert cure.glass_transition is not None
    axes.plot(degree, cure.glass_transition(degree) - ZERO_CELSIUS, lw=2.0)
    axes.axvline(cure.gel, color=style.GREY, linestyle="--", lw=1.2, label="gel")
    axes.set(xlabel="degree of cure", ylabel="glass transition (degC)", title="Glass transition over cure")


def _creep(axes: Axes, memory: Inelastic) -> None:
    assert memory.creep is not None
    for celsius in _CREEPS:
        total = np.zeros_like(_STRESS)
        for term in memory.creep.terms:
            size = 1e6 * _STRESS * term.scale
            base = np.sinh(np.minimum(size, 100.0)) if term.is_sinh else size
            total += np.exp(term.log_a - term.activation / (celsius + ZERO_CELSIUS)) * base**term.exponent
        axes.loglog(_STRESS, total, lw=2.0, label=f"{celsius:g} degC")
    axes.set(xlabel="stress (MPa)", ylabel="strain per second (1/s)", title="Rate of steady creep")
