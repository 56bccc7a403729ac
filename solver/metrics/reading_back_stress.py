"""Electromigration and the stress of the same place after every step: which bodies still last for ever."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.arrays import Array, Integers
from solver.case.models import Case
from solver.materials.material import Material
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.physics.current.electromigration import critical_stress, threshold
from solver.physics.solid.at_gauss import WITHIN
from solver.units import ZERO_CELSIUS, to_celsius

if TYPE_CHECKING:
    from solver.metrics.current_summary import CurrentSummary, WeakLink

_APART = 5.0  # K: temperatures of a step and of a current that are not the same


class BackStressReading(Reading):
    """Of the weakest links of a circuit, in parts whose metal has an `effective_charge`."""

    def __init__(self) -> None:
        self._links: tuple[WeakLink, ...] = ()

    @staticmethod
    def wanted(case: Case) -> "BackStressReading | None":
        """Where a case has currents and steps."""
        return None if case.electric is None or case.process is None else BackStressReading()

    def carries(self, found: "CurrentSummary") -> None:
        """Know the circuit of the case."""
        self._links = tuple(found.electromigration)

    def read(self, step: SolvedStep) -> Found | None:
        """The threshold of every link under the stress there. Collective."""
        mesh, solid = step.stack_mesh, step.solid
        names = [block.name for block in mesh.blocks]
        links = [one for one in self._links if one.part in names and one.at_mm is not None]
        links = [one for one in links if _known(solid.materials[names.index(one.part)])]
        if not links:
            return None
        # a third of the trace; corners of a cell count too much where it is singular
        sigma = solid.stress(step.temperature, WITHIN)[: len(mesh.block), :, :3].mean(axis=(1, 2))
        entries: dict[str, dict[str, Any]] = {}
        doubts: list[str] = []
        for link in links:
            block = names.index(link.part)
            mine = np.flatnonzero(mesh.block == block)
            volume = (mesh.sizes**2 * mesh.heights)[mine]
            area, moment = mesh.comm.allreduce(np.array([volume.sum(), volume @ sigma[mine]]), MPI.SUM)
            there = _at(step, mine, sigma, 1e-3 * np.array(link.at_mm))
            entries[link.part] = _entry(link, solid.materials[block], moment / area, there)
            doubts += _doubts(step, link, entries[link.part])
        return Found(entries, {}, tuple(doubts))


def _known(material: Material) -> bool:
    metal = material.electromigration
    has_threshold = metal is not None and (metal.critical_stress is not None or metal.blech_product is not None)
    return metal is not None and has_threshold and None not in (metal.effective_charge, metal.atomic_volume)


def _at(step: SolvedStep, mine: Integers, sigma: Array, place: Array) -> float:
    """Value of the cell of a part that is nearest to a place (m): the same on any number of ranks."""
    mesh = step.stack_mesh
    nodes = compat.geometry_nodes(mesh.mesh)[: len(mesh.block)][mine]
    middles = mesh.mesh.geometry.x[nodes].mean(axis=1)
    far = np.linalg.norm(middles - place, axis=1)
    one = int(far.argmin()) if len(far) else -1
    found = (float(far[one]), *np.round(middles[one], 12).tolist(), float(sigma[mine[one]])) if one >= 0 else None
    return float(min(other for other in mesh.comm.allgather(found) if other is not None)[-1])


def _entry(link: "WeakLink", material: Material, mean: float, there: float) -> dict[str, Any]:
    """Judged by the more tensile of the two stresses: the mean is what is left once diffusion has evened it out."""
    metal = material.electromigration
    assert metal is not None
    kelvin = link.temperature_degc + ZERO_CELSIUS
    rho = float(material.resistivity(kelvin).max())
    limit, tension = critical_stress(metal, rho), max(mean, there)
    allowed = threshold(metal, rho, tension)
    return {
        "at_mm": link.at_mm,
        "temperature_degc": link.temperature_degc,
        "current_density_a_per_m2": link.current_density_a_per_m2,
        "hydrostatic_mean_mpa": 1e-6 * mean,
        "hydrostatic_there_mpa": 1e-6 * there,
        "critical_stress_mpa": 1e-6 * limit,
        "critical_stress_given": metal.critical_stress is not None,
        "blech_product_a_per_m": link.blech_product_a_per_m,
        "threshold_free_of_stress_a_per_m": threshold(metal, rho, 0.0),
        "threshold_a_per_m": allowed,
        "utilisation": link.blech_product_a_per_m / allowed if allowed > 0.0 else None,
        "mortal": bool(link.blech_product_a_per_m >= allowed),
    }


def _doubts(step: SolvedStep, link: "WeakLink", found: Mapping[str, Any]) -> list[str]:
    where, said = f"step '{step.name}', electromigration of {link.part}", []
    if isinstance(step.temperature, fem.Function):
        apart = 0.0
    else:
        apart = abs(to_celsius(step.temperature) - link.temperature_degc)
    if apart > _APART:
        said.append(
            f"{where}: its stress is that of the step, {apart:.3g} K from the {link.temperature_degc:.4g} degC the "
            f"current flows at; `temperature: thermal` takes the field of both"
        )
    if found["threshold_a_per_m"] == 0.0:
        said.append(
            f"{where}: a tension of {max(found['hydrostatic_mean_mpa'], found['hydrostatic_there_mpa']):.3g} MPa makes "
            f"voids without a current (critical: {found['critical_stress_mpa']:.3g} MPa)"
        )
    return said


def in_words(entries: Mapping[str, Mapping[str, Any]] | None) -> list[str]:
    """What is said of the links of a step: their entries in the summary."""
    return [
        f"electromigration of {part}: {0.01 * one['blech_product_a_per_m']:.4g} A/cm against "
        f"{0.01 * one['threshold_a_per_m']:.4g} A/cm under {one['hydrostatic_mean_mpa']:.3g} MPa "
        f"({one['hydrostatic_there_mpa']:.3g} MPa at the place): {'mortal' if one['mortal'] else 'lasts for ever'}"
        for part, one in (entries or {}).items()
    ]
