"""Newton's method on a plate: every correction by a factorisation, which also tells stable from unstable."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers
from solver.linalg.tangent import Correction
from solver.physics.plate.contact import PlateContact
from solver.physics.plate.descent import descend
from solver.physics.plate.factor import PlateFactor, mass_matrix
from solver.physics.plate.forms import PlateForms
from solver.physics.plate.modes import SoftModes
from solver.physics.solid.load import Diverged, Load, Lost
from solver.physics.solid.newton import BESIDE, FINAL

_MOST_ITERATIONS = 14
_FAR = 60.0  # thicknesses the first correction of an increment may move: one linear step says little beyond
_TOGGLING = 100.0  # tolerances: corrections that grow no smaller are points that yield and do not, in turn
_AGAINST = 0.25  # of the work of the forces that a correction began with: as much against it is too far
_SLOW = 0.1  # of the correction before: no factor of next to here does
_BALANCED = 1e-10  # of the forces that hold a plate where it was drawn
_KEPT = 1  # factors of other functions
_SAME = 1e-3  # part of displacement, moduli and free resultants that may change before a factor is of another state

Built: TypeAlias = tuple[Array, Load, Integers, float]  # displacement, load, unknowns on springs, spring of a factor


class PlateNewton:
    """Equilibria under one load after another. All methods are collective.

    Args:
        forms: of the plate; their state is moved.
        constrained: local unknowns held at zero.
        contact: of its underside, or None.
        thickness: of the layers present (m).
        smooth: the displacements there are, as of `smooth.smooth`; None: all.
        flat: True if they have no deflection: the tangent is that of the moduli, wherever the plate is.

    Attributes:
        iterations, linear_iterations: so far; of the latter one for every solve.
        relinearise: gives the load by which the materials answer at the present displacement, and lets it act.
    """

    def __init__(
        self,
        forms: PlateForms,
        constrained: Integers,
        contact: PlateContact | None,
        thickness: float,
        smooth: PETSc.Mat | None = None,
        flat: bool = False,
    ) -> None:
        self.forms, self.contact, self.thickness = forms, contact, thickness
        self._constrained, self._smooth, self._flat = constrained, smooth, flat
        self.relinearise: Callable[[Load], Load] = lambda load: load
        self.iterations = self.linear_iterations = 0
        self._factor: PlateFactor | None = None
        self._built: Built | None = None
        self._kept: list[tuple[PlateFactor, Built | None]] = []  # of other functions, for plates to come
        self._modes: SoftModes | None = None

    @property
    def factor(self) -> PlateFactor:
        """Factor of the tangent at the present state."""
        if self._factor is None:
            self._factor, self._built = PlateFactor(self.forms, self._smooth, self.contact is not None), None
        return self._factor

    def destroy(self) -> None:
        """Free the factors; they are made again where they are needed."""
        for factor, _ in self._kept:
            factor.destroy()
        self._kept.clear()
        if self._factor is not None:
            self._factor.destroy()
            self._factor = self._built = None

    def inherit(self, before: "PlateNewton") -> None:
        """Go on with the factors of a plate on the same mesh, which has them no more.

        Of one with the same functions the pattern is the same; held flat, the plates are the same if their moduli are.
        Others are kept for plates to come: a panel goes from its chuck onto pins and back.
        """
        self.destroy()
        known = [*before._kept, *([] if before._factor is None else [(before._factor, before._built)])]
        before._kept, before._factor, before._built = [], None, None
        for factor, built in known:
            if factor.smooth is self._smooth is not None and factor.sprung == (self.contact is not None):
                self._factor, self._built = factor, built if self._flat else None
                factor.becomes(self.forms)
            elif factor.smooth is not None:
                self._kept.append((factor, built))
            else:
                factor.destroy()
        for factor, _ in self._kept[:-_KEPT]:
            factor.destroy()
        self._kept = self._kept[-_KEPT:]

    def solve(self, load: Load, tolerance: float, spring: float = 0.0, only_stable: bool = False) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment: iterations it took, and True.

        Args:
            load: the load.
            tolerance: largest last correction, as a part of the largest displacement.
            spring: stiffness per area (N/m^3) that holds the plate where it is: one step of a flow down the energy.
            only_stable: end where the energy falls in some direction, once that is known.

        Raises:
            Diverged: it did not converge; the state is not an equilibrium.
            Lost: it ended so.
        """
        if self.contact is not None and not spring:
            return self.descend(load, tolerance), True
        forms, old = self.forms, self.forms.state.load
        forms.apply(load)
        forms.lag(old)
        forms.spring.value, forms.anchor.x.array[:] = spring, forms.displacement.x.array
        try:
            return self._iterate(load, tolerance, only_stable and self.contact is None)
        finally:
            forms.last.x.array[:] = 0.0
            forms.spring.value = 0.0

    def solve_from(self, displacement: Array, load: Load, tolerance: float) -> int:
        """Go to the equilibrium under a load beside a displacement (local unknowns, m): iterations it took.

        Raises:
            Diverged: it did not converge; the state is not an equilibrium.
        """
        forms = self.forms
        forms.displacement.x.array[:], forms.last.x.array[:] = displacement, 0.0
        forms.apply(load)
        load = self.relinearise(load)
        forms.lag(load)
        try:
            return self._iterate(load, tolerance, False)[0]
        finally:
            forms.last.x.array[:] = 0.0

    def descend(self, load: Load, tolerance: float) -> int:
        """Go down the energy to a stable shape under a load, as of `descent.descend`: steps it took.

        Materials whose answer bends are asked again there, until the shape stays where it is.
        """
        forms, count = self.forms, 0
        try:
            for _ in range(_MOST_ITERATIONS):
                before = forms.displacement.x.array.copy()
                count += descend(self, load, tolerance)
                asked, load = load, self.relinearise(load)
                moved = forms.part_of_displacement(forms.displacement.x.array - before)
                if load is asked or moved <= _TOGGLING * tolerance:
                    return count
        finally:
            forms.spring.value = 0.0
        raise Diverged

    def held_back(self, spring: float) -> int:
        """Factorise K + spring M where the plate is: negative pivots."""
        forms = self.forms
        forms.spring.value, forms.anchor.x.array[:] = spring, forms.displacement.x.array
        self._factorise()
        return self.factor.negative_pivots

    def step(self, out: Array) -> Array:
        """(local unknowns,) correction by the last factor for forces out of balance (owned unknowns,)."""
        self.iterations += 1
        self.linear_iterations += 1
        correction = self.forms.correction
        correction.x.array[: self.forms.owned] = self.factor.solve(-out)
        correction.x.scatter_forward()
        return correction.x.array.copy()

    def _iterate(self, load: Load, tolerance: float, only_stable: bool) -> tuple[int, bool]:
        forms, next_one = self.forms, self.forms.correction.x.array
        if self._flat and self._rests():
            return 1, True
        before, slow = 0.0, False
        for iteration in range(1, _MOST_ITERATIONS + 1):
            if slow:
                self._factorise()
            else:
                self.renew(_SAME)
            if only_stable and 0.0 < before < BESIDE and self.factor.negative_pivots:
                raise Lost(self.factor.negative_pivots)
            out = self.residual()
            self.step(out)
            size = forms.largest(next_one)
            if not np.isfinite(size):
                raise Diverged
            if iteration == 1 and size > _FAR * self.thickness:
                raise Diverged(_FAR * self.thickness / size)
            forms.displacement.x.array[:] += next_one
            asked, load = load, self.relinearise(load)
            forms.lag(load)
            distance = forms.part_of_displacement(next_one)
            quadratic = load is asked  # else moduli are means over cells, and forces are those there are
            slow = distance > _SLOW * before > 0.0
            if slow and not quadratic and distance > tolerance:
                load, part = self._back(load, out)
                distance *= part
            forms.last.x.array[:] = next_one if quadratic else 0.0
            toggles = not quadratic and 0.5 * before < distance <= _TOGGLING * tolerance
            linear = self._flat and quadratic and self._near()
            if distance <= tolerance or toggles or linear or (quadratic and distance**2 <= tolerance * before):
                return iteration, True
            before = distance
        raise Diverged

    def _rests(self) -> bool:
        """True of a plate held flat whose forces in the plane are in balance: nothing is to be solved."""
        forms, u = self.forms, self.forms.displacement.x.array
        out, here = forms.largest(self.residual()), u.copy()
        u[:] = 0.0
        free = forms.largest(self.residual())
        u[:] = here
        return out <= _BALANCED * free

    def _back(self, load: Load, out: Array) -> tuple[Load, float]:
        """Go back along the last correction to where the forces do no work on it, if they work against it: load, part.

        Points that yield and do not, in turn, would go in circles (M. A. Crisfield, Non-linear Finite Element Analysis
        of Solids and Structures, vol. 1, 1991, sect. 9.2).

        Args:
            load: where the plate is.
            out: (owned unknowns,) out of balance where the correction began (N).
        """
        forms, change = self.forms, self.forms.correction.x.array
        start, end = forms.dot(out, change), forms.dot(self.residual(), change)
        if start >= 0.0 or end <= _AGAINST * -start:
            return load, 1.0
        part = start / (start - end)
        forms.displacement.x.array[:] -= (1.0 - part) * change
        load = self.relinearise(load)
        forms.lag(load)
        return load, part

    def _factorise(self) -> None:
        if self._flat and self._near():
            return
        sprung, stiffness = self._sprung(), 0.0 if self.contact is None else self.contact.stiffness
        self.factor.factorise(self._constrained, sprung, stiffness)
        load = self.forms.state.load
        self._built = self.forms.displacement.x.array.copy(), load, sprung, float(self.forms.spring.value)

    def _sprung(self) -> Integers:
        """Owned unknowns on the plane."""
        none = np.empty(0, dtype=np.int32)
        return none if self.contact is None else self.contact.touching(self.forms.displacement.x.array)

    def touch(self) -> None:
        """Nothing: the plane pushes what is on it."""

    # ---- the tangent

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""
        result, held = self.forms.forces(at_supports=False), self._constrained
        if self.contact is not None:
            result += self.contact.forces(self.forms.displacement.x.array)
        result[held[held < self.forms.owned]] = 0.0
        return result

    def energy(self) -> float:
        """Potential energy (J), that of what is pressed into the plane with it."""
        own = self.forms.energy()
        return own if self.contact is None else own + self.contact.energy(self.forms.displacement.x.array)

    def renew(self, alike: float = 0.0) -> None:
        """A factor of the tangent of where the plate is, unless there is one of next to there: as good for Newton.

        Args:
            alike: part by which moduli and free resultants may differ.
        """
        if self._near(alike):
            return
        self._factorise()

    def _near(self, alike: float = 0.0) -> bool:
        """True if the factor is that of the present load, or one alike, next to the present displacement."""
        if self._built is None or self._factor is None:
            return False
        forms = self.forms
        u, load, sprung, spring = self._built
        now, comm = forms.state.load, forms.space.mesh.comm
        same = spring == float(forms.spring.value) and np.array_equal(sprung, self._sprung())
        if not self._flat:
            same = same and load.dead == now.dead and np.array_equal(load.anisotropy, now.anisotropy)
        if not comm.allreduce(bool(same), MPI.LAND):
            return False
        if _change(comm, load.moduli.reshape(-1, 3, 6), now.moduli.reshape(-1, 3, 6)) > alike:
            return False
        if self._flat:
            return True
        if _change(comm, load.free_strain.reshape(-1, 2, 3), now.free_strain.reshape(-1, 2, 3)) > alike:
            return False
        return forms.part_of_displacement(forms.displacement.x.array - u) <= _SAME

    def unstable(self) -> int:
        """Directions in which the energy falls, of an equilibrium: the negative pivots; none in the plane alone."""
        if self._flat:
            return 0
        self.renew(_SAME)
        return self.factor.negative_pivots

    def soft_mode(self) -> tuple[Array, float]:
        """Motion (local unknowns,) of largest value 1 that resists least, and its stiffness per area (N/m^3).

        The stiffness is that of springs that do as much; it is negative if the state is unstable.
        """
        self.renew()
        mode, stiffness = self._lowest()
        full = self.forms.correction
        full.x.array[: self.forms.owned] = mode
        full.x.scatter_forward()
        return full.x.array / self.forms.largest(full.x.array), stiffness

    def _lowest(self) -> tuple[Array, float]:
        if self._modes is None:
            self._modes = SoftModes(mass_matrix(self.forms.inertia))
        return self._modes.lowest(self.factor)

    def nearest(self, displacement: Array) -> Array:
        """The displacement (local unknowns, m) of a smooth plate that is nearest to one, in the mean square."""
        if self._smooth is None or self._flat or self._is_flat(displacement):
            return displacement
        if self._modes is None:
            self._modes = SoftModes(mass_matrix(self.forms.inertia))
        target = compat.function_like(self.forms.displacement)
        target.x.array[:] = displacement
        target.x.array[: self.forms.owned] = self._modes.nearest(self._smooth, displacement[: self.forms.owned])
        target.x.scatter_forward()
        return np.array(target.x.array)

    def _is_flat(self, displacement: Array) -> bool:
        """True of a displacement without deflection that meets the supports: it is one of a smooth plate."""
        return self.forms.largest(np.concatenate([displacement[2::3], displacement[self._constrained]])) == 0.0

    def correct(
        self,
        b: Array,
        x: fem.Function,
        tolerance: float = FINAL,  # noqa: ARG002  a factor is exact
        without: Array | None = None,
    ) -> Correction:
        """Solve A x = b with the tangent where the plate is, as of `TangentSolver.correct`."""
        self.renew()
        answer = self.factor.solve(b)
        if without is not None:
            answer -= without * self.forms.dot(answer, without) / self.forms.dot(without, without)
        x.x.array[: self.forms.owned] = answer
        x.x.scatter_forward()
        return Correction(1, True, self.factor.negative_pivots == 0)


def _change(comm: MPI.Intracomm, before: Array, now: Array) -> float:
    """Largest change of values (n, kinds, m), as a part of the largest of their kind. Collective."""
    sizes = np.array([np.abs(values).max(axis=(0, 2), initial=0.0) for values in (now - before, now)])
    comm.Allreduce(MPI.IN_PLACE, sizes, MPI.MAX)
    return float((sizes[0] / np.maximum(sizes[1], np.finfo(float).tiny)).max())
