"""The array of a case that is varied, and the changes of the case file that vary it."""

from dataclasses import dataclass, replace
from typing import Any

from solver.case.geometry import Layer, Region
from solver.case.loaded import LoadedCase
from solver.case.yaml_text import Loc
from solver.errors import CaseError
from solver.materials.cell.spec import ViaCell

_SMALLER_LARGER = (0.5, 0.7, 1.0, 1.4, 2.0)  # of the present value, where the case names none
_CLOSEST = 1.05  # pitch over diameter
_SOLID = 0.499  # wall over diameter from which on a barrel is taken as solid


@dataclass(frozen=True)
class ViaArray:
    """An array of round vias, as written.

    Attributes:
        layer, region: where it is; region is None for a whole layer.
        place: of the thing that describes it, in the case file: a region with a grid, or a unit cell.
        diameter, pitch: in m.
        plating: wall in m, None for solid vias.
        count: columns and rows, None for a unit cell, which fills its region.
    """

    layer: str
    region: str | None
    place: Loc
    diameter: float
    pitch: tuple[float, float]
    plating: float | None
    count: tuple[int, int] | None

    def __post_init__(self) -> None:
        """Lengths to a picometre, so that arrays reached on two ways are equal."""
        for key in ("diameter", "plating"):
            value = getattr(self, key)
            object.__setattr__(self, key, None if value is None else round(value, 12))
        object.__setattr__(self, "pitch", (round(self.pitch[0], 12), round(self.pitch[1], 12)))

    @property
    def block(self) -> str:
        """Name of its block of the mesh."""
        return self.layer if self.region is None else f"{self.layer}/{self.region}"

    def overrides(self) -> list[str]:
        """`PATH=VALUE` texts that make the case have this array, smeared out."""
        at = ".".join(map(str, self.place))
        if self.count is None:
            values = {"pitch": _lengths(self.pitch), "diameter": _length(self.diameter)}
            if self.plating is not None:
                values["plating"] = _length(self.plating)
            return [f"{at}.{key}={value}" for key, value in values.items()]
        shape = f"circle: {_length(self.diameter)}"
        if self.plating is not None:
            shape += f", bore: {_length(self.diameter - 2 * self.plating)}"
        values = {"shape": f"{{{shape}}}", "grid.pitch": _lengths(self.pitch), "grid.count": str(list(self.count))}
        smear = f"mesh.homogenise_below={_length(1.001 * self.diameter)}"
        return [*(f"{at}.{key}={value}" for key, value in values.items()), smear]

    def with_pitch(self, pitch: float) -> "ViaArray":
        """Another pitch along x over the same field."""
        ratio = self.pitch[1] / self.pitch[0]
        new = (pitch, pitch * ratio)
        if self.count is None:
            return replace(self, pitch=new)
        fit = [max(1, round(n * old / p)) for n, old, p in zip(self.count, self.pitch, new, strict=True)]
        # the pitch that fills the field with whole vias
        exact = [n * old / k for n, old, k in zip(self.count, self.pitch, fit, strict=True)]
        return replace(self, pitch=(exact[0], exact[1]), count=(fit[0], fit[1]))

    def with_plating(self, plating: float) -> "ViaArray":
        """Another wall; solid from half the diameter on."""
        solid = plating >= _SOLID * self.diameter and self.count is not None
        return replace(self, plating=None if solid else min(plating, _SOLID * self.diameter))

    @property
    def fits(self) -> bool:
        """False if the vias would touch, or their walls fill them."""
        walled = self.plating is None or 2 * self.plating < self.diameter
        return walled and min(self.pitch) >= _CLOSEST * self.diameter


