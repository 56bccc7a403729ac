"""A case that was read and checked, with what was derived from it."""

from dataclasses import dataclass
from pathlib import Path

from solver.case import source
from solver.case.files import SideFiles
from solver.case.models import Case
from solver.stackup.stack import StackUp


@dataclass(frozen=True)
class LoadedCase:
    """A valid case with what was derived from it.

    Attributes:
        directory: the case directory.
        case: the validated model.
        stack: the stack-up in SI.
        source: the file, for later messages.
        files: what its maps and floorplans hold.
    """

    directory: Path
    case: Case
    stack: StackUp
    source: source.Source
    files: SideFiles
