"""What a preconditioner of a tangent was made for, and how far the stack has gone from there."""

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.physics.solid.forms import LargeDeflectionForms


class Built:
    """The state of a stack as its tangent knows it. All methods are collective.

    Args:
        forms: of the stack, in that state.
    """

    def __init__(self, forms: LargeDeflectionForms) -> None:
        self._forms = forms
        self._displacement = forms.displacement.x.array.copy()
        self._moduli = self._moduli_now()
        self._strain, self._shares = (part.copy() for part in forms.lagged)
        self._stressed = float(forms.stressed.value)

    @property
    def moved(self) -> float:
        """Change of the displacement since then, as a part of it."""
        return self._forms.part_of_displacement(self._forms.displacement.x.array - self._displacement)

    @property
    def stiffened(self) -> float:
        """Largest change of a modulus since then, up or down, as a part of it."""
        change = np.abs(self._moduli_now() - self._moduli) / np.maximum(np.abs(self._moduli), np.finfo(float).tiny)
        return float(self._forms.space.mesh.comm.allreduce(change.max(initial=0.0), MPI.MAX))

    def within(self, part: float) -> bool:
        """True if displacement, moduli and load are the same up to a part of them, and stress counts as it did."""
        strain, shares = self._forms.lagged
        largest = self._forms.largest(strain)
        same = np.array_equal(shares, self._shares) and float(self._forms.stressed.value) == self._stressed
        same = same and self._forms.largest(strain - self._strain) <= part * largest
        return bool(same and self.stiffened <= part and self.moved <= part)

    def _moduli_now(self) -> Array:
        """The first modulus of every cell or point (Pa)."""
        moduli = self._forms.moduli
        return np.array(moduli.x.array.reshape(-1, moduli.function_space.dofmap.bs)[:, 0])
