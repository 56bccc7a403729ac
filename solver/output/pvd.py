"""The small text files beside the pieces: `.pvtu` (the pieces of a step), `steps.pvd` and `times.pvd` (all of them)."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkCommonDataModel import vtkUnstructuredGrid

from solver.files import whole

COLLECTION = "steps.pvd"
TIMES = "times.pvd"
_HEAD = {"version": "1.0", "byte_order": "LittleEndian", "header_type": "UInt64"}


@dataclass(frozen=True)
class Entry:
    """One step of a collection: its place in the process, or its time (s), and its `.pvtu` file."""

    time: float
    path: Path


def write_index(path: Path, grid: vtkUnstructuredGrid, pieces: list[str]) -> None:
    """Write the `.pvtu` file.

    Args:
        path: the file.
        grid: any piece; all pieces have the same arrays.
        pieces: their files, relative to the folder of `path`.
    """
    root = ElementTree.Element("VTKFile", {"type": "PUnstructuredGrid", **_HEAD})
    body = ElementTree.SubElement(root, "PUnstructuredGrid", GhostLevel="0")
    for tag, data in (("PPointData", grid.GetPointData()), ("PCellData", grid.GetCellData())):
        section = ElementTree.SubElement(body, tag)
        for number in range(data.GetNumberOfArrays()):
            section.append(_declaration(data.GetArrayName(number), data.GetArray(number)))
    points = ElementTree.SubElement(body, "PPoints")
    points.append(_declaration("Points", grid.GetPoints().GetData()))
    for piece in pieces:
        ElementTree.SubElement(body, "Piece", Source=piece)
    _write(path, root)


def add(directory: Path, index: int, file: str, time: float | None = None) -> None:
    """List a step in the collection, after those that come before it; later ones (of an earlier run) go.

    Args:
        directory: of the collection.
        index: place of the step in the process.
        file: its `.pvtu` file.
        time: of a transient (s): in the collection of times then.
    """
    name, place = (COLLECTION, float(index)) if time is None else (TIMES, time)
    kept = [(entry.time, entry.path.name) for entry in entries(directory, name) if entry.time < place]
    root = ElementTree.Element("VTKFile", {"type": "Collection", **_HEAD})
    body = ElementTree.SubElement(root, "Collection")
    for number, listed in [*kept, (place, file)]:
        ElementTree.SubElement(body, "DataSet", timestep=f"{number:.12g}", group="", part="0", file=listed)
    _write(directory / name, root)


def entries(directory: Path, name: str = COLLECTION) -> list[Entry]:
    """What a collection of a folder lists whose files are there; nothing if there is no such collection."""
    path = directory / name
    if not path.is_file():
        return []
    found = ElementTree.parse(path).getroot().iter("DataSet")
    listed = [Entry(float(item.attrib["timestep"]), directory / item.attrib["file"]) for item in found]
    return [entry for entry in listed if entry.path.is_file()]


def piece_files(index_file: Path) -> list[Path]:
    """The pieces of a `.pvtu` file."""
    root = ElementTree.parse(index_file).getroot()
    return [index_file.parent / item.attrib["Source"] for item in root.iter("Piece")]


def _declaration(name: str, array: vtkDataArray) -> ElementTree.Element:
    components = array.GetNumberOfComponents()
    kind = vtk_to_numpy(array).dtype
    attributes = {
        "type": kind.name.capitalize().replace("Uint", "UInt"),
        "Name": name,
        "NumberOfComponents": str(components),
    }
    for number in range(components):
        if label := array.GetComponentName(number):
            attributes[f"ComponentName{number}"] = label
    return ElementTree.Element("PDataArray", attributes)


def _write(path: Path, root: ElementTree.Element) -> None:
    ElementTree.indent(root)
    with whole(path) as beside:
        ElementTree.ElementTree(root).write(beside, encoding="utf-8", xml_declaration=True)
