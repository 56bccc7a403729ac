"""What larger problems on more nodes would take: work over limits, messages, plates, what every rank repeats.

The constants below are assumptions or follow from the method, each with its source; everything else is measured here
(`calibrate`) and checked on runs that were not used for it (`validation`). docs/scaling.md says it in words.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import roofline, work
from benchmarks.ranks import per_iteration
from benchmarks.table import Table, count
from benchmarks.work import Work

NEEDS = ("panel", "refinement", "ranks", "roofline", "plane")

# three layers of degree-2 hexahedra, as the panel: the plane has 4 columns of nodes per cell, a column 7 nodes
_LEVELS, _LAYERS, _COLUMNS_PER_CELL, _COMPONENTS, _MODES = 7, 3, 4, 3, 5
_PER_COLUMN = _LEVELS * _COMPONENTS

# factors of the Kirchhoff splines, three unknowns per cell: entries measured on the panel, per column of nodes
_FACTOR_ENTRIES, _FACTOR_BYTES = 24.0, 11.4
_HALF_EFFICIENCY = 256  # ranks on which MUMPS does half of what its ranks could: an assumption
# the multigrid of the splines (solver/linalg/spline_multigrid.py), counted on panels: operations of a solve and entries
# of all levels per unknown, messages of a level to each neighbour, two more iterations of the whole; set-up in seconds
# of one core per unknown (docs/decisions.md)
_SPLINES_PER_CELL = 3.0
_SPLINE_SOLVE, _SPLINE_ENTRIES, _SPLINE_SET_UP, _MORE_ITERATIONS = 1559.0, 193.0, 51e-6, 2
_SPLINE_MESSAGES, _LAST_GRID, _ENTRY_BYTES = 14.0, 12.0, 12.0

_NEIGHBOURS = 6  # of a METIS part in the plane: by Euler's formula
_OVERHEAD = 0.5e-6  # s a rank is busy with one message (an assumption; latency comes on top once per scatter)
# the plane mesh (meshes/parts.py): a part has points 16, corners 32, regions of three layers 12, numbers and owners 20
# bytes a cell; rank 0 has the whole, 60 a cell, and works with four times as much while it cuts and deals it out
_PART_BYTES, _WHOLE_BYTES = 80.0, 300.0
_CUT, _UNCUT = 1.7e-6, 2e5  # s a column takes METIS to be bisected eight times, and columns that one rank cuts alone
_MANY_SOLVES = 100  # of a process in many steps or in time, on one mesh

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """Nodes and what joins them.

    Attributes:
        cores: of a node.
        bandwidth: of the memory of a node (bytes/s).
        flops: of a node (1/s).
        latency: of a message (s).
        network: of a node (bytes/s).
        memory: of a node (bytes).
    """

    cores: int
    bandwidth: float
    flops: float
    latency: float
    network: float
    memory: float


# a common node of 2024: two sockets of 64 cores, 400 GB/s, AVX2 at 2.5 GHz (16 operations a cycle), 100 Gbit/s
CLUSTER = Machine(128, 400e9, 128 * 16 * 2.5e9, 1.5e-6, 12.5e9, 512e9)


@dataclass(frozen=True)
class Calibration:
    """What was measured.

    Attributes:
        machine: this one.
        calls: of each part per iteration.
        fraction: of the roofline each part reaches.
        vector_bytes: other traffic of an iteration per unknown: what the time left would move at full bandwidth.
        iterations: of a solve, with its correction.
        local: seconds per unknown of one core for what ranks share: mesh, forms, set-up without plates, results.
        alone: seconds per plane cell of what one rank does while the others wait.
        plates: seconds per plate, and per plate^1.5, of one core to order and factorise.
        scatters: per iteration.
        doubles: sent per ghost node and iteration.
        bytes: per unknown, without start-up.
        base_bytes: of an empty process.
        start: seconds from a cold start to the first phase, and from the last one to the end.
    """

    machine: Machine
    calls: dict[str, float]
    fraction: dict[str, float]
    vector_bytes: float
    iterations: float
    local: float
    alone: float
    plates: tuple[float, float]
    scatters: float
    doubles: float
    bytes: float
    base_bytes: float
    start: float


def calibrate(found: Numbers) -> Calibration:
    """Constants from the roofline run on 2 ranks; plates from the panels on 2 ranks; memory from the refinement."""
    limits, run = (found["roofline"]["numbers"]["ranks"][1][key] for key in ("limits", "run"))
    ranks, unknowns, cycles = run["ranks"], run["unknowns"], run["work"]["cycles"]
    machine = Machine(
        ranks, limits["bandwidth"], limits["flops"], limits["latency"], limits["message_bandwidth"], np.inf
    )
    parts, calls, fraction = run["work"]["parts"], {}, {}
    for name, once in roofline.per_call(run).items():
        if name in parts:
            calls[name] = parts[name]["calls"] / cycles
            fraction[name] = _seconds(once * ranks, machine) * parts[name]["calls"] / parts[name]["seconds"]
    in_parts = sum(parts[name]["seconds"] for name in calls) + parts["plates"]["seconds"]
    rest = max(run["phases"]["iteration"]["wall"] - in_parts, 0.0)
    plates = run["work"]["setup_seconds"]["plates factorised"]
    phases = sum(phase["wall"] for name, phase in run["phases"].items() if name not in ("iteration", "plane mesh"))
    sent = per_iteration(run)
    sizes = found["refinement"]["numbers"]["runs"]
    # the whole growth of memory over unknowns belongs to the unknowns
    growth = np.polyfit([one["unknowns"] for one in sizes], [one["memory"] - one["start_memory"] for one in sizes], 1)
    return Calibration(
        machine,
        calls,
        fraction,
        rest / cycles * machine.bandwidth / unknowns,
        float(cycles),
        ranks * max(phases - plates - run["replicated_seconds"], 0.0) / unknowns,
        _of_plane(found),
        _plates(found),
        sent["scatters"],
        sent["bytes"] / max(run["work"]["sizes"]["forward_bytes"][0], 1),
        float(growth[0] if len(sizes) > 1 else (sizes[0]["memory"] - sizes[0]["start_memory"]) / sizes[0]["unknowns"]),
        run["start_memory"] / ranks,
        run["wall"] - run["total"]["wall"],
    )


def predict(
    unknowns: float, ranks: int, machine: Machine, c: Calibration, plate_multigrid: bool = False
) -> tuple[dict[str, float], float]:
    """Seconds of each part of one solve from a cold start, and bytes per node.

    Args:
        unknowns: of the problem, three cells high.
        ranks: one per core, nodes filled.
        machine: whose.
        c: what was measured.
        plate_multigrid: True for splines solved by their multigrid, False for a factorisation.
    """
    nodes = max(ranks / machine.cores, 1.0)
    busy = min(ranks, machine.cores) / machine.cores  # of a node
    columns = unknowns / _PER_COLUMN
    plane = columns / _COLUMNS_PER_CELL
    side = np.sqrt(plane / ranks)  # cells along the edge of a rank's part
    touched = columns / ranks + (4 * side if ranks > 1 else 0)  # half the columns on the edge are another's
    ghosts = _LEVELS * 16 * (side + 1) if ranks > 1 else 0.0
    at_node = _LEVELS * 16 * (np.sqrt(plane / nodes) + 1) if nodes > 1 else 0.0
    share = Machine(1, machine.bandwidth * busy / min(ranks, machine.cores), machine.flops / machine.cores, 0, 0, 0)

    local = {
        "apply": work.operator(plane * _LAYERS / ranks, touched * _LEVELS, _COMPONENTS),
        "solve": work.column_solve(touched, touched * _LEVELS, _COMPONENTS),
        "restrict_to": work.between(touched * _LEVELS, touched, _COMPONENTS),
        "prolong": work.prolongation(columns * _LEVELS / ranks, touched, _COMPONENTS),
    }
    iterations = c.iterations + (_MORE_ITERATIONS if plate_multigrid else 0)
    kernels = sum(c.calls[name] * _seconds(local[name], share) / c.fraction[name] for name in c.calls)
    vectors = c.vector_bytes * unknowns / ranks / share.bandwidth
    scatter = machine.latency + _NEIGHBOURS * _OVERHEAD
    messages = c.scatters * scatter + c.doubles * 8 * (
        ghosts / machine.network if nodes == 1 else at_node / machine.network
    )
    reductions = 2 * np.log2(ranks) * machine.latency if ranks > 1 else 0.0
    all_bandwidth = share.bandwidth * ranks
    plate_setup, sweeps, plate_memory = (
        _by_multigrid(plane, ranks, all_bandwidth, scatter, machine)
        if plate_multigrid
        else _factorised(columns, ranks, all_bandwidth, machine, c)
    )
    cut_alone = _CUT * min(plane, _UNCUT) * max(np.log2(ranks / max(plane / _UNCUT, 1.0)), 0.0)
    seconds = {
        "kernels": iterations * kernels,
        "vectors": iterations * vectors,
        "messages": iterations * (messages + reductions),
        "plate problem, set-up": plate_setup,
        "plate problem, solves": iterations * sweeps,
        "mesh, forms, set-up": c.local * unknowns / ranks,
        "plane mesh on one rank": c.alone * plane + cut_alone,
        "start and end": c.start,
    }
    on_node = min(ranks, machine.cores)
    in_plane = plane * (_PART_BYTES / nodes + _WHOLE_BYTES)
    memory = c.bytes * unknowns / nodes + on_node * c.base_bytes + in_plane + plate_memory / nodes
    return {name: float(value) for name, value in seconds.items()}, float(memory)


def _factorised(
    columns: float, ranks: int, bandwidth: float, machine: Machine, c: Calibration
) -> tuple[float, float, float]:
    """Seconds of set-up and of a solve, and bytes, of splines that MUMPS factorises."""
    efficiency = 1 / (1 + (ranks - 1) / _HALF_EFFICIENCY)
    entries = _FACTOR_ENTRIES * columns * np.log2(columns)
    sweeps = work.plate_solve(entries).bytes / (bandwidth * efficiency)
    sweeps += 2 * np.log2(columns) * machine.latency * (ranks > 1)
    setup = c.plates[0] * columns + c.plates[1] * columns**1.5 / (ranks * efficiency)
    return setup, sweeps, _FACTOR_BYTES * entries


def _by_multigrid(
    plane: float, ranks: int, bandwidth: float, scatter: float, machine: Machine
) -> tuple[float, float, float]:
    """The same of splines solved by their multigrid, whose last grid of a dozen intervals takes latencies alone."""
    unknowns = _SPLINES_PER_CELL * plane
    levels = max(np.log2(np.sqrt(plane) / _LAST_GRID), 1.0)
    sweeps = 0.5 * _SPLINE_SOLVE * _ENTRY_BYTES * unknowns / bandwidth
    if ranks > 1:
        sweeps += _SPLINE_MESSAGES * levels * scatter + 2 * np.log2(_LAST_GRID**2) * machine.latency
    return _SPLINE_SET_UP * unknowns / ranks, sweeps, _SPLINE_ENTRIES * _ENTRY_BYTES * unknowns


def tables(found: Numbers) -> list[Table]:
    """Constants, validation, prediction; none if a section it needs was not measured."""
    if any(name not in found for name in NEEDS):
        return []
    c = calibrate(found)
    return [_constants(c), _validation(found, c), _prediction(c), _breakdown(c), _limit(c)]


def _of_plane(found: Numbers) -> float:
    """Seconds of one rank per plane cell: made, halved, halves halved at once (twice the first cut), dealt out."""
    run = next(run for run in found["plane"]["numbers"]["plane"] if run["ranks"] == 2)
    seconds = run["seconds"]
    return float((seconds["make"] + 2.0 * seconds["cut"] + seconds["deal out"]) / run["total"])


def _plates(found: Numbers) -> tuple[float, float]:
    """Least squares for a p + b p^1.5, neither negative, on the panels with column multigrid on 2 ranks."""
    runs = [run for run in found["panel"]["numbers"]["runs"] if "work" in run and run["ranks"] == 2]
    p = np.array([float(run["columns"]) for run in runs])
    t = np.array([run["work"]["setup_seconds"]["plates factorised"] for run in runs])
    matrix = np.column_stack([p, p**1.5 / (2 / (1 + 1 / _HALF_EFFICIENCY))]) / t[:, None]  # errors count by their part
    fits = [np.linalg.lstsq(matrix[:, keep], np.ones(len(t)), rcond=None)[0] for keep in ([0, 1], [0], [1])]
    if len(runs) > 1 and (fits[0] >= 0).all():
        return float(fits[0][0]), float(fits[0][1])
    alone = [(float(fits[1][0]), 0.0), (0.0, float(fits[2][0]))]
    return min(alone, key=lambda ab: float(np.abs(matrix @ np.array(ab) - 1).sum()))


def _seconds(task: Work, machine: Machine) -> float:
    return max(task.bytes / machine.bandwidth, task.flops / machine.flops)


def _constants(c: Calibration) -> Table:
    rows = [
        ["iterations with correction", f"{c.iterations:.0f}"],
        *([f"part of the roofline: {roofline.PARTS[name]}", f"{value:.0%}"] for name, value in c.fraction.items()),
        ["other traffic, bytes per unknown and iteration", f"{c.vector_bytes:.0f}"],
        ["mesh, forms, set-up, us per unknown and core", f"{1e6 * c.local:.2f}"],
        ["plane mesh, us per plane cell (one rank)", f"{1e6 * c.alone:.1f}"],
        ["plates, us per plate + ns per plate^1.5", f"{1e6 * c.plates[0]:.1f} + {1e9 * c.plates[1]:.0f}"],
        ["scatters per iteration", f"{c.scatters:.1f}"],
        ["doubles sent per ghost node and iteration", f"{c.doubles:.0f}"],
        ["bytes per unknown", f"{c.bytes:.0f}"],
        ["MB of an empty process", f"{c.base_bytes / 1e6:.0f}"],
        ["start and end, s", f"{c.start:.2f}"],
    ]
    return Table("model constants", "Measured:", ["constant", "value"], rows)


def _validation(found: Numbers, c: Calibration) -> Table:
    runs = [("panel", run) for run in found["ranks"]["numbers"]["strong"]]
    runs += [(f"die grid, {run['size']}", run) for run in found["refinement"]["numbers"]["runs"]]
    rows = []
    for name, run in runs:
        seconds, memory = predict(run["unknowns"], run["ranks"], c.machine, c)
        total = sum(seconds.values())
        rows.append([name, str(run["ranks"]), count(run["unknowns"]), f"{run['wall']:.1f}", f"{total:.1f}"])
        rows[-1] += [f"{total / run['wall']:.2f}", f"{run['memory'] / 1e9:.2f}", f"{memory / 1e9:.2f}"]
    header = ["run", "ranks", "unknowns", "wall s", "model s", "model to measured", "GB", "model GB"]
    return Table(
        "validation",
        "The model on runs it was not fitted to (time; memory per unknown is fitted to the die grid):",
        header,
        rows,
    )


_MOST_NODES = 512  # that are looked at
_CASES = (1e8, 1e9)
_ITERATION = ("kernels", "vectors", "messages", "plate problem, solves")
_NODES = (1, 2, 4, 8, 16, 32, 64)


def _prediction(c: Calibration) -> Table:
    rows = []
    for unknowns in _CASES:
        for nodes in _NODES:
            cells = [f"{unknowns:.0e}".replace("e+0", "e"), str(nodes)]
            for own in (False, True):
                seconds, memory = predict(unknowns, nodes * CLUSTER.cores, CLUSTER, c, own)
                full = " (too much)" if memory > CLUSTER.memory else ""
                cells += [f"{sum(seconds.values()):.0f}", f"{memory / 1e9:.0f}{full}"]
                cells += [max(seconds, key=seconds.__getitem__)]
            rows.append(cells)
    header = ["unknowns", "nodes", "plates by MUMPS: s", "GB a node", "largest part"]
    header += ["by multigrid: s", "GB a node", "largest part"]
    title = f"Nodes of {CLUSTER.cores} cores with {CLUSTER.memory / 1e9:.0f} GB:"
    return Table("prediction", title, header, rows, texts=2)


def _breakdown(c: Calibration) -> Table:
    columns = [(unknowns, nodes, own) for unknowns in _CASES for nodes in (4, 32) for own in (False, True)]
    found = [predict(unknowns, nodes * CLUSTER.cores, CLUSTER, c, own)[0] for unknowns, nodes, own in columns]
    rows = [[name, *(f"{seconds[name]:.2f}" for seconds in found)] for name in found[0]]
    header = ["s of"]
    header += [
        f"{n:.0e}, {nodes} nodes, {'multigrid' if own else 'MUMPS'}".replace("e+0", "e") for n, nodes, own in columns
    ]
    return Table("breakdown", "Where the time would go:", header, rows)


def _limit(c: Calibration) -> Table:
    """The number of nodes beyond which twice as many do not save a fifth."""
    rows = []
    for unknowns in _CASES:
        for own in (False, True):
            for what, solves in (
                ("one solve from a cold start", 1),
                (f"{_MANY_SOLVES} solves", _MANY_SOLVES),
                ("iteration only", 0),
            ):
                nodes, now = 1, np.inf
                while nodes < _MOST_NODES:
                    later = _sum(predict(unknowns, 2 * nodes * CLUSTER.cores, CLUSTER, c, own)[0], solves)
                    now = _sum(predict(unknowns, nodes * CLUSTER.cores, CLUSTER, c, own)[0], solves)
                    if later > 0.8 * now:
                        break
                    nodes *= 2
                per_core = unknowns / nodes / CLUSTER.cores
                rows.append(
                    [
                        f"{unknowns:.0e}".replace("e+0", "e"),
                        "multigrid" if own else "MUMPS",
                        what,
                        str(nodes),
                        f"{now:.2f}",
                        count(per_core),
                    ]
                )
    header = ["unknowns", "plate problem", "of", "nodes", "s there", "unknowns a core"]
    return Table(
        "limit",
        f"Nodes beyond which doubling them saves less than a fifth ({_MOST_NODES}: or more):",
        header,
        rows,
        texts=3,
    )


def _sum(seconds: dict[str, float], solves: int) -> float:
    """Of so many solves with all that comes before them; of the iteration of one alone if that is 0."""
    repeated = sum(seconds[name] for name in _ITERATION)
    return repeated if solves == 0 else sum(seconds.values()) + (solves - 1) * repeated
