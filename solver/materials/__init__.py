"""Materials: what the case file and the library say, and what the physics asks (stiffness, thermal strain, heat).

`library.resolve` turns a name, a `MaterialSpec`, a `MixSpec` or a unit cell into a `Material`.
"""

from solver.materials.library import load, names, resolve
from solver.materials.material import Material, MaterialError
from solver.materials.mix.spec import MixSpec
from solver.materials.spec import MaterialSpec

__all__ = ["Material", "MaterialError", "MaterialSpec", "MixSpec", "load", "names", "resolve"]
