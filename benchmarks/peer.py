"""What another program answered and what it took."""

from dataclasses import dataclass

from benchmarks.process import Cost


@dataclass(frozen=True)
class Peer:
    """Result of another program.

    Attributes:
        name: program, element, solver, threads.
        unknowns: with those held.
        corner_um: height of the corner over the centre of the bottom.
        algebra_seconds: wall, to assemble, factorise and solve; None where the program does not tell.
        wall, cpu: seconds from start to end of the program.
        memory: peak (bytes).
    """

    name: str
    unknowns: int
    corner_um: float
    algebra_seconds: float | None
    wall: float
    cpu: float
    memory: float


def answer(name: str, unknowns: int, corner_um: float, algebra_seconds: float | None, cost: Cost) -> Peer:
    """Put a result together."""
    return Peer(name, unknowns, corner_um, algebra_seconds, cost.wall, cost.cpu, cost.memory)
