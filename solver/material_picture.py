"""`planish materials NAME -o PICTURE.png`."""

from pathlib import Path

from solver.errors import CaseError
from solver.materials import resolve
from solver.materials.homogeneous import Homogeneous


def written(name: str | None, path: Path | None) -> Path | None:
    """The picture of a library material; None if no path is given.

    Raises:
        CaseError: no such material, no name, or no PNG.
    """
    if path is None:
        return None
    if name is None:
        raise CaseError("--output: a picture is of one material; name it: planish materials emc-generic -o emc.png")
    if path.suffix != ".png":
        raise CaseError(f"--output {path}: pictures are written as .png")
    material = resolve(name)
    assert isinstance(material, Homogeneous)  # the library has no mixtures
    from solver.report.pictures import material as picture

    return picture.draw(material, path)
