"""Newton's method at large deflection, with the contact of the underside and the modes of the tangent."""

from collections.abc import Callable

import numpy as np

from solver.arrays import Array, Integers, Mask
from solver.errors import NotConvergedError
from solver.linalg.tangent import Correction, TangentSolver
from solver.physics.solid.built import Built
from solver.physics.solid.contact import Contact
from solver.physics.solid.convergence import Convergence, balanced
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.load import Diverged, Load, Lost, State
from solver.physics.solid.reactions import Imbalance

_MOST, _MOST_FROM_A_GUESS = (12, 200), (8, 25)  # iterations without and with contact, whose set is found on the way
_FAR = 25.0  # thicknesses the first correction of an increment may move: one linear step says little beyond
_STALE = 0.03  # part of the displacement that may change before the preconditioner is made anew
_STIFFER = 0.3  # part of a modulus that may change before it is made anew as well: what has gelled or softened
_SAME = 2e-3  # part of displacement, moduli and load that may change before stability is judged with new factors
_NEAR = 0.5  # last correction, as a part of the displacement, from which an unstable tangent tells of the equilibrium
BESIDE, _MOST_BESIDE = 0.02, 6  # the same, at which a stack is at an unstable equilibrium, and iterations to get there
_MODES, _MOST_MODES = 2, 12  # nearest to zero, with contact; two more for each piece, which may roll
SINKING = 1e-2  # as below, of a step that sinks onto a plane, whatever nodes are still to touch it
PASSING, FINAL = 1e-3, 1e-6  # largest last correction, as a part of the displacement, on the way and at its end
_GUESSED = 1e-3  # residual that the first linear solve from a displacement that is a guess leaves
_TOUCHING = 1e-6  # the same with contact: the weight on a node is little beside the forces in the stack
_TENTH, _TINY = 0.1, 1e-3  # of the tolerance: to which contact balances, and at which nothing is left to gain


