"""Measurements of a moulding compound that does not exist: a known answer with noise, for the fits.

`python -m tests.synthetic_compound` writes them into `cases/fitted_compound`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

GAS = 8.314462618
KELVIN = 273.15
FOLDER = Path(__file__).parents[1] / "cases" / "fitted_compound"
REMARK = "# Synthetic: made by tests/synthetic_compound.py from a known answer with noise. Not a measurement.\n"

YOUNGS, REST = 22e9, 0.05  # Pa; part that never relaxes
TIMES = 10.0 ** np.arange(-7.0, 7.5, 0.5)  # s at 160 degC
WEIGHTS = np.exp(-0.5 * (np.log10(TIMES) / 2.0) ** 2)
WEIGHTS *= (1.0 - REST) / WEIGHTS.sum()
WLF = dict(reference=160.0 + KELVIN, c1=12.0, c2=60.0)
ENERGY = 250e3  # J/mol, below 160 degC
KAMAL = dict(a1=1.0e4, e1=70e3, a2=2.0e6, e2=70e3, m=0.9, n=1.3)
EXPANSION, GLASS, BEND = (8e-6, 30e-6), 165.0 + KELVIN, 6.0
DIBENEDETTO = dict(uncured=-20.0 + KELVIN, cured=165.0 + KELVIN, factor=0.4)
HEAT, BASE = 45e3, (50.0, 0.1)  # J/kg; W/kg and W/kg/K


def wlf(kelvin: np.ndarray, reference: float, c1: float, c2: float) -> np.ndarray:
    return -c1 * (kelvin - reference) / (c2 + kelvin - reference)


def log_shift(kelvin: np.ndarray) -> np.ndarray:
    """log10 a_T: Williams, Landel and Ferry above 160 degC, Arrhenius below."""
    cold = ENERGY / GAS / np.log(10.0) * (1.0 / kelvin - 1.0 / WLF["reference"])
    return np.where(kelvin > WLF["reference"], wlf(np.maximum(kelvin, WLF["reference"]), **WLF), cold)


def moduli(omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Storage and loss (Pa) at reduced angular frequencies."""
    wave = omega[:, None] * TIMES
    parts = WEIGHTS / (1.0 + wave**2)
    return YOUNGS * (REST + (parts * wave**2).sum(axis=1)), YOUNGS * (parts * wave).sum(axis=1)


def relaxation(time: np.ndarray) -> np.ndarray:
    """E (Pa) after reduced times."""
    return YOUNGS * (REST + np.exp(-time[:, None] / TIMES) @ WEIGHTS)


def dma(
    celsius: np.ndarray, hertz: np.ndarray, noise: float, shift: Callable[[np.ndarray], np.ndarray] = log_shift
) -> str:
    """Isotherms over frequency, each value with so much noise."""
    rng = np.random.default_rng(1)
    rows = [f"{REMARK}temperature (degC),frequency (Hz),storage modulus (MPa),loss modulus (MPa)"]
    for temperature in celsius:
        omega = 2.0 * np.pi * hertz * 10.0 ** shift(np.array(temperature + KELVIN))
        both = np.stack(moduli(omega)) * (1.0 + noise * rng.standard_normal((2, len(hertz))))
        rows += [f"{temperature:g},{f:.4g},{s:.5g},{x:.5g}" for f, s, x in zip(hertz, *(1e-6 * both), strict=True)]
    return "\n".join(rows) + "\n"


def tma(noise: float = 2e-6) -> str:
    """Change of length of a sample of 5 mm."""
    t = np.arange(30.0, 261.0)
    below, above = EXPANSION
    bend = BEND * np.logaddexp(0.0, (t + KELVIN - GLASS) / BEND)
    strain = below * (t + KELVIN - GLASS) + (above - below) * bend
    strain += noise * np.random.default_rng(2).standard_normal(len(t))
    rows = [f"{REMARK}temperature (degC),dimension change (um),sample length (mm)"]
    return "\n".join([*rows, *(f"{a:g},{5e3 * b:.4f},5" for a, b in zip(t, strain, strict=True))]) + "\n"


def rate(degree: np.ndarray, kelvin: np.ndarray) -> np.ndarray:
    """Of cure (1/s)."""
    k = KAMAL
    k1, k2 = (k[f"a{i}"] * np.exp(-k[f"e{i}"] / GAS / kelvin) for i in (1, 2))
    return (k1 + k2 * np.maximum(degree, 0.0) ** k["m"]) * np.maximum(1.0 - degree, 0.0) ** k["n"]


def dsc(per_minute: tuple[float, ...] = (2.0, 5.0, 10.0), noise: float = 2e-3) -> str:
    """Heat flow of runs from 25 to 330 degC."""
    rng = np.random.default_rng(3)
    rows = [f"{REMARK}temperature (degC),heating rate (K/min),heat flow (W/g)"]
    for ramp in per_minute:
        kelvin = np.arange(25.0, 330.5) + KELVIN
        time = (kelvin - kelvin[0]) / ramp * 60.0
        course = lambda t, y, ramp=ramp, start=kelvin[0]: rate(y, start + ramp / 60.0 * t)  # noqa: E731
        degree = solve_ivp(course, (0.0, time[-1]), [0.0], "Radau", t_eval=time, rtol=1e-8, atol=1e-10).y[0]
        flow = HEAT * rate(degree, kelvin)
        flow += noise * flow.max() * rng.standard_normal(len(flow)) + BASE[0] + BASE[1] * (kelvin - 300.0)
        rows += [f"{a - KELVIN:.0f},{ramp:g},{1e-3 * b:.6f}" for a, b in zip(kelvin, flow, strict=True)]
    return "\n".join(rows) + "\n"


def glass(noise: float = 0.5) -> str:
    """Glass transition of samples that were taken out at some degree of cure."""
    degree = np.array([0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97])
    d = DIBENEDETTO
    part = d["factor"] * degree / (1.0 - (1.0 - d["factor"]) * degree)
    kelvin = d["uncured"] + (d["cured"] - d["uncured"]) * part
    kelvin += noise * np.random.default_rng(4).standard_normal(len(degree))
    rows = [f"{REMARK}degree of cure (%),glass transition (degC)"]
    return "\n".join([*rows, *(f"{100 * a:g},{b - KELVIN:.2f}" for a, b in zip(degree, kelvin, strict=True))]) + "\n"


def files() -> dict[str, str]:
    """Name -> text of the sample."""
    isotherms = dma(np.arange(100.0, 231.0, 10.0), np.geomspace(0.1, 100.0, 10), 0.01)
    return {"dma.csv": isotherms, "tma.csv": tma(), "dsc.csv": dsc(), "tg_over_cure.csv": glass()}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
