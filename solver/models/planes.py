"""Plane meshes of variants of a case: made once for those that differ in heights and materials alone."""

from meshes.parts import held
from meshes.plane import PlaneMesh, same_in_plane
from solver.parallel import on_root
from solver.process import loose
from solver.simulation import Simulation
from solver.stackup.stack import StackUp


class Planes:
    """Remembers the plane meshes of simulations."""

    def __init__(self) -> None:
        self._known: list[tuple[StackUp, PlaneMesh | None]] = []  # the meshes are on rank 0

    def give(self, simulation: Simulation) -> None:
        """Let a simulation have the mesh of one before it, if that fits. Collective.

        Raises:
            CaseError: as of `loose.meshed`.
        """
        stack = simulation.loaded.stack
        known = [plane for before, plane in self._known if same_in_plane(before, stack)]
        if not known:
            self._known.append((stack, simulation.plane))
            return
        on_root(simulation.comm, lambda: loose.check(simulation.loaded, held(known[0])))
        simulation.plane = known[0]
