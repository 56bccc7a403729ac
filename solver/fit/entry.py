"""The entry of a material from what was fitted: YAML as the library has it, with provenance."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from solver.fit.fitted import Fitted, celsius

_ORDER = ("youngs_modulus", "poisson_ratio", "thermal_expansion", "glass_transition", "viscoelastic", "cure")
_BEST = ("thermal_expansion", "cure")  # what a file also has, whose glass transition is taken first
_WIDTH = 1000  # characters: no quantity is broken before its unit
_SHORT = 240  # characters of a mapping in one line


def entry(found: Mapping[str, Fitted], poisson: float | None, assumed: float) -> dict[str, Any]:
    """The entry.

    Args:
        found: name of each file -> its fit.
        poisson: ratio that the user has given.
        assumed: ratio if not.
    """
    keys: dict[str, Any] = {}
    provenance: dict[str, dict[str, Any]] = {}
    for name, one in sorted(found.items(), key=lambda item: _rank(item[1])):
        for key, value in one.keys.items():
            if key == "cure" and key in keys:
                keys[key] = {**keys[key], **value}
                provenance[key]["note"] += f"; {one.notes[key]}"
            elif key not in keys:
                keys[key] = value
                valid = [celsius(kelvin) for kelvin in one.valid]
                provenance[key] = {"source": name, "valid": valid}
                if key == "viscoelastic" and one.times is not None:
                    provenance[key]["times"] = [f"{end:.2g} s" for end in one.times]
                provenance[key]["note"] = one.notes[key]
    if "youngs_modulus" in keys:
        keys["poisson_ratio"] = assumed if poisson is None else poisson
        note = "assumed: not measured" if poisson is None else "as given"
        provenance["poisson_ratio"] = {"source": provenance["youngs_modulus"]["source"], "note": note}
    order = [key for key in _ORDER if key in keys]
    return {
        "title": f"Fitted to {', '.join(found)}",
        **{key: keys[key] for key in order},
        "sources": {name: f"{one.source[0].upper()}{one.source[1:]}" for name, one in found.items()},
        "provenance": {key: provenance[key] for key in order},
    }


def text(made: dict[str, Any], name: str | None, doubts: Sequence[str]) -> str:
    """YAML: the entry as a file of the library, or under `materials: NAME:` as a case has it."""
    whole = made if name is None else {"materials": {name: made}}
    remarks = "".join(f"# not told: {one}\n" for one in doubts)
    body = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return remarks + str(body)


def _rank(one: Fitted) -> int:
    return min((number for number, key in enumerate(_BEST) if key in one.keys), default=len(_BEST))


class _Dumper(yaml.SafeDumper):
    """Lists and small mappings in one line."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        plain = len(str(mapping)) < _SHORT and not any(isinstance(value, dict) for value in dict(mapping).values())
        return super().represent_mapping(tag, mapping, plain if flow_style is None else flow_style)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return super().represent_sequence(tag, sequence, True if flow_style is None else flow_style)