class Newton:
    """Equilibria under one load after another. All methods are collective.

    Args:
        forms: of the stack; their state is moved.
        contact: of its underside, or None.
        thickness: of the layers present (m).
        imbalance: as of `reactions.imbalance`, where no contact watches over that.
        flat: True if the whole underside is held: only the plates' pivots tell stable from unstable then.

    Attributes:
        iterations, linear_iterations: so far.
        driven: local unknowns that are displaced, as the load says; None: there are none.
        relinearise: gives the load by which the materials answer at the present displacement, and lets it act.
    """

    def __init__(
        self,
        forms: LargeDeflectionForms,
        contact: Contact | None,
        thickness: float,
        imbalance: Imbalance | None = None,
        flat: bool = False,
    ) -> None:
        self.forms, self.contact, self.thickness, self._imbalance = forms, contact, thickness, imbalance
        self._flat = flat
        self.relinearise: Callable[[Load], Load] = _elastic
        self.driven: Integers | None = None
        self.iterations = self.linear_iterations = 0
        self._solver: TangentSolver | None = None
        self._built: Built | None = None
        self._mode: Array | None = None
        self._softest: tuple[Built, Array, float] | None = None
        self._anchored = False

    @property
    def ready(self) -> bool:
        """True once `begin` made the linear solver."""
        return self._solver is not None

    @property
    def solver(self) -> TangentSolver:
        """Of the tangent; it is there from the first load on."""
        assert self._solver is not None, "ask for a load first"
        return self._solver

    @property
    def constrained(self) -> Integers:
        """Owned unknowns that are held at zero."""
        return self.solver.operator.constrained

    def begin(self, moduli: Array, constrained: Integers, column: Integers, shear_compliant: Mask) -> None:
        """Make the linear solver.

        Args:
            moduli: of the first load, which decides on the plates: values of the function of moduli (Pa).
            constrained: local unknowns held at zero.
            column: (owned cells,) plane cell of each cell.
            shear_compliant: (owned cells,) where plates may slide on each other.
        """
        forms = self.forms
        forms.moduli.x.array[:] = moduli
        held = constrained if self.contact is None else self.contact.constrained
        self._solver = TangentSolver(forms.layered, forms.space, held, column, shear_compliant, forms.displacement)
        self._built = self._mode = self._softest = None

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    def solve(self, load: Load, tolerance: float, spring: float = 0.0, only_stable: bool = False) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment: iterations it took, and False if it is surely unstable.

        An unstable equilibrium may be missed by a part 1e-4 of the displacement: near it conjugate gradients end early.

        Args:
            load: the load.
            tolerance: largest last correction, as a part of the largest displacement.
            spring: stiffness per volume (N/m^4) that holds the stack where it is: one step of a flow down the energy.
            only_stable: end where the energy falls in some direction, once corrections are below half the displacement.

        Raises:
            Diverged: it did not converge; the state is not an equilibrium.
            Lost: it ended so.
        """
        forms, old = self.forms, self.forms.state.load
        forms.apply(load)
        forms.lag(old)
        self._hold(spring)
        self.touch()
        if self.contact is not None:
            self.contact.rough = tolerance > FINAL
        try:
            return self._iterate(load, tolerance, only_stable and self.contact is None)
        finally:
            forms.last.x.array[:] = 0.0
            if spring:
                self._hold(0.0)

    def solve_from(self, guess: Array, load: Load, tolerance: float) -> bool:
        """Go to the equilibrium under a load from a displacement near it; False if surely unstable.

        What a guess stretches is no stress of the stack: the first correction and its preconditioner leave it out; the
        latter stays while the stack is near. On a plane, where solves are fine, it does not; and the nodes that are on
        it or below are the set to begin with, which that correction does not change.

        Args:
            guess: displacement (local unknowns, m) that keeps to the supports.
            load: the load.
            tolerance: as of `solve`.

        Raises:
            Diverged: as of `solve`.
        """
        forms = self.forms
        forms.state = State(guess, load)
        self.touch()
        if self.contact is not None:
            self.contact.rough = tolerance > FINAL
        self._hold(0.0)
        forms.stressed.value, self._built = 0.0, None
        try:
            self.renew()
            if not self._correct(_GUESSED).definite or not np.isfinite(forms.largest(forms.correction.x.array)):
                raise Diverged
            load = self._move(load)
        finally:
            forms.stressed.value = 1.0
            self._built = self._built if self.contact is None else None
        try:
            return self._iterate(load, tolerance, False, self._last_part(), _MOST_FROM_A_GUESS)[1]
        finally:
            forms.last.x.array[:] = 0.0

    def _iterate(
        self,
        load: Load,
        tolerance: float,
        only_stable: bool,
        distance: float = 1.0,
        most: tuple[int, int] = _MOST,
    ) -> tuple[int, bool]:
        """Newton's iterations, from where the last correction was `distance`, a part of the displacement; 1: none."""
        going = Convergence(distance, self.relinearise is _elastic and self.contact is None)
        for iteration in range(1, most[self.contact is not None] + 1):
            near = only_stable and going.distance < _NEAR
            if self._renew_if_stale() and near and self.solver.negative_pivots:
                load = self._go_beside(load, going)
            rough = going.rough(tolerance) if self.contact is None else _TOUCHING
            correction = self._correct(rough)
            if near and not correction.definite:
                load = self._go_beside(load, going)
                continue
            if not correction.definite and going.distance < _STALE:
                return iteration, False
            size = self.forms.largest(self.forms.correction.x.array)
            if not np.isfinite(size) or not correction.definite:
                raise Diverged
            if iteration == 1 and size > _FAR * self.thickness:
                raise Diverged(_FAR * self.thickness / size)
            load = self._move(load)
            changed, left = self._meet(), going.corrected(self._last_part(), rough)
            if tolerance == SINKING and left <= tolerance:
                return iteration, True
            if changed or left > tolerance:
                continue
            if correction.converged and (going.distance < _TINY * tolerance or self._balanced(tolerance)):
                return iteration, True
        raise Diverged

    def _go_beside(self, load: Load, going: Convergence) -> Load:
        """Go on without the softest mode, to where only that is out of balance: the load there.

        Raises:
            Lost: the shape there is unstable, or it is in several directions on the way.
            Diverged: the stack did not come there.
        """
        self._renew_if_elsewhere()
        if self.solver.negative_pivots > 1:
            raise Lost(self.solver.negative_pivots)
        mode = self.soft_mode()[0][: self.forms.owned]
        for _ in range(_MOST_BESIDE):
            if going.distance < BESIDE:
                directions = self.unstable()
                if directions:
                    raise Lost(directions)
                return load
            self._renew_if_stale()
            correction = self._correct(going.rough(0.0), mode)
            if not correction.definite or not np.isfinite(self.forms.largest(self.forms.correction.x.array)):
                break
            load = self._move(load)
            going.went(self._last_part())
        raise Diverged

    def _move(self, load: Load) -> Load:
        """Take the correction, and the load as materials answer it."""
        forms = self.forms
        forms.displacement.x.array[:] += forms.correction.x.array
        forms.last.x.array[:] = forms.correction.x.array
        load = self.relinearise(load)
        forms.lag(load)
        return load

    def _last_part(self) -> float:
        """Size of the last correction, as a part of the displacement."""
        return self.forms.part_of_displacement(self.forms.last.x.array)

    def _correct(self, tolerance: float, without: Array | None = None) -> Correction:
        """The next correction, with a new preconditioner if the old one is of elsewhere and met negative curvature."""
        self.iterations += 1
        forms = self.forms
        out = self.forces()
        lift = self._lift()
        b = -out if lift is None else -out - self.solver.operator.product(lift[: forms.owned])
        correction = self.solver.correct(b, forms.correction, tolerance, without)
        self.linear_iterations += correction.iterations
        if not correction.converged and not (self._built is not None and self._built.within(0.0)):
            self.renew()
            correction = self.solver.correct(b, forms.correction, tolerance, without)
            self.linear_iterations += correction.iterations
        if lift is not None:
            forms.correction.x.array[:] += lift
        if self.contact is not None:
            self._carried = out + self.solver.operator.product(forms.correction.x.array[: forms.owned])
        return correction

    def _lift(self) -> Array | None:
        """The correction (local unknowns,) of what is held: on the plane, or where it is wanted; None: it is there."""
        u = self.forms.displacement.x.array
        if self.contact is not None:
            return self.contact.lift(u)
        if self.driven is None:
            return None
        found = np.zeros_like(u)
        found[self.driven] = self.forms.driven - u[self.driven]
        return found

    def forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N), those of the supports included."""
        if not self._anchored:
            self.forms.anchor.x.array[:] = self.forms.displacement.x.array
        return self.forms.forces()

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""
        result = self.forces()
        result[self.constrained] = 0.0
        return result

    # ---- contact

    def flatten(self, load: Load) -> bool:
        """Go from flat, without stress, to the underside pressed on the plane under a load; False if that is unstable.

        One correction: in the plane the stack is linear.
        """
        self.forms.apply(load)
        self._hold(0.0)
        self.touch()
        self._renew_if_stale()
        correction = self._correct(_TOUCHING)
        if correction.definite:
            self._move(load)
        self.forms.last.x.array[:] = 0.0
        return correction.definite

    def touch(self) -> None:
        """Hold the nodes that are on the plane."""
        if self.contact is not None and self.contact.begin(self.forms.displacement.x.array):
            self._constrain()

    def _meet(self) -> bool:
        """Let nodes go and catch others as the last correction says; True if the set has changed."""
        if self.contact is None or not self.contact.update(self.forms.displacement.x.array, self._carried):
            return False
        self._constrain()
        return True

    def _balanced(self, tolerance: float) -> bool:
        """True if what presses the stack down is carried: with contact up to a tenth of the tolerance."""
        if self.contact is not None:
            return self.contact.imbalance(self.residual()) <= _TENTH * tolerance
        if self._imbalance is None or tolerance > FINAL:
            return True
        return balanced(self.forms, self.solver, self._imbalance, self.residual())

    def _constrain(self) -> None:
        if self._solver is not None and self.contact is not None:
            self._solver.constrain(self.contact.constrained)
            self._built = None

    def _hold(self, spring: float) -> None:
        """Hold the stack where it is by springs; the preconditioner does not know them yet.

        With contact, springs that go wherever it goes are always there: see `Contact.rolling`.
        """
        forms = self.forms
        self._anchored = spring > 0.0
        if self.contact is not None:
            spring = max(spring, self.contact.rolling(forms.displacement.x.array))
        if spring != forms.spring.value:
            self._built = None
        forms.spring.value = spring
        forms.anchor.x.array[:] = forms.displacement.x.array

    # ---- the tangent

    def renew(self) -> None:
        """Make the preconditioner for the present state; plates that are singular are of one far astray."""
        try:
            self.solver.refresh()
        except NotConvergedError:
            self._built = None
            raise Diverged from None
        self._built = Built(self.forms)

    def _renew_if_stale(self) -> bool:
        """Make it anew if it no longer suits; True if that was done. What is held flat turns nowhere."""
        stale = self._built is None or self._built.stiffened > _STIFFER
        stale = stale or (not self._flat and self._built is not None and self._built.moved > _STALE)
        if stale:
            self.renew()
        return stale

    def _renew_if_elsewhere(self) -> None:
        if self._built is None or not self._built.within(_SAME):
            self.renew()

    def soft_mode(self) -> tuple[Array, float]:
        """Motion (local unknowns,) of largest value 1 that resists least, and its stiffness per mass of unit density.

        The stiffness (N/m^4) is negative if the state is unstable. Asked again in the same state it is the one known.
        """
        if self._softest is not None and self._softest[0].within(0.0):
            return self._softest[1].copy(), self._softest[2]
        self._renew_if_elsewhere()
        forms, motion = self.forms, self.forms.correction
        modes = 1 if self.contact is None else min(_MODES + 2 * self.contact.pieces, _MOST_MODES)
        motion.x.array[: forms.owned] = self.solver.soft_mode(modes, self._mode)
        motion.x.scatter_forward()
        motion.x.array[:] /= forms.largest(motion.x.array)
        mode = motion.x.array[: forms.owned].copy()
        if self.contact is None:
            self._mode = mode
        stiffness = forms.dot(mode, self.solver.operator.product(mode)) / forms.mass()
        self._softest = (Built(forms), motion.x.array.copy(), stiffness) if self.contact is None else None
        return motion.x.array.copy(), stiffness

    def unstable(self) -> int:
        """Directions found in which the energy falls, of an equilibrium: at least as many are there.

        The plates' negative pivots, which come up to 3 % of the bifurcation load late as plates are stiffer than the
        stack; or else one, if their softest mode, smoothed, is unstable (0.2 % late). Neither is asked where the last
        preconditioner, that of a state near this one, sees a tangent that is definite by far.
        """
        if self._built is not None and not self._built.within(_SAME) and self.solver.surely_definite:
            self._mode = None  # that of a state that is not near any more
            return 0
        self._renew_if_elsewhere()
        return self.solver.negative_pivots or int(not self._flat and self.soft_mode()[1] < 0.0)


def _elastic(load: Load) -> Load:
    """The load, by which elastic materials answer at any displacement."""
    return load
