"""Words and rounded numbers that drawings and the report share."""

from solver.case.geometry import MaterialChoice


def material_name(choice: MaterialChoice) -> str:
    """`silicon`, or `35 % copper in polyimide` for a mixture."""
    if isinstance(choice, str):
        return choice
    parts = [part if isinstance(part, str) else "(in place)" for part in (choice.metal, choice.dielectric)]
    return f"{100 * choice.metal_fraction:.3g} % {parts[0]} in {parts[1]}"


def show_length(metres: float) -> str:
    """A length in um below 1 mm, in mm from there on."""
    return f"{1e3 * metres:.5g} mm" if metres >= 0.9999e-3 else f"{1e6 * metres:.5g} um"
