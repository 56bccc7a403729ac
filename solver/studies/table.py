"""The studies of a case: each is a command, whose machinery is read only when it is started."""

from typing import NamedTuple


class StudyEntry(NamedTuple):
    """A study as the commands know it.

    Attributes:
        place: of its class, `module:class`.
        help: a line for the user.
        leaves: files and folders it leaves in the results, which a new run keeps.
    """

    place: str
    help: str
    leaves: tuple[str, ...]


STUDIES: dict[str, StudyEntry] = {
    "vias": StudyEntry(
        "solver.studies.vias.study:ViaStudy",
        "Thermal vias: what the array of a case does, and what other pitches, diameters, walls and counts would do.",
        ("vias.json", "pictures/vias.png"),
    ),
    "reduce": StudyEntry(
        "solver.studies.reduce.study:Reduction",
        "Reduced thermal models: state space with free film coefficients, SPICE netlists, a network of resistances.",
        ("reduced", "pictures/reduced.png"),
    ),
}

# what studies have left in the results, which a new run keeps
LEFT_BY_STUDIES = tuple(name for study in STUDIES.values() for name in study.leaves)