def find(loaded: LoadedCase) -> ViaArray:
    """The array that the case names, or the only one it has.

    Raises:
        CaseError: none, or several.
    """
    wanted = loaded.case.vias
    layer, region = (wanted.layer, wanted.region) if wanted is not None else (None, None)
    all_found = _arrays(loaded)
    found = [one for one in all_found if layer in (None, one.layer) and region in (None, one.region)]
    names = ", ".join(f"'{one.block}'" for one in all_found) or "none"
    if not found:
        raise CaseError(
            f"{loaded.source.path}: no array of vias to look at (there are: {names}): a region with a `grid` of "
            "circles, or `material: {unit_cell: via, ...}`"
        )
    if len(found) > 1:
        raise CaseError(f"{loaded.source.path}: vias: name the `layer` and `region` of one of the arrays: {names}")
    return found[0]


def _arrays(loaded: LoadedCase) -> list[ViaArray]:
    found = []
    for i, layer in enumerate(loaded.case.geometry.layers):
        parts: list[tuple[Layer | Region, Loc]] = [(layer, ("geometry", "layers", i))]
        parts += [(part, ("geometry", "layers", i, "regions", j)) for j, part in enumerate(layer.regions)]
        for part, place in parts:
            region = part.name if isinstance(part, Region) else None
            cell, at = _cell(loaded, part.material, (*place, "material"))
            if cell is not None:
                found.append(ViaArray(layer.name, region, at, cell.diameter, cell.pitch, cell.plating, None))
            elif isinstance(part, Region) and part.grid is not None and part.shape.circle is not None:
                wall = None if part.shape.bore is None else (part.shape.circle - part.shape.bore) / 2
                grid = part.grid
                found.append(ViaArray(layer.name, region, place, part.shape.circle, grid.pitch, wall, grid.count))
    return found


def _cell(loaded: LoadedCase, choice: Any, at: Loc) -> tuple[ViaCell | None, Loc]:
    if isinstance(choice, str) and choice in loaded.case.materials:
        choice, at = loaded.case.materials[choice], ("materials", choice)
    return (choice if isinstance(choice, ViaCell) else None), at


def sweeps(loaded: LoadedCase, array: ViaArray) -> dict[str, list[ViaArray]]:
    """Arrays to try for each parameter, the present one among them, ascending."""
    asked = loaded.case.vias
    around = {
        "pitch": [factor * array.pitch[0] for factor in _SMALLER_LARGER],
        "diameter": [factor * array.diameter for factor in _SMALLER_LARGER],
        "plating": [factor * (array.plating or 0.0) for factor in _SMALLER_LARGER],
    }
    values = {key: (getattr(asked, key) if asked is not None else []) or around[key] for key in around}
    found = {
        "pitch": [array.with_pitch(value) for value in values["pitch"]],
        "diameter": [replace(array, diameter=value) for value in values["diameter"]],
        "plating": [array.with_plating(value) for value in values["plating"]] if array.plating is not None else [],
        "count": [replace(array, count=count) for count in _counts(loaded, array)],
    }
    kept = {key: [one for one in [*some, array] if one.fits] for key, some in found.items() if some}
    return {key: sorted(dict.fromkeys(some), key=_ORDER[key]) for key, some in kept.items()}


_ORDER: dict[str, Any] = {
    "pitch": lambda one: one.pitch[0],
    "diameter": lambda one: one.diameter,
    "plating": lambda one: one.plating if one.plating is not None else one.diameter / 2,
    "count": lambda one: one.count[0] * one.count[1],
}


def _counts(loaded: LoadedCase, array: ViaArray) -> list[tuple[int, int]]:
    asked = loaded.case.vias
    if array.count is None:
        return []
    if asked is not None and asked.count:
        return list(asked.count)
    found = []
    x0, y0, x1, y1 = loaded.stack.outline.bounds
    for factor in _SMALLER_LARGER:
        count = tuple(max(1, round(factor**0.5 * n)) for n in array.count)
        if count[0] * array.pitch[0] <= x1 - x0 and count[1] * array.pitch[1] <= y1 - y0:
            found.append((count[0], count[1]))
    return found


def _length(metres: float) -> str:
    return f"{metres!r} m"


def _lengths(metres: tuple[float, float]) -> str:
    return f"[{_length(metres[0])}, {_length(metres[1])}]"
