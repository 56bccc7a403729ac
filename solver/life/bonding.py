"""Direct and hybrid bonding in closed form: pads that rise in their oxide, and what a bond front can flatten.

Bond front: it goes on while the energy to bend a part flat, per area, is below the work of adhesion (K. T. Turner,
S. M. Spearing, J. Appl. Phys. 92 (2002) 7658).
"""

from dataclasses import dataclass

from numpy import sqrt


@dataclass(frozen=True)
class ConfinedPad:
    """A pad whose sides and bottom are held by what is around it, its top free until it meets its mirror image.

    Attributes:
        modulus, poisson: of the pad (Pa).
        mismatch: expansion of the pad less that of what is around it (1/K).
        depth: of the pad (m).
    """

    modulus: float
    poisson: float
    mismatch: float
    depth: float

    @property
    def effective_expansion(self) -> float:
        """Rise per depth and kelvin, against what is around it: mismatch (1 + nu) / (1 - nu)."""
        return self.mismatch * (1.0 + self.poisson) / (1.0 - self.poisson)

    @property
    def confined_modulus(self) -> float:
        """Stress over strain across, without strain in the plane (Pa)."""
        nu = self.poisson
        return self.modulus * (1.0 - nu) / ((1.0 + nu) * (1.0 - 2.0 * nu))

    def closes_after(self, recess: float) -> float:
        """Rise of temperature (K) after which a recess (m) is gone: recess = depth x effective expansion x dT."""
        rate = self.depth * self.effective_expansion
        return recess / rate if rate > 0.0 else float("inf")

    def pressure(self, recess: float, rise: float) -> float:
        """Between two equal pads (Pa) after a rise of temperature (K), elastic; 0 while they are apart."""
        strain = self.effective_expansion * rise - recess / self.depth
        return max(0.0, self.confined_modulus * strain)


@dataclass(frozen=True)
class Sheet:
    """A die, a wafer or a panel that is bonded.

    Attributes:
        modulus, poisson: of it (Pa).
        thickness: of it (m).
        length: diameter, or distance over which its bow is measured (m).
    """

    modulus: float
    poisson: float
    thickness: float
    length: float

    @property
    def stiffness(self) -> float:
        """D = E h^3 / 12 (1 - nu^2) (N m)."""
        return self.modulus * self.thickness**3 / (12.0 * (1.0 - self.poisson**2))

    def energy(self, bow: float, spherical: bool = True) -> float:
        """To bend it flat, per area (J/m^2): D (1 + nu) k^2 of a sphere, D k^2 / 2 of a cylinder, k = 8 bow / L^2."""
        curvature = 8.0 * bow / self.length**2
        return self._factor(spherical) * curvature**2

    def greatest_bow(self, adhesion: float, spherical: bool = True) -> float:
        """Bow (m) that a work of adhesion (J/m^2) can flatten."""
        return float(self.length**2 / 8.0 * sqrt(adhesion / self._factor(spherical)))

    def run_out(self, bow: float) -> float:
        """How far its edge moves in the plane of the bond as it is bent flat (m): k h / 2 times half the length."""
        return 8.0 * abs(bow) / self.length**2 * self.thickness / 2.0 * self.length / 2.0

    def _factor(self, spherical: bool) -> float:
        return self.stiffness * ((1.0 + self.poisson) if spherical else 0.5)
