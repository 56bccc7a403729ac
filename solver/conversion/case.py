"""A case directory made from the stack of another program."""

import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from solver.conversion import hotspot, ice
from solver.conversion.stack import Converted
from solver.errors import CaseError
from solver.layout import side_file

KINDS: dict[str, Callable[[Path, str], Converted]] = {".lcf": hotspot.stack, ".stk": ice.stack}


def make(path: Path, directory: Path) -> None:
    """Write a case with the files it needs beside it.

    Args:
        path: of the stack: .lcf or .stk.
        directory: to be made.

    Raises:
        CaseError: names the file, the line and the word.
    """
    found = KINDS[path.suffix](path, side_file.text(side_file.located(path.parent, Path(path.name))))
    sources = [side_file.located(path.parent, file) for file in found.files]
    names = {file.name for file in found.files}
    if len(names) != len(set(found.files)):
        raise CaseError(f"{path}: two of its files have one name; give them different ones")
    directory.mkdir(parents=True)
    for source in sources:
        shutil.copyfile(source, directory / source.name)
    head = "".join(f"# {line}\n" for line in found.remarks)
    text = yaml.safe_dump(found.case, sort_keys=False, allow_unicode=True, width=120)
    (directory / "case.yaml").write_text(head + text, encoding="utf-8")
