"""Published strengths of brittle surfaces by name."""

from dataclasses import dataclass

from solver.life.weakest_link import WeakestLink


@dataclass(frozen=True)
class PublishedStrength:
    """Of the surface of a kind of glass.

    Attributes:
        kind: of glass, as names or titles of materials have it.
        link: its constants.
        words: what was tested, and what lasts how long.
        source: where they are from.
    """

    kind: str
    link: WeakestLink
    words: str
    source: str


_MODULUS = 7.0
_RISK = 2.86e-53  # k of ASTM E1300: P = 1 - exp(-k int s^7 dA), in N^-7 m^12

STRENGTHS: dict[str, PublishedStrength] = {
    "float-glass-din-1249-10": PublishedStrength(
        "soda-lime",
        WeakestLink(74e6, 6.0, 0.24),
        "annealed soda-lime float glass with even damage, ring on ring over 0.24 m^2: 45 MPa at 5 %",
        "DIN 1249-10 (1990), as quoted by M. Haldimann, Thesis 3671, EPFL (2006)",
    ),
    "window-glass-astm-e1300": PublishedStrength(
        "soda-lime",
        WeakestLink(_RISK ** (-1.0 / _MODULUS), _MODULUS, 1.0),
        "weathered soda-lime window glass, a load of 60 s",
        "ASTM E1300; W. L. Beason, J. R. Morgan, J. Struct. Eng. 110 (1984) 197",
    ),
}
