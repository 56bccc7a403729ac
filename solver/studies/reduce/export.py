"""Files of a reduced model: `.npz` and `.mat` state space, SPICE netlists, JSON of the network and of what is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from solver.files import whole, write_text
from solver.output.summary import plain
from solver.studies.reduce.model import ReducedModel
from solver.studies.reduce.network import Fit, Network
from solver.studies.reduce.reduction import Reduced
from solver.studies.reduce.spice import netlist, network_netlist
from solver.units import to_celsius

FOLDER = "reduced"
CONVENTION = (
    "C dx/dt + (K + sum_i h_i M_i) x = B p + sum_i h_i F_i (T_i - T_0), y = T_0 + L x; p in W, h in W/m^2/K, "
    "T in degC; A, B, C, D: dx/dt = A x + B u, y - T_0 = C x + D u with u = [p; T_i - T_0] at the film coefficients of "
    "the case"
)


def write(found: Reduced, case: str, run: dict[str, Any], warnings: list[str], folder: Path) -> dict[str, Any]:
    """Write all files; returns what `reduced.json` holds."""
    with whole(folder / "reduced.npz") as beside:
        found.model.save(beside)
    with whole(folder / "reduced.mat") as beside:
        savemat(beside, _matlab(found.model), do_compression=True)
    write_text(folder / "reduced.cir", netlist(found.model))
    if found.network is not None:
        text = json.dumps(plain(_network(found.network, found.model)), indent=2)
        write_text(folder / "network.json", text + "\n")
        write_text(folder / "network.cir", network_netlist(found.network, found.model.title))
    known = {**summary(found, case, warnings), "run": run}
    write_text(folder / "reduced.json", json.dumps(plain(known), indent=2) + "\n")
    return known


def summary(found: Reduced, case: str, warnings: list[str]) -> dict[str, Any]:
    """What is known of the model; keys carry their unit."""
    model, growth, step = found.model, found.growth, found.step
    films = zip(model.films, model.ranges, model.film_coefficients, model.ambient_degc, model.areas, strict=True)
    powers = zip(model.inputs, model.powers, strict=True)
    return {
        "case": case,
        "title": model.title,
        "order": model.order,
        "unknowns": found.unknowns,
        "tolerance": model.tolerance,
        "tolerance_reached": growth.reached,
        "candidate_error": growth.candidate_error,
        "held_out_error": max(visit.error for visit in growth.held_out),
        "held_out": [_visit(visit, model) for visit in growth.held_out],
        "growth": [_visit(visit, model) for visit in growth.visits],
        "step_error": step.error,
        "step": {
            "film_w_per_m2_k": dict(zip(model.films, step.films, strict=True)),
            "start_degc": step.start_degc,
            "time_s": step.times,
            "error": step.errors,
            "full_degc": dict(zip(model.output_names, step.full.T, strict=True)),
            "reduced_degc": dict(zip(model.output_names, step.reduced.T, strict=True)),
        },
        "shortest_time_s": model.shortest_time,
        "resolved_from_s": found.resolved_from,
        "longest_time_constant_s": float(model.modes(model.film_coefficients).times.max()),
        "linear_at_degc": to_celsius(found.temperature),
        "nonlinear": list(found.nonlinear),
        "as_it_stands": {
            "full_degc": found.nominal,
            "reduced_degc": model.steady(),
            "error": found.nominal_error,
        },
        "inputs": [{"name": name, "power_w": power} for name, power in powers],
        "films": [
            {
                "name": name,
                "range_w_per_m2_k": span,
                "film_w_per_m2_k": h,
                "ambient_degc": ambient,
                "area_mm2": 1e6 * area,
            }
            for name, span, h, ambient, area in films
        ],
        "outputs": list(model.output_names),
        "hottest_points_mm": found.points_mm,
        "network": None if found.network is None else _fits(found.network),
        "convention": CONVENTION,
        "warnings": warnings,
    }


def _visit(visit: Any, model: ReducedModel) -> dict[str, Any]:
    return {
        "film_w_per_m2_k": dict(zip(model.films, visit.point.films, strict=True)),
        "rate_per_s": visit.point.rate,
        "order": visit.order,
        "error": visit.error,
    }


def _matlab(model: ReducedModel) -> dict[str, Any]:
    a, b, c, d = model.state_space()

    def labels(names: tuple[str, ...]) -> NDArray[np.object_]:
        return np.array(names, dtype=object)

    return {
        "A": a,
        "B": b,
        "C": c,
        "D": d,
        "capacity": model.capacity,
        "conduction": model.conduction,
        "exchange": np.moveaxis(model.exchange, 0, -1),
        "loads": model.loads,
        "film_loads": model.film_loads,
        "outputs": model.outputs,
        "uniform": model.uniform,
        "reference_degc": model.reference_degc,
        "inputs": labels(model.inputs),
        "films": labels(model.films),
        "output_names": labels(model.output_names),
        "areas_m2": model.areas,
        "powers_w": model.powers,
        "film_coefficients_w_per_m2_k": model.film_coefficients,
        "ambient_degc": model.ambient_degc,
        "ranges_w_per_m2_k": model.ranges,
        "convention": CONVENTION,
        "title": model.title,
    }


def _network(found: Network, model: ReducedModel) -> dict[str, Any]:
    nodes = found.nodes
    order = np.argsort(-found.conductances)
    return {
        "title": model.title,
        "nodes": [
            {"name": node.name, "kind": "junction", "temperature": node.output}
            if node.film is None
            else {
                "name": node.name,
                "kind": "face",
                "film": model.films[node.film],
                "temperature": node.output,
                "area_mm2": 1e6 * node.area,
            }
            for node in nodes
        ],
        "resistors": [
            {"between": [nodes[place].name for place in found.pairs[one]], "k_per_w": 1.0 / found.conductances[one]}
            for one in order
        ],
        "films_w_per_m2_k": dict(zip(model.films, model.ranges, strict=True)),
        "fit": _fits(found),
    }


def _fits(found: Network) -> dict[str, Any]:
    return {"training": _fit(found.training), "held_out": _fit(found.held_out)}


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "sets": fit.sets,
        "junction_error_max": fit.junction_max,
        "junction_error_mean": fit.junction_mean,
        "heat_error_max": fit.heat_max,
    }
