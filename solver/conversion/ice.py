"""Stack description of 3D-ICE (.stk): materials, heat sinks, layers and dies, from top to bottom; lengths in um."""

from pathlib import Path
from typing import Any

from solver.conversion.stack import Converted, material, mm
from solver.layout.floorplans.words import Words

_UM = 1e-6
_PER_UM, _PER_UM2, _PER_UM3 = 1e6, 1e12, 1e18


class _Stack:
    """What has been read."""

    def __init__(self, path: Path, text: str) -> None:
        self.words = Words(path, text)
        self.materials: dict[str, Any] = {}
        self.boundaries: list[dict[str, Any]] = []
        self.layers: dict[str, tuple[float, str]] = {}
        self.dies: dict[str, list[tuple[str, float, str]]] = {}
        self.placed: list[dict[str, Any]] = []  # from the top
        self.power: list[dict[str, Any]] = []
        self.files: list[Path] = []
        self.size = self.cell = (0.0, 0.0)
        self.slot: float | None = None
        self.initial = 0.0
        self.duration = 0.0

    def material(self) -> None:
        words = self.words
        name = words.name()
        words.take(":", "thermal", "conductivity")
        k = [words.number()]
        while words.taken(","):
            k.append(words.number())
        words.take(";", "volumetric", "heat", "capacity")
        capacity = words.number()
        words.take(";")
        self.materials[name] = material(tuple(_PER_UM * v for v in (k if len(k) == 3 else k * 3)), _PER_UM3 * capacity)

    def heat_sink(self, face: str) -> None:
        self.words.take("heat", "sink", ":", "heat", "transfer", "coefficient")
        h = _PER_UM2 * self.words.number()
        self.words.take(";", "temperature")
        kelvin = self.words.number()
        self.words.take(";")
        self.boundaries.append({"face": face, "convection": f"{h:.9g} W/m^2/K", "ambient": f"{kelvin:.9g} K"})

    def dimensions(self) -> None:
        words = self.words
        words.take(":")
        for part in ("chip", "cell"):
            words.take(part, "length")
            length = words.number()
            words.take(",", "width")
            sizes = (_UM * length, _UM * words.number())
            words.take(";")
            self.size, self.cell = (sizes, self.cell) if part == "chip" else (self.size, sizes)
        if words.taken("non-uniform"):
            if words.name() not in ("true", "false"):
                raise words.refused("expected true or false")
            words.take(";")

    def layer(self) -> None:
        name = self.words.name()
        self.words.take(":", "height")
        height = self.words.number()
        self.words.take(";", "material")
        self.layers[name] = (height, self._known(self.materials))
        self.words.take(";")

    def die(self) -> None:
        words, name = self.words, self.words.name()
        words.take(":")
        self.dies[name] = []
        while words.next_is("layer") or words.next_is("source"):
            kind = words.name()
            height = words.number() if not words.next_is_name() else None
            if height is None:
                height, of = self.layers[self._known(self.layers)]
            else:
                of = self._known(self.materials)
            words.take(";")
            self.dies[name].append((kind, height, of))

    def stack(self) -> None:
        words = self.words
        words.take(":")
        while words.next_is("layer") or words.next_is("die"):
            kind, name = words.name(), words.name()
            if kind == "layer":
                height, of = self.layers[self._known(self.layers)]
                self._place(name, height, of)
            else:
                parts = self.dies[self._known(self.dies)]
                words.take("floorplan")
                plan = Path(words.path())
                self.files.append(plan)
                for number, (role, height, of) in enumerate(parts):
                    part = name if role == "source" else f"{name}-{number}"
                    self._place(part, height, of)
                    if role == "source":
                        self.power.append({"layer": part, "floorplan": plan.name})
            if words.taken("discretization"):  # of 3D-ICE's grid; the mesh is the case's
                words.number()
                words.number()
            words.take(";")

    def solver(self) -> None:
        words = self.words
        words.take(":")
        if words.taken("transient", "step"):
            words.number()
            words.take(",", "slot")
            self.slot = words.number()
        else:
            words.take("steady")
        words.take(";", "initial", "temperature")
        self.initial = words.number()
        words.take(";")
        if words.taken("numofcores"):
            words.number()
            words.take(";")

    def _known(self, names: Any) -> str:
        if self.words.word not in names:
            raise self.words.refused(f"not defined above; there are {', '.join(names)}")
        return self.words.name()

    def _place(self, name: str, height: float, of: str) -> None:
        self.placed.append({"name": name, "thickness": mm(_UM * height), "material": of})


def stack(path: Path, text: str) -> Converted:
    """The stack, with powers at the source layers of its dies.

    Raises:
        CaseError: names the file, the line and the word; channels, pin fins and pluggable sinks are not converted.
    """
    found = _Stack(path, text)
    words = found.words
    while words.more() and not words.taken("output", ":"):
        if words.taken("top"):
            found.heat_sink("top")
        elif words.taken("bottom"):
            found.heat_sink("bottom")
        else:
            part = _PARTS.get(words.word)
            if part is None:
                raise words.refused(f"not converted; there are top, bottom, {', '.join(_PARTS)} and output")
            words.name()
            part(found)
    for one in found.power if found.slot else ():
        one["interval"] = f"{found.slot:.9g} s"
    if not found.placed or not found.boundaries:
        raise words.refused("a stack and a heat sink are missing")
    case = {
        "title": f"3D-ICE's {path.name}",
        "geometry": {
            "outline": {"shape": "rectangle", "size": [mm(side) for side in found.size]},
            "layers": found.placed[::-1],
        },
        "materials": found.materials,
        "mesh": {"in_plane_size": mm(max(found.cell))},
        "thermal": {"power": found.power, "boundaries": found.boundaries},
        "analysis": {"steady": True},
    }
    return Converted(case, list(dict.fromkeys(found.files)), [
        f"From {path.name}; what its output section asks for is in the summary (thermal.blocks) and in fields.",
        f"Over time, as there: analysis: {{transient: {{duration: ..., start: {found.initial:.9g} K}}}}.",
    ])  # fmt: skip


_PARTS = {
    "material": _Stack.material,
    "dimensions": _Stack.dimensions,
    "layer": _Stack.layer,
    "die": _Stack.die,
    "stack": _Stack.stack,
    "solver": _Stack.solver,
}
