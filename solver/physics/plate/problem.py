"""A layered plate at large deflection: its states under temperature and dead loads, and the way between them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.errors import CaseError, NotConvergedError
from solver.linalg.tangent import Correction
from solver.materials.material import Material
from solver.physics.plate.contact import PlateContact
from solver.physics.plate.forms import DeadLoad, PlateForms
from solver.physics.plate.newton import PlateNewton
from solver.physics.plate.section import Births, Section
from solver.physics.plate.smooth import concentrated, in_plane, smooth
from solver.physics.plate.supports import PlateSupports, determinate
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid import increments
from solver.physics.solid.constitutive import laws_of
from solver.physics.solid.load import Diverged, Increment, Load, State
from solver.physics.solid.newton import FINAL
from solver.physics.solid.slender import ByNewton


class PlateProblem(ByNewton[PlateNewton]):
    """Equilibria of a plate; it starts flat, without stress and load. Lengths in m, w up.

    Args:
        plate: the plane mesh with the layers present.
        materials: one per block of the mesh, film stress included.
        references: (blocks,) temperature at which each block is free of stress (K).
        height: of the reference plane (m), the middle of the whole stack if None: displacements of a stage are then
            those of the next, whatever layers come or go.
        dead_load: gives the forces that keep their size and direction, as of `dead_loads`, or None.
        supports: makes the supports from mesh and displacement space.
        births: what the plate was like where layers were born; None: flat.
        degree: of the displacement; 3 tells how far 2 is off.
        smoothly: False: let slopes jump under penalty even where the mesh is a grid of rectangles.
        layered: gives temperatures of layers from a field of the stack (K), collective; None: it is in none.
        like: a plate before; on the same mesh, held in the same way, this one has its space and its functions.

    Attributes:
        space, support: of the displacement.
        made_supports: makes the support.
        displacement: u_x, u_y, w of the reference plane, of the present state (m).
        thickness: of the layers present (m).
        section: the layers, cell by cell.
        forms: of the energy.
        contact: of the underside, or None.
        held_flat: True if the support leaves no deflection.
        degree: of the displacement.
    """

    remembers = False  # laws may have a memory

    def __init__(
        self,
        plate: PlateMesh,
        materials: Sequence[Material],
        references: Array,
        height: float | None = None,
        dead_load: DeadLoad | None = None,
        supports: PlateSupports = determinate,
        births: Births | None = None,
        degree: int = 2,
        smoothly: bool = True,
        layered: Callable[[fem.Function], Array] | None = None,
        like: "PlateProblem | None" = None,
    ) -> None:
        self.plate, self.materials, self.references = plate, tuple(materials), references
        self._layered = layered
        self.laws = laws_of(materials, references, remember=self.remembers)
        self.height = middle(plate) if height is None else height
        like = like if like is not None and like.plate.mesh is plate.mesh and like.degree == degree else None
        self.degree: int = degree
        self.space: fem.FunctionSpace = _space(plate, degree) if like is None else like.space
        self.made_supports, self.support = supports, supports(plate, self.space)
        self.held_flat = self._is_held_flat()
        self.section = Section(plate, materials, self.laws, self.height, births, self.held_flat)
        self._moves = self._functions(smoothly, like)
        spread = self._moves is not None and not self.held_flat
        known = None if like is None else like.forms
        self.forms = PlateForms(plate, self.space, self.support.sides, dead_load, spread, self.held_flat, known)
        self.forms.beside.keep(self.support.unknowns, self._moves)
        self.displacement = self.forms.displacement
        self.thickness = plate.top - plate.bottom
        self.contact = self._contact()
        held = self.support.unknowns, self.contact, self.thickness
        self._newton = PlateNewton(self.forms, *held, self._moves, self.held_flat)

    def _functions(self, smoothly: bool, like: "PlateProblem | None") -> PETSc.Mat | None:
        """Displacements it has, as of `smooth`, those of one before that had the same; None: all. Collective."""
        if not smoothly and not self.held_flat:
            return None
        held = self.support.unknowns
        for unknowns, moves in [] if like is None else like.forms.beside.functions:
            if self.plate.comm.allreduce(np.array_equal(unknowns, held), MPI.LAND):
                return moves
        if self.held_flat:
            return in_plane(self.space, self.support)
        return smooth(self.plate, self.space, self.support)

    def inherit(self, before: "PlateProblem") -> None:
        """Go on with the factors of a plate before, which needs them no more, where it has the same nodes."""
        if self.space is before.space:
            self._newton.inherit(before._newton)

    def _is_held_flat(self) -> bool:
        owned = self.space.dofmap.index_map.size_local
        held = self.support.unknowns[self.support.unknowns < 3 * owned]
        return bool(self.plate.comm.allreduce(np.count_nonzero(held % 3 == 2) == owned, MPI.LAND))

    def _contact(self) -> PlateContact | None:
        if not self.plate.comm.allreduce(len(self.support.touches)):
            return None
        pressing = self.forms.pressing()
        if pressing <= 0.0:
            raise CaseError("support: nothing presses the stack on its support: it needs gravity or a vacuum")
        area = self.plate.stack.modelled.area
        return PlateContact(self.space, self.support, pressing, area, self.thickness)

    # ---- loads and states

    @property
    def stack_mesh(self) -> PlateMesh:
        """The mesh, as solids name it."""
        return self.plate

    @property
    def births(self) -> Births:
        """What the plate was like where layers were born."""
        return self.section.births

    def load_at(self, temperature: Temperature | fem.Function) -> Load:
        """The load at a temperature (K), of its layers or in a field of the stack; dead loads included. Collective."""
        found = self.section.resultants(self.kelvin_in(temperature))
        return self.forms.load(found.stiffness, found.free)

    def kelvin_in(self, temperature: Temperature | fem.Function) -> Temperature:
        """Temperatures (K) of its layers, from those or from a field of the stack. Collective."""
        if not isinstance(temperature, fem.Function):
            return temperature
        assert self._layered is not None, "it was made for uniform temperatures"
        return self._layered(temperature)

    @property
    def state(self) -> State:
        """Where the plate is."""
        return self.forms.state

    @state.setter
    def state(self, state: State) -> None:
        self.forms.state = state

    def flat(self, load: Load) -> State:
        """The flat plate without stress, its moduli as under a load."""
        at_rest = Load(load.moduli, np.zeros_like(load.free_strain), 0.0, 1.0, 0.0, np.zeros(2))
        return State(np.zeros_like(self.displacement.x.array), at_rest)

    def take_over(self, displacement: Array, load: Load) -> None:
        """Begin at a displacement (local unknowns, m) that answers a load but for forces, as of the solid.

        Those of layers that were taken away and of supports that let go are held; a load with `held` 0 releases them.
        A displacement that is none of this plate (kinks, supports) is replaced by the nearest one.
        """
        displacement = self._newton.nearest(displacement)
        self.state = State(displacement, replace(load, held=0.0))
        self.forms.held = -self.forms.forces(at_supports=False)
        self.state = State(displacement, replace(load, held=1.0))

    # ---- what is read from a state

    def energy(self) -> float:
        """Potential energy Pi of the modelled part (J), less the part of the layers alone."""
        return self._newton.energy()

    def shape(self) -> Array:
        """(local cells, CORNERS, 6) strain xx, yy, xy and curvature (1/m) of the reference plane at the corners."""
        return self.forms.shape()

    def stress(self, layer: int, temperature: Temperature, shape: Array | None = None) -> Array:
        """(local cells, CORNERS, 2, 3) stress (Pa) at bottom and top of a layer, as of `Section.stress`.

        Args:
            layer: its index in the stack-up.
            temperature: of the plate.
            shape: of the present state, if it is known.
        """
        return self.section.stress(layer, self.shape() if shape is None else shape, temperature)

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""
        return self._newton.residual()

    def reactions(self) -> Array:
        """(owned unknowns,) forces out of balance (N): at an equilibrium those of the supports.

        What a plane pushes that the plate may lift off is that of its nodes.
        """
        found = self.forms.forces()
        if self.contact is not None:
            found[2::3] = -self.contact.forces(self.displacement.x.array)[2::3]
        elif self.spread:
            found = concentrated(self.plate, self.space, self.support, found)
        return found

    @property
    def spread(self) -> bool:
        """True if the forces of supports in z are spread over the nodes around them."""
        return self._moves is not None and not self.held_flat

    def carried(self, reactions: Array | None = None) -> float:
        """Force (N) with which the supports push the modelled part up, all together.

        Args:
            reactions: of the present state, if they are known.
        """
        found = self.reactions() if reactions is None else reactions
        return float(self.plate.comm.allreduce(float(found[2::3].sum())))

    # ---- the way to a load

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:
        """Go from the present state to an equilibrium under a load, as of `increments.follow`.

        Where small increments fail it goes down the energy to a stable one, unless there are other ways.
        """
        counted = self.newton_iterations, self.linear_iterations
        try:
            return increments.follow(self._newton, target, tolerance, only_stable, increments.TRIED)
        except NotConvergedError:
            if only_stable or self.contact is not None:
                raise
        try:
            self._newton.descend(target, tolerance)
        except Diverged:
            raise NotConvergedError("large deflection: no stable shape of the plate found") from None
        spent = self.newton_iterations - counted[0], self.linear_iterations - counted[1]
        return [Increment(1.0, *spent, self.unstable())]

    @property
    def factorisations(self) -> int:
        """Factorisations of the tangent so far."""
        return self._newton.factor.count

    def correct(self, b: Array, x: fem.Function, tolerance: float, without: Array | None = None) -> Correction:
        """Solve with the tangent where the plate is, as of `PlateNewton.correct`."""
        return self._newton.correct(b, x, tolerance, without)


def _space(plate: PlateMesh, degree: int) -> fem.FunctionSpace:
    return fem.functionspace(plate.mesh, ("Lagrange", degree, (3,)))


def middle(plate: PlateMesh) -> float:
    """Height of the middle of the whole stack-up (m)."""
    layers = plate.stack.layers
    return 0.5 * (min(layer.bottom for layer in layers) + max(layer.top for layer in layers))
