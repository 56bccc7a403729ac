"""Mould in the streets between dies: how many cells of the solid it takes, and what decides it.

./planish exec python3 -m benchmarks.streets RECIPE [--cells STREET DIE ...] [--alike] ...

A recipe in time up to the moulded panel on few dies, a quarter of them: the plate, and the solid with the mesh of a
case file, with smaller and smaller cells at the edges of the dies. With `--cells` it has so many in a street and so
many in a die instead, whatever a case file can say; of three or more in a street those at the walls are a third as
long as the others. With `--alike` bulk and shear modulus of the mould relax alike: its Poisson ratio stays that of the
glass.
"""

import argparse
import time
from typing import Any

import numpy as np
import yaml

from meshes import tensor
from solver import solve
from solver.arrays import Array
from solver.materials import library
from tests.models.test_plate_recipes import recipe

_TAPE = "2 um"  # of `foplp_chip_first`
_STREET, _DIE, _MARGIN = 2e-3, 8e-3, 3.7e-3  # m: of all recipes, and cells beside the dies
_WALL = 1.0 / 3.0  # of the length of other cells in a street of three or more
_SIZES = ("0.9 mm", "0.4 mm", "0.2 mm")


def moulded(name: str, dies: tuple[int, int], tape: str, in_time: bool, alike: bool) -> dict[str, Any]:
    """The case up to the panel that has cooled on its carrier."""
    case = recipe(name, dies, tape if name == "foplp_chip_first" else None, in_time)
    steps = case["process"]["steps"]
    end = next(number for number, step in enumerate(steps) if step["name"] in ("moulded panel", "moulded wafer"))
    case["process"]["steps"] = steps[: end + 1]
    built = {part.split("/")[0] for step in steps[: end + 1] for part in step.get("build", [])}
    case["geometry"]["layers"] = [layer for layer in case["geometry"]["layers"] if layer["name"] in built]
    for layer in case["geometry"]["layers"] if alike else []:
        given = layer.get("material")
        if isinstance(given, str) and given.startswith("emc"):
            file = library.FOLDER / f"{given.replace('curing', 'relaxing')}.yaml"
            relaxes = yaml.safe_load(file.read_text(encoding="utf-8"))["viscoelastic"]
            case["materials"] = {"alike": {"base": given, "viscoelastic": relaxes | {"bulk": relaxes["shear"]}}}
            layer["material"] = "alike"
    return case


def cut(street: int, die: int) -> Any:
    """As of `meshes.tensor._cut`: so many cells in every street and die."""

    def lines(low: float, high: float, *_: Any) -> Array:
        length = high - low
        if np.isclose(length, _STREET):
            weights = np.ones(street)
            weights[[0, -1]] = _WALL if street > 2 else 1.0
        else:
            of_die = length * die / _DIE if np.isclose(length, _DIE) or np.isclose(length, _DIE / 2) else 0.0
            weights = np.ones(max(1, round(of_die or np.ceil(length / _MARGIN))))
        return np.asarray(low + length * np.concatenate([[0.0], np.cumsum(weights) / weights.sum()]))

    return lines


def measured(what: str, case: dict[str, Any]) -> None:
    """Solve and print the last step."""
    start = time.process_time()
    found = solve(case)
    last, seconds = found.steps[-1].metrics, time.process_time() - start
    shift, curvature = last["die_shift"]["max_shift_um"], last["curvature_x_per_m"]
    numbers = f"{curvature:+.5f} 1/m  {last['warpage_um']:8.2f} um  shift {shift:7.3f} um"
    print(f"{what:32s} {numbers}  {found.numbers.unknowns:7d} unknowns  {seconds:5.1f} s", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", choices=("foplp_rdl_first", "foplp_chip_first", "fowlp_wafer"))
    parser.add_argument("--dies", type=int, nargs=2, default=(3, 3))
    parser.add_argument("--tape", default=_TAPE, help="thickness of the tape of foplp_chip_first")
    parser.add_argument("--alike", action="store_true", help="bulk and shear modulus relax alike")
    parser.add_argument("--elastic", action="store_true", help="the recipe with elastic materials")
    parser.add_argument("--cells", type=int, nargs="+", help="in a street and in a die, for each mesh")
    parser.add_argument("--through", type=int, default=1, help="cells through the height of a layer")
    parser.add_argument("--film", help="material below the dies instead of that of the recipe")
    parser.add_argument("--tolerance", type=float, default=0.02, help="of the increments of time")
    chosen = parser.parse_args()
    case = moulded(chosen.recipe, tuple(chosen.dies), chosen.tape, not chosen.elastic, chosen.alike)
    case["analysis"], case["mesh"]["cells_per_layer"] = {"time_tolerance": chosen.tolerance}, chosen.through
    for layer in case["geometry"]["layers"] if chosen.film else []:
        if layer["name"] in ("adhesive", "tape"):
            layer["material"] = chosen.film
    measured("plate", case | {"analysis": case["analysis"] | {"model": "plate"}})
    if chosen.cells:
        for street, die in zip(chosen.cells[::2], chosen.cells[1::2], strict=True):
            tensor._cut = cut(street, die)
            measured(f"solid, {street} a street, {die} a die", case)
        return
    measured("solid, 4 mm", case)
    for size in _SIZES:
        mesh = case["mesh"] | {"edge_refinement": {"size": size, "distance": "4 mm"}}
        measured(f"solid, 4 mm, {size} at edges", case | {"mesh": mesh})


if __name__ == "__main__":
    main()
