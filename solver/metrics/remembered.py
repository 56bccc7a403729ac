"""What an engineer reads of materials with a memory: degree of cure, glass transition, inelastic strain and work."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from solver.output.summary import IF_ANY
from solver.units import to_celsius


@dataclass(frozen=True)
class Remembered:
    """Means over the volume of a layer, of a block, or of all that have such a thing; None where nothing has.

    Attributes:
        degree_of_cure_mean: 0 to 1.
        glass_transition_degc: of the mean degree of cure.
        equivalent_inelastic_strain_mean, equivalent_inelastic_strain_max: plastic and creep strain along its path.
        inelastic_work_mean_mpa: plastic and creep work per volume since birth (MPa = MJ/m^3).
        inelastic_work_step_mpa: the same in this step.
    """

    degree_of_cure_mean: float | None = field(default=None, metadata=IF_ANY)
    glass_transition_degc: float | None = field(default=None, metadata=IF_ANY)
    equivalent_inelastic_strain_mean: float | None = field(default=None, metadata=IF_ANY)
    equivalent_inelastic_strain_max: float | None = field(default=None, metadata=IF_ANY)
    inelastic_work_mean_mpa: float | None = field(default=None, metadata=IF_ANY)
    inelastic_work_step_mpa: float | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class BlockMean:
    """Means over the volume of a block with a memory: stress (MPa) and strain since birth, xx yy zz yz xz xy.

    Of the part that is modelled: with mirror planes shear is that of the quarter or half, and cancels in the whole.
    """

    stress_mpa: tuple[float, ...]
    strain: tuple[float, ...]


def since(remembered: Remembered, name: str, before: Mapping[str, float]) -> Remembered:
    """The same with the work in this step.

    Args:
        remembered: of the layer or block `name`.
        name: of it.
        before: work (MPa) at the start of the step, by name.
    """
    work = remembered.inelastic_work_mean_mpa
    return replace(remembered, inelastic_work_step_mpa=None if work is None else work - before.get(name, 0.0))


def named(name: str, mean: float, most: float) -> dict[str, float]:
    """Fields of `Remembered`, by the names laws give what is read of them."""
    if name == "glass_transition":
        return {"glass_transition_degc": to_celsius(mean)}
    if name == "inelastic_work":
        return {"inelastic_work_mean_mpa": 1e-6 * mean}
    if name == "equivalent_inelastic_strain":
        return {f"{name}_mean": mean, f"{name}_max": most}
    return {f"{name}_mean": mean}
