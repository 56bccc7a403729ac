"""A case as it was solved, as a case file of its own: overrides applied, materials of the library written out."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from solver.case import yaml_text
from solver.case.loaded import LoadedCase
from solver.materials import library
from solver.materials.cell.spec import CellSpec
from solver.materials.mix.spec import MixSpec
from solver.materials.spec import MaterialSpec

_WIDTH = 120
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # that in C takes less than half of the time
_MAPS = ("sources", "electromigration")  # keys of a material whose entries are added to those of the base


def text(loaded: LoadedCase) -> str:
    """The case as YAML that is read back as the same data, whatever the library has become since."""
    data = dict(loaded.source.data)
    own = data.get("materials") or {}
    written = {name: _changed(raw) if raw.get("base") == name else raw for name, raw in own.items()}
    for name in sorted(_library_names(loaded)):
        written[name] = _library(name)
    if written:
        data["materials"] = written
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def side_files(loaded: LoadedCase) -> dict[str, str]:
    """SHA-256 of every file the case names, by its name there."""
    names = sorted({str(path) for path in _paths(loaded.case.model_dump())})
    return {name: digest(loaded.directory / name) for name in names}


def digest(path: Path) -> str:
    """SHA-256 of a file, "" if it is not there."""
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _paths(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item)


def _library_names(loaded: LoadedCase) -> set[str]:
    """Materials of the library that layers and regions mean, as they are, in mixtures or as a base."""
    users, found = loaded.case.materials, set[str]()
    seen: set[str] = set()

    def visit(choice: Any) -> None:
        if isinstance(choice, MixSpec | CellSpec):
            for name in choice.constituents:
                visit(name)
        elif isinstance(choice, MaterialSpec):
            visit(choice.base)
        elif choice is not None and choice not in seen:
            seen.add(choice)
            if choice in users:
                visit(users[choice])
            else:
                found.add(choice)
                visit(_library(choice).get("base"))

    for layer in loaded.stack.layers:
        for choice in (layer.material, *(region.material for region in layer.regions)):
            visit(choice)
    for definition in users.values():
        visit(definition)
    return found


def _library(name: str) -> dict[str, Any]:
    """A library file as it is written."""
    raw: dict[str, Any] = yaml_text.read((library.FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))[0]
    return raw


def _changed(changes: dict[str, Any]) -> dict[str, Any]:
    """A library material that the case changes under its own name; what is changed loses its provenance."""
    base = _library(changes["base"])
    result = base | {key: value for key, value in changes.items() if key != "base"}
    for key in _MAPS:
        if key in base and key in changes:
            result[key] = base[key] | changes[key]
    kept = {key: value for key, value in base.get("provenance", {}).items() if key not in changes}
    result["provenance"] = kept | changes.get("provenance", {})
    return result


class _Dumper(_DUMPER):  # type: ignore[misc]  # either of two
    """Writes what YAML 1.2 reads back as it was, and no aliases."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _quoted(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if yaml_text.is_no_text(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _quoted)
