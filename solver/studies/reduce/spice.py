"""Netlists: temperatures are voltages (degC), heat flows are currents (W).

Only R, C, G, E, F and V elements and subcircuit parameters are used, which ngspice, LTspice and PSpice share.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from solver.arrays import Array
from solver.slug import slug
from solver.studies.reduce.model import ReducedModel
from solver.studies.reduce.network import Network

_DIGITS = 15


def netlist(model: ReducedModel) -> str:
    """The reduced model as a subcircuit, with a parameter for each film coefficient.

    States are nodes with a capacitor each; conduction and films are voltage-controlled current sources. A pin `p_...`
    takes power as a current, and its voltage is the mean temperature of where that goes in; a pin `a_...` is tied to
    the temperature behind a film, and what leaves through the film comes out of it; a pin `t_...` is to be read.
    """
    return "\n".join(_lines(model)) + "\n"


def network_netlist(found: Network, title: str) -> str:
    """The network as a subcircuit of resistors; a pin for each node."""
    pins = [f"n_{name}" for name in spellings([node.name for node in found.nodes])]
    lines = [
        f"* {title}: network of thermal resistances (K/W)",
        "* junctions take power as a current (W); a face of area A is joined to its surroundings by 1/(h A)",
        *(f"*   {pin}: area {node.area:.6g} m2" for pin, node in zip(pins, found.nodes, strict=True) if node.area),
        f".subckt package_network {' '.join(pins)}",
    ]
    for number, ((a, b), g) in enumerate(zip(found.pairs, found.conductances, strict=True), start=1):
        lines.append(f"R{number} {pins[a]} {pins[b]} {_value(1.0 / g)}")
    return "\n".join([*lines, ".ends package_network"]) + "\n"


def spellings(names: Sequence[str]) -> list[str]:
    """Names as nodes may be called: letters, digits and underscores, each once."""
    found: list[str] = []
    for name in names:
        plain = slug(name, "_") or "part"
        number = 2
        while (one := plain if number == 2 else f"{plain}_{number - 1}") in found:
            number += 1
        found.append(one)
    return found


def _lines(model: ReducedModel) -> Iterator[str]:
    powers, films, outputs = (spellings(names) for names in (model.inputs, model.films, model.output_names))
    pins = [*(f"p_{one}" for one in powers), *(f"a_{one}" for one in films), *(f"t_{one}" for one in outputs)]
    values = [f"h_{one}={_value(h)}" for one, h in zip(films, model.film_coefficients, strict=True)]
    yield f"* {model.title}: reduced thermal model of {model.order} states"
    yield "* voltages are degC, currents are W, h_... are film coefficients in W/m2/K"
    for name, low, high in zip(films, *model.ranges.T, strict=True):
        yield f"*   h_{name}: made for {low:.6g} to {high:.6g}"
    yield f".subckt package {' '.join(pins)} params: {' '.join(values)}"
    reference = "0"
    if model.reference_degc:
        reference = "ref"
        yield f"Vref ref 0 {_value(model.reference_degc)}"
    yield from _states(model, films)
    for index, name in enumerate(powers):
        yield from _power(model, index, f"p_{name}", reference)
    for index, name in enumerate(films):
        yield from _ambient(model, index, name, reference)
    for index, name in enumerate(outputs):
        yield from _sum(f"o{index}", model.outputs[index])
        yield f"Eo{index} t_{name} {reference} o{index} 0 1"
    yield ".ends package"


def _states(model: ReducedModel, films: Sequence[str]) -> Iterator[str]:
    """(C d/dt + K + sum h M) x; C is diagonal."""
    for k in range(model.order):
        if model.capacity[k, k] > 0.0:
            yield f"C{k} x{k} 0 {_value(model.capacity[k, k])}"
        for j in range(model.order):
            parts = [f"{_value(m[k, j])}*h_{name}" for name, m in zip(films, model.exchange, strict=True)]
            yield f"Gk{k}_{j} x{k} 0 x{j} 0 {{{_signed([_value(model.conduction[k, j]), *parts])}}}"


def _power(model: ReducedModel, index: int, pin: str, reference: str) -> Iterator[str]:
    """A port: what flows in drives the states, and its voltage is their mean with the same weights."""
    yield from _sum(f"s{index}", model.loads[:, index])
    yield f"Vp{index} {pin} i{index} 0"
    yield f"Ep{index} i{index} {reference} s{index} 0 1"
    for k, gain in enumerate(model.loads[:, index]):
        yield f"Fp{index}_{k} 0 x{k} Vp{index} {_value(gain)}"


def _ambient(model: ReducedModel, index: int, name: str, reference: str) -> Iterator[str]:
    """A port: the film from the face to what is behind it."""
    pin = f"a_{name}"
    yield f"Ga{index} {pin} {reference} {pin} {reference} {{{_value(model.areas[index])}*h_{name}}}"
    for k, gain in enumerate(model.film_loads[:, index]):
        yield f"Gf{index}_{k} 0 x{k} {pin} {reference} {{{_value(gain)}*h_{name}}}"
        yield f"Gq{index}_{k} {reference} {pin} x{k} 0 {{{_value(gain)}*h_{name}}}"


def _sum(node: str, weights: Array) -> Iterator[str]:
    """A node whose voltage is a sum of states."""
    yield f"R{node} {node} 0 1"
    for k, weight in enumerate(weights):
        yield f"G{node}_{k} 0 {node} x{k} 0 {_value(weight)}"


def _signed(terms: Sequence[str]) -> str:
    return "+".join(terms).replace("+-", "-")


def _value(number: float) -> str:
    return f"{np.float64(number):.{_DIGITS}g}"
