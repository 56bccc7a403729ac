"""The library: one YAML file per material in `library/`, and the way from a name to a `Material`."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from solver.errors import CaseError, nearest
from solver.materials.build import build, merge
from solver.materials.cell.material import UnitCell, unit_cell
from solver.materials.cell.spec import CellSpec
from solver.materials.material import Material, MaterialError
from solver.materials.mix.mixture import mix
from solver.materials.mix.spec import MixSpec
from solver.materials.smeared_relaxation import memory_of
from solver.materials.spec import MaterialSpec

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # that in C takes a tenth of the time

FOLDER = Path(__file__).with_name("library")

_LONGEST_CHAIN = 50  # materials

IN_PLACE = "(in place)"

Definition = MaterialSpec | MixSpec | CellSpec


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Names of all library materials, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@lru_cache(maxsize=256)
def load(name: str) -> MaterialSpec:
    """A library material as written, its `base` merged.

    Raises:
        CaseError: no such material; the message has the nearest spellings.
    """
    return _flatten(name, read(name), {}, (name,))


@lru_cache(maxsize=256)
def read(name: str) -> MaterialSpec:
    """A library file as written, its `base` not merged."""
    if name not in names():
        raise unknown(name, {})
    return MaterialSpec.model_validate(yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), _LOADER))


def resolve(
    material: str | Definition, user_materials: Mapping[str, Definition] | None = None, name: str = IN_PLACE
) -> Material:
    """The material that a layer or region means.

    A user's material hides a library material of the same name, except as its own `base`.

    Args:
        material: a name, or a definition written in place.
        user_materials: the `materials` section of the case.
        name: what to call a definition written in place.

    Raises:
        MaterialError: unknown name, a circle of bases, or properties against physics.
    """
    return _resolve(material, user_materials or {}, name, ())


def is_cell(material: str | Definition, users: Mapping[str, Definition]) -> bool:
    """True for an array of vias, bumps or traces, written in place or defined by the user."""
    return isinstance(users.get(material) if isinstance(material, str) else material, CellSpec)


def prepare(material: str | Definition, users: Mapping[str, Definition]) -> None:
    """Solve a unit cell, so that it is in the cache."""
    found = resolve(material, users)
    if isinstance(found, UnitCell):
        found.solve()


def unknown(name: str, user_materials: Mapping[str, Definition]) -> CaseError:
    """The error of a name that nobody defines."""
    return MaterialError(name, "", f"unknown; {nearest(name, [*names(), *user_materials])}")


def _resolve(
    material: str | Definition, users: Mapping[str, Definition], name: str, trail: tuple[str, ...]
) -> Material:
    if isinstance(material, str):
        _no_circle(material, trail)
        trail, name = (*trail, material), material
        material = users[material] if material in users else read(material) if material in names() else material
        if isinstance(material, str):
            raise unknown(material, users)
    if isinstance(material, MixSpec):
        metal, dielectric = (
            _constituent(_resolve(part, users, part, trail), name) for part in (material.metal, material.dielectric)
        )
        return mix(material.words if name == IN_PLACE else name, material, metal, dielectric)
    if isinstance(material, CellSpec):
        phases = [
            None if part is None else _constituent(_resolve(part, users, part, trail), name)
            for part, _ in material.phases
        ]
        return unit_cell(material.words if name == IN_PLACE else name, material, phases)
    return build(name, _flatten(name, material, users, trail))


def _constituent(material: Material, whole: str) -> Material:
    """A material that is a part of another one, which has what it is born with for itself alone.

    Raises:
        MaterialError: the part lies turned, or says what it is born with or remembers: nothing would come of it.
    """
    memory_of(whole, [material])  # raises what the whole cannot remember
    if material.axes is not None:
        rule = f"a mixture or array ({whole}) takes parts with axes along x and y, not turned ({material.axes})"
        raise MaterialError(material.name, "orientation", rule)
    if material.law == "incremental":
        rule = f"'incremental' is lost in the mixture or array {whole}, which has no memory; 'total' is not"
        raise MaterialError(material.name, "form", rule)
    for key in ("stress", "stress_free_temperature"):
        if getattr(material, key) is not None:
            rule = f"is lost in the mixture or array {whole}; give it to the layer or region of that material"
            raise MaterialError(material.name, key, rule)
    return material


def _flatten(name: str, spec: MaterialSpec, users: Mapping[str, Definition], trail: tuple[str, ...]) -> MaterialSpec:
    """The spec with its chain of bases merged."""
    if spec.base is None:
        return spec
    hidden = spec.base == name and name in users and name in names()  # changes to a library material under its own name
    if hidden:
        return merge(load(name), spec)
    _no_circle(spec.base, trail)
    base: Definition
    if spec.base in users:
        base = users[spec.base]
    elif spec.base in names():
        base = read(spec.base)
    else:
        hint = nearest(spec.base, [*names(), *users])
        raise MaterialError(name, "base", f"unknown material '{spec.base}'; {hint}")
    if isinstance(base, MixSpec | CellSpec):
        raise MaterialError(name, "base", f"'{spec.base}' is a mixture; a base must be a plain material")
    return merge(_flatten(spec.base, base, users, (*trail, spec.base)), spec)


def _no_circle(name: str, trail: tuple[str, ...]) -> None:
    if len(trail) > _LONGEST_CHAIN:
        raise MaterialError(name, "base", f"a chain of more than {_LONGEST_CHAIN} materials, each made of the next")
    if name in trail:
        raise MaterialError(name, "base", "is defined by itself: " + " -> ".join([*trail, name]))
