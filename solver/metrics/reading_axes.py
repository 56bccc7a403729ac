"""Stress along the axes of materials that lie turned: along fibres, across them, around a radius."""

import numpy as np
from mpi4py import MPI

from solver.case.models import Case
from solver.materials import library
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.physics.solid.cell_stress import along_axes

_NAMES = ("11", "22", "33", "23", "13", "12")  # Voigt order


class AxesReading(Reading):
    """Lowest and highest of every component, of every block whose material lies turned."""

    @staticmethod
    def wanted(case: Case) -> "AxesReading | None":
        """Where a material lies turned."""
        layers = case.geometry.layers
        choices = [choice for layer in layers for choice in (layer.material, *(r.material for r in layer.regions))]
        turned = any(library.resolve(one, case.materials).axes is not None for one in choices if one is not None)
        return AxesReading() if turned else None

    def read(self, step: SolvedStep) -> Found | None:
        """In MPa, by block and component. Collective."""
        mesh, materials = step.stack_mesh, step.solid.materials
        sigma = along_axes(mesh, materials, step.solid.stress(step.temperature))
        if sigma is None:
            return None
        entry: dict[str, dict[str, list[float]]] = {}
        for number, (block, material) in enumerate(zip(mesh.blocks, materials, strict=True)):
            if material.axes is None:
                continue
            mine = 1e-6 * sigma[mesh.block == number].reshape(-1, 6)
            low, high = mine.min(axis=0, initial=np.inf), mine.max(axis=0, initial=-np.inf)
            mesh.comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
            mesh.comm.Allreduce(MPI.IN_PLACE, high, MPI.MAX)
            if np.isfinite(low).all():
                pairs = zip(_NAMES, low, high, strict=True)
                entry[block.name] = {name: [float(least), float(most)] for name, least, most in pairs}
        return Found(entry)
