"""Layer configuration of HotSpot (.lcf), with its default package: spreader, sink and what convects from it."""

from pathlib import Path
from typing import Any

import numpy as np

from solver.conversion.stack import Converted, material, mm
from solver.errors import CaseError
from solver.layout import side_file
from solver.layout.floorplans import hotspot
from solver.layout.floorplans.block import Block, Properties
from solver.layout.side_file import quoted

_SPREADER, _SINK = (30e-3, 1e-3), (60e-3, 6.9e-3)  # side and thickness (m): s_spreader, t_spreader, s_sink, t_sink
_COPPER = ((400.0,) * 3, 3.55e6)
_CONVECTION = {"resistance": "0.1 K/W", "capacity": "140.4 J/K", "ambient": "318.15 K"}  # r_convec, c_convec, ambient
_ENTRIES = (
    "number",
    "lateral heat flow",
    "power dissipation",
    "heat capacity",
    "resistivity",
    "thickness",
    "floorplan",
)


def stack(path: Path, text: str) -> Converted:
    """The stack, its layers from the one farthest from the sink.

    Raises:
        CaseError: names the file, the line and the word.
    """
    given = hotspot.lines(text)
    if not given or len(given) % len(_ENTRIES):
        raise CaseError(f"{path}: {len(given)} lines; a layer has {len(_ENTRIES)}: {', '.join(_ENTRIES)}")
    groups = [given[start : start + len(_ENTRIES)] for start in range(0, len(given), len(_ENTRIES))]
    traces = sorted(path.parent.glob("*.ptrace"))
    trace = next((one for one in traces if one.stem == path.stem), traces[0] if len(traces) == 1 else None)
    layers, materials, power, files = [], {"package": material(*_COPPER)}, [], []
    for group in groups:
        name = f"layer{group[0][1]}"
        lateral, dissipates = (_yes(path, *group[index]) for index in (1, 2))
        if not lateral:
            raise CaseError(f"{path}, line {group[1][0]}: N: layers without lateral heat flow are not converted")
        capacity, resistivity, thickness = (side_file.number(word, path, line) for line, word in group[3:6])
        plan = Path(group[6][1])
        source = side_file.located(path.parent, plan)
        blocks = hotspot.floorplan(source, side_file.text(source))
        materials[name] = material((1.0 / resistivity,) * 3, capacity)
        regions = [{"name": name, "shape": {"rectangle": _size(blocks)}, "material": name}]
        if dissipates:
            power.append({"region": name, "floorplan": plan.name})
            files.append(plan)
        else:
            regions = _own(blocks, name, materials, regions)
        layers.append({"name": name, "thickness": mm(thickness), "regions": regions})
    if power and trace is None:
        raise CaseError(f"{path}: {len(traces)} traces beside it; give one {path.stem}.ptrace")
    for one in power:
        one |= {"trace": trace.name if trace else "", "interval": "3.333 us"}
    files += [Path(trace.name)] if power and trace else []
    layers += [{"name": "spreader", "thickness": mm(_SPREADER[1]), "regions": [
        {"name": "spreader", "shape": {"rectangle": [mm(_SPREADER[0])] * 2}, "material": "package"}]},
        {"name": "sink", "thickness": mm(_SINK[1]), "material": "package"}]  # fmt: skip
    case = {
        "title": f"HotSpot's {path.name}",
        "geometry": {"outline": {"shape": "rectangle", "size": [mm(_SINK[0])] * 2}, "layers": layers},
        "materials": materials,
        "mesh": {"in_plane_size": mm(_SPREADER[0] / 10)},
        "thermal": {"power": power, "boundaries": [{"face": "top", "heat_sink": _CONVECTION}]},
        "analysis": {"steady": True},
    }
    return Converted(case, list(dict.fromkeys(files)), [
        f"From {path.name}. Spreader, sink, convection and interval of the trace are HotSpot's defaults: those of its",
        "configuration file go in their place. For temperatures over time: analysis: {transient: {...}}.",
    ])  # fmt: skip


def _yes(path: Path, line: int, word: str) -> bool:
    if word not in ("Y", "N"):
        raise CaseError(f"{path}, line {line}: {quoted(word)}: expected Y or N")
    return word == "Y"


def _size(blocks: list[Block]) -> list[str]:
    rectangles = np.array([one for block in blocks for one in block.rectangles])
    return [mm(float((rectangles[:, axis] + rectangles[:, axis + 2]).max())) for axis in (0, 1)]


def _own(
    blocks: list[Block], name: str, materials: dict[str, Any], regions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Regions of a layer without power: blocks with a material of their own, and the rest."""
    width, height = (float(word.split()[0]) * 1e-3 for word in _size(blocks))
    own = [block for block in blocks if isinstance(block.material, Properties)]
    for block in own:
        assert isinstance(block.material, Properties)
        materials[f"{name}-{block.name}"] = material((block.material.conductivity,) * 3, block.material.capacity)
        x, y, a, b = block.rectangles[0]
        regions.append({"name": block.name, "shape": {"rectangle": [mm(a), mm(b)]}, "material": f"{name}-{block.name}",
                        "at": [mm(x + a / 2 - width / 2), mm(y + b / 2 - height / 2)]})  # fmt: skip
    if own:
        regions[0] = {**regions[0], "fill": True}
    return regions
