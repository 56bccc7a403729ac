"""Large deflection of materials with a memory."""

import basix
import numpy as np
from dolfinx import fem

from solver import compat
from solver.arrays import Array
from solver.materials.material import Material
from solver.physics.coefficients import QUADRATURE_DEGREE
from solver.physics.solid.answers import Answer, Kelvin, no_answer, uniform
from solver.physics.solid.constitutive import soft_cells
from solver.physics.solid.driven import Drive
from solver.physics.solid.elastic_energy import elastic_energy
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.forms_in_time import FormsInTime
from solver.physics.solid.kinematics import green_strain
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Load
from solver.physics.solid.memory import Memory
from solver.physics.solid.remembering import Points
from solver.physics.solid.solid import DeadLoad
from solver.physics.solid.through_time import ThroughTime


class LargeDeflectionInTime(ThroughTime, LargeDeflectionSolid):
    """A stack at large deflection whose materials may have a memory; arguments as of `LargeDeflectionSolid`.

    Attributes:
        memory: what its points remember.
    """

    remembers = True
    memory: Memory
    forms: FormsInTime
    displacement: fem.Function
    _drive: Drive | None = None

    def drive(self, seconds: float) -> None:
        """As of the base."""
        if self.support.driven is not None:
            self._drive = Drive(self.support.driven, self.displacement.x.array, uniform(self.memory.kelvin), seconds)

    def _forms_made(self, dead_load: DeadLoad | None) -> LargeDeflectionForms:
        domain = self.stack_mesh.mesh
        born = None
        if self.birth is not None:
            points = basix.make_quadrature(domain.basix_cell(), QUADRATURE_DEGREE)[0]
            cells = np.arange(len(self.stack_mesh.block), dtype=np.int32)
            expression = compat.expression(green_strain(self.birth), points)
            born = compat.evaluate(expression, domain, cells).reshape(len(cells), -1, 6)
        self.memory = Memory(self.coefficients, self.laws, float(self.references[0]), born, green=True)
        return FormsInTime(self.coefficients, dead_load, self.memory.count)

    # ---- increments

    def load_at(self, temperature: float | fem.Function) -> Load:
        """The load at a temperature (K) or in a field that is reached in no time, dead loads included."""
        return self.load_after(self.kelvin_in(temperature), 0.0)

    def kelvin_in(self, temperature: float | fem.Function) -> Kelvin:
        """A temperature (K), or those at all points in a field, as `load_after` takes it. Collective."""
        return self.coefficients.at_points(temperature) if isinstance(temperature, fem.Function) else temperature

    def load_after(self, kelvin: Kelvin, seconds: float) -> Load:
        """The load at the end of an increment from the state accepted last; `accept` makes it the next one.

        Args:
            kelvin: temperature there, to which it changes evenly.
            seconds: it takes.

        Raises:
            Diverged: the materials find no answer: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        self.memory.begin(kelvin, seconds)
        forms = self.forms
        forms.answered = 0.0
        self.coefficients.fill(forms.mean_free, self._mean_free, kelvin)
        answer = self._answer()
        if not self._newton.ready:
            soft = soft_cells(self.stack_mesh, answer.moduli)
            moduli = self._as_coefficients(answer)[0]
            self._newton.relinearise = self._relinearised
            self._newton.begin(moduli, self.support.unknowns, self.stack_mesh.column, soft)
        if self._drive is None:
            self.drive(np.inf)
        driven = np.zeros(0) if self._drive is None else self._drive.at(uniform(kelvin), seconds)
        return Load(*self._as_coefficients(answer), 1.0, 1.0, 0.0, np.zeros(2), 1.0, driven)

    def accept(self) -> None:
        """As of the base; what is displaced has come as far."""
        seconds = self.memory.seconds
        super().accept()
        if self._drive is not None:
            self._drive.went(seconds)

    def settle(self) -> None:
        """As of the base; what is displaced stays where it is."""
        self.drive(np.inf)
        super().settle()

    def _strains(self) -> Array:
        return self.forms.strain()

    def _answered(self) -> tuple[Array, Array]:
        return self._as_coefficients(self._answer())

    def _answer(self) -> Answer:
        answer = self.memory.respond(self.forms.strain())
        if answer is None:
            raise no_answer(self.memory.seconds)
        return answer

    def _as_coefficients(self, answer: Answer) -> tuple[Array, Array]:
        """Values of the functions of moduli and of the stress at rest."""
        result = []
        for function, values in ((self.forms.moduli, answer.moduli), (self.forms.free_strain, answer.at_rest)):
            target = compat.function_like(function)
            self.coefficients.put(target, values)
            result.append(target.x.array.copy())
        return result[0], result[1]

    def _mean_free(self, block: int, material: Material, temperature: Array) -> Array:  # noqa: ARG002  a law
        free = self.laws[block].free_strain(temperature)
        return np.asarray(0.5 * (free[:, :1] + free[:, 1:2]))

    # ---- what is read from a state

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:  # noqa: ARG002  `Solid`
        """Second Piola-Kirchhoff stress of the state accepted last; arguments and result as of `Solid.stress`.

        Args:
            temperature: that of the state, which is known.
            points: (n, 3) reference points of a cell; None: its eight corners.
        """
        points = basix.geometry(self.stack_mesh.mesh.basix_cell()) if points is None else points
        return self.memory.at(points)(self.memory.stress)

    def strain_since_birth(self) -> Array:
        """(owned cells, points, 6) Green's, at the Gauss points, in Voigt order."""
        return self.memory.since_birth(self.forms.strain())

    def remembered(self) -> Points:
        """What its points remember, for metrics."""
        memory, mesh = self.memory, self.stack_mesh
        return Points(mesh.block, self.coefficients.volumes(), memory.stress, self.strain_since_birth, memory.readings)

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,): what it gives back in no time."""
        return elastic_energy(self.coefficients, self.laws, self.memory)
