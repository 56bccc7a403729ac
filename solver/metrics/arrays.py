"""Arrays of vias, bumps and traces of a case as one material each: `arrays` of the summary."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.layout.density import Density
from solver.layout.plating import nonuniformity
from solver.materials import library
from solver.materials.cell.spec import CellSpec
from solver.materials.curve import ROOM
from solver.materials.mix.spec import MixSpec
from solver.stackup.smear import Smeared, is_small, obstacle
from solver.stackup.stack import StackUp
from solver.units import in_percent

_LOST, _THICK = 1e-3, 2.5  # of the metal, and times the layer: what is told


def arrays(loaded: LoadedCase) -> list[dict[str, Any]]:
    """One entry per array, written as a unit cell or smeared out: its metal fraction and what it is at 25 degC."""
    found = []
    for layer in loaded.stack.layers:
        found.append(_entry(loaded, layer.name, None, layer.material, None))
        found += [_entry(loaded, layer.name, part.name, part.material, part.smeared) for part in layer.regions]
    return [entry for entry in found if entry is not None]


def copper_maps(loaded: LoadedCase) -> list[dict[str, Any]]:
    """One entry per layer with a copper map: what its windows hold."""
    return [
        {
            "layer": layer.name,
            "file": str(layer.copper.spec.file),
            "windows": list(layer.copper.fraction.shape[::-1]),
            "mean_metal_fraction": layer.material.metal_fraction,
            "min_metal_fraction": float(layer.copper.fraction.min()),
            "max_metal_fraction": float(layer.copper.fraction.max()),
        }
        | _plated(layer.copper, layer.thickness)
        for layer in loaded.stack.layers
        if layer.copper is not None and isinstance(layer.material, MixSpec)
    ]


def _plated(copper: Density, thickness: float) -> dict[str, Any]:
    """Thickness of plated metal, weighed by the metal: nothing of metal as thick as its layer."""
    if copper.thickness is None or copper.pattern is None or not copper.pattern.any():
        return {}
    found = nonuniformity(copper.thickness, copper.pattern)
    sizes = {f"{key}_um": 1e6 * thickness * found.pop(key) for key in ("thinnest", "thickest", "mean")}
    return {"plating": sizes | found}


def uneven_plating(stack: StackUp) -> Iterator[str]:
    """Maps whose plating goes beyond what its rule and the layer bear, a line each."""
    for layer in stack.layers:
        copper = layer.copper
        if copper is None or copper.thickness is None or copper.pattern is None:
            continue
        metal = copper.pattern > 0
        lost = float((np.maximum(copper.pattern * copper.thickness - 1.0, 0.0)).sum())
        if lost > _LOST * copper.pattern.sum():
            part = in_percent(lost / float(copper.pattern.sum()))
            yield f"plating of '{layer.name}': {part} of the metal has no room in the layer; make it thicker"
        most = float(copper.thickness[metal].max(initial=0.0))
        if most > _THICK:
            yield (
                f"plating of '{layer.name}': {most:.3g} times as thick as the layer where the pattern is sparse: "
                f"beyond what a power of the density was fitted to; give a table, or a larger `window`"
            )


def kept_explicit(loaded: LoadedCase) -> Iterator[str]:
    """Arrays below `mesh.homogenise_below` that are meshed all the same, and why, in words."""
    below = loaded.case.mesh.homogenise_below
    for layer, placed in zip(loaded.case.geometry.layers, loaded.stack.layers, strict=True):
        parts = {part.name: part for part in placed.regions}
        for region, part in ((region, parts[region.name]) for region in layer.regions):
            why = obstacle(layer, region)
            drawn = part.smeared is None and (part.parts is None or part.parts.drawn)
            if why is not None and drawn and is_small(region, len(part.polygons), below):
                yield f"{layer.name}/{region.name}: {len(part.polygons)} parts are meshed one by one: {why}"


def ends_in_film(loaded: LoadedCase) -> Iterator[tuple[str, str, float]]:
    """Arrays at a face with a film: their place, the face, and film coefficient times pitch over k of the matrix."""
    case, stack = loaded.case, loaded.stack
    boundaries = case.thermal.boundaries if case.thermal else []
    films = {one.face: one.convection for one in boundaries if isinstance(one.convection, float)}
    for face, layer in (("bottom", stack.layers[0]), ("top", stack.layers[-1])):
        h = films.get(face, films.get(f"{layer.name}.{face}", 0.0))
        for name, choice in ((None, layer.material), *((part.name, part.material) for part in layer.regions)):
            if h and choice is not None and library.is_cell(choice, case.materials):
                spec = case.materials[choice] if isinstance(choice, str) else choice
                assert isinstance(spec, CellSpec)
                k = float(library.resolve(spec.matrix, case.materials).conductivity(ROOM)[0])
                yield layer.name if name is None else f"{layer.name}/{name}", face, h * max(spec.period) / k


def _entry(
    loaded: LoadedCase, layer: str, region: str | None, choice: MaterialChoice | None, smeared: Smeared | None
) -> dict[str, Any] | None:
    users = loaded.case.materials
    if choice is None or not library.is_cell(choice, users):
        return None
    spec = users[choice] if isinstance(choice, str) else choice
    assert isinstance(spec, CellSpec)
    material = library.resolve(choice, users)
    entry: dict[str, Any] = {
        "layer": layer,
        "region": region,
        "array": spec.words,
        "smeared": smeared is not None,
        "count": smeared.count if smeared is not None else None,
        "feature_um": 1e6 * smeared.feature if smeared is not None else None,
        "metal_fraction": spec.metal_fraction,
    }
    if material.has("thermal_conductivity"):
        entry["conductivity_w_per_m_k"] = material.conductivity(ROOM).tolist()
    if material.has("youngs_modulus"):
        youngs, poisson, shear = material.engineering_constants(ROOM)
        entry["youngs_modulus_gpa"] = (1e-9 * youngs).tolist()
        entry["poisson_ratio_xy_yz_zx"] = poisson.tolist()
        entry["shear_modulus_xy_yz_zx_gpa"] = (1e-9 * shear).tolist()
    if material.has("youngs_modulus") and material.has("thermal_expansion"):
        entry["expansion_ppm_per_k"] = (1e6 * material.mean_expansion(ROOM + 1.0, ROOM)).tolist()
    return entry
