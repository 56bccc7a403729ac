"""Tables of the report on submodels: their stresses, and whether their cut is far enough."""

from typing import Any

from solver.report.tables import Table, number

Summary = dict[str, Any]

_STRESS = (
    "Largest stress of every block of the place; away: farther from edges, the cut among them, than its layer is "
    "thick. The section at y = 0: submodel_NAME_STEP.csv."
)
_CUT = (
    "Root mean square of the traction over each driven face. From refining: the part of it that comes from what was "
    "refined; where that is above 5 % the face should be farther out."
)

_CYCLE = (
    "Means over the block: equivalent plastic and creep strain along its path in the cycle; equivalent of the change of"
    " strain from the end of the cycle before to that of this one; how much the first differs from the cycle before."
)
_BUMP = (
    "Forces at half the height of the bump nearest to the middle; tension is positive. Film: stress averaged over "
    "discs, where it is worst; index: quadratic criterion of Brewer and Lagace (1988), 1 where the film comes off."
)
_BUMP_KEYS = (
    "shear_force_mn", "axial_force_mn", "shear_mpa", "axial_mpa", "film_peel_mpa", "film_shear_mpa", "white_bump_index",
)  # fmt: skip
_STRAINS = ("inelastic_strain", "ratchet_strain", "change_of_inelastic_strain")


def submodel_tables(summary: Summary) -> list[Table]:
    """Stress and cut of every place and step."""
    found = [
        (f"{step['name']}: {name}", one)
        for step in summary.get("steps") or []
        for name, one in (step.get("submodels") or {}).items()
    ]
    if not found:
        return []
    keys = ("max_von_mises_mpa", "away_von_mises_mpa", "max_principal_mpa", "away_principal_mpa", "strain_energy_mj")
    stresses = [
        [place, block.replace("/", " / "), *(number(values.get(key)) for key in keys)]
        for place, one in found
        for block, values in reversed(one["blocks"].items())
    ]
    head = (
        "step: submodel", "block", "von Mises (MPa)", "away (MPa)", "principal (MPa)", "away (MPa)", "energy (mJ)",
    )  # fmt: skip
    faces = ("traction_mpa", "whole_traction_mpa", "difference_mpa")
    cuts = [
        [
            place,
            name,
            *(number(face.get(key)) for key in faces),
            f"{100 * face['felt']:.3g}",
            number(face["move_out_um"]),
        ]
        for place, one in found
        for name, face in one["cut"].items()
    ]
    columns = (
        "step: submodel", "face", "place (MPa)", "whole (MPa)", "difference (MPa)", "from refining (%)",
        "move out (um)",
    )  # fmt: skip
    tables = [Table("Submodels", head, stresses, _STRESS), Table("Cut of the submodels", columns, cuts, _CUT)]
    return [*tables, *_bumps(found), *_cycles(found)]


def _bumps(found: list[tuple[str, dict[str, Any]]]) -> list[Table]:
    """What bumps carry, and what they do to the film behind them."""
    rows = [[place, *(number(one["bump"].get(key)) for key in _BUMP_KEYS)] for place, one in found if one.get("bump")]
    head = (
        "step: submodel", "shear (mN)", "axial (mN)", "shear (MPa)", "axial (MPa)", "film: across (MPa)", "along (MPa)",
        "white-bump index",
    )  # fmt: skip
    return [Table("Bumps of the submodels", head, rows, _BUMP)] if rows else []


def _cycles(found: list[tuple[str, dict[str, Any]]]) -> list[Table]:
    """What every cycle did to what yields or creeps."""
    rows = [
        [place, str(one["cycle"]["cycle"]), block.replace("/", " / "), *(_percent(values.get(key)) for key in _STRAINS)]
        for place, one in found
        for block, values in (one.get("cycle") or {"blocks": {}})["blocks"].items()
    ]
    head = "step: submodel", "cycle", "block", "inelastic strain (%)", "ratchet strain (%)", "change (%)"
    return [Table("Cycles of the submodels", head, rows, _CYCLE)] if rows else []


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.3g}"
