"""Blocks of a floorplan with heat capacity and resistivity of their own (columns 6 and 7 of HotSpot's .flp)."""

import pytest

from solver.errors import CaseError
from tests.probing import simulate
from tests.solving import load_case

CASE = """
title: blocks
geometry:
  outline: {shape: rectangle, size: [10 mm, 8 mm]}
  layers:
    - {name: tim, thickness: 0.1 mm, material: silicon}
    - name: die
      thickness: 0.5 mm
      regions: [{name: die, shape: {rectangle: [8 mm, 6 mm]}, at: [0.5 mm, 0 mm], material: silicon}]
mesh: {in_plane_size: 2.1 mm}
thermal:
  power: [%s]
  boundaries: [%s]
analysis: {%s}
"""
FLP = """# name width height left bottom heat-capacity resistivity
left  3e-3 6e-3 0 0 2e6 0.02
right 5.0003e-3 6e-3 2.9998e-3 0 4e6 0.05   # overlaps by rounding
"""


def prepared(shared_path, comm, files: dict[str, str], *words: str, case: str = CASE):
    if comm.rank == 0:
        for name, text in files.items():
            (shared_path / name).write_text(text)
    comm.barrier()
    return simulate(case % words, shared_path, comm)


@pytest.mark.slow
def test_blocks_store_heat_by_their_capacity(shared_path, comm):
    """Powers in proportion to the heat capacities warm a stack that loses nothing evenly, by P t / C."""
    seconds, rise = 2.0, 10.0
    watts = {name: capacity * area * 0.5e-3 * rise / seconds
             for name, capacity, area in (("left", 2e6, 18e-6), ("right", 4e6, 30e-6))}  # fmt: skip
    trace = f"left right\n{watts['left']:.9g} {watts['right']:.9g}\n"
    simulation = prepared(
        shared_path,
        comm,
        {"f.flp": FLP, "f.ptrace": trace},
        "{region: die, floorplan: f.flp, trace: f.ptrace}, {layer: tim, density: %.9g W/m^3}" % (_tim_heat() * 5.0),
        "{face: bottom, flux: 0 W/m^2}",
        f"transient: {{duration: {seconds} s, start: 25 degC}}",
    )
    heat = simulation.heat()
    assert heat is not None
    # edges that touch but for rounding are one: 0.3 um of 5 mm
    assert heat.summary["max_temperature_degc"] == pytest.approx(35.0, abs=0.01)
    regions = heat.summary["regions"]
    assert set(regions) == {"tim", "die/die"}
    assert regions["die/die"]["mean_temperature_degc"] == pytest.approx(35.0, abs=0.01)


def _tim_heat() -> float:
    """Heat capacity of silicon near 30 degC (J/m^3/K)."""
    from solver.materials import library

    silicon = library.resolve("silicon")
    return float(silicon.density * silicon.specific_heat(303.15))


def test_blocks_conduct_by_their_resistivity(shared_path, comm):
    """All of a layer in blocks of 0.25 m K/W, as a HotSpot TIM: the drop over it is q t rho."""
    flp = "a 10e-3 3e-3 0 0 4e6 0.25\nb 10e-3 5e-3 0 3e-3 4e6 0.25\n"
    simulation = prepared(
        shared_path,
        comm,
        {"f.flp": flp, "f.ptrace": "a b\n0 0\n"},
        "{layer: tim, floorplan: f.flp, trace: f.ptrace}",
        "{face: bottom, temperature: 25 degC}, {face: top, flux: 2e4 W/m^2}",
        "steady: true",
        case=CASE[: CASE.index("    - name: die")] + CASE[CASE.index("mesh:") :],
    )
    heat = simulation.heat()
    assert heat is not None
    assert set(heat.summary["regions"]) == {"tim/a", "tim/b"}
    assert heat.summary["max_temperature_degc"] == pytest.approx(25.0 + 2e4 * 0.1e-3 * 0.25, abs=1e-7)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a 1e-3 1e-3 0 0 2e6\n", "line 1: 6 words"),
        ("a 1e-3 1e-3 0 0 2e6 0\n", "line 1: heat capacity and resistivity of a block are positive"),
        ("a 1e-3 1e-3 0 0 2e6 o.1\n", "line 1: 'o.1' is no number"),
        ("a 2e-3 1e-3 0 0\nb 2e-3 1e-3 1e-3 0\n", "line 2: blocks 'a' and 'b' overlap"),
        ("a : position 0, 0 ; dimension 1000, 1000 ; material SILICA ;", r"f\.flp.*line 1: block 'a': .*SILICA.*unk"),
        ("a : position 0, 0 ; dimension 1000, 1000 ; colour 3 ;", "line 1: 'colour': expected a block or one of"),
        ("UnitName,X,Y,Length (m),Width (m),Height\n", "line 1: unknown column 'Height'"),
        ("UnitName,X,Y,Length (m),Width (m),Label\na,0,0,1e-3,1e-3\n", "line 2: 5 columns, but 6"),
        ("UnitName,X,Y,Length (m),Width (m),ConfigFile\na,0,0,1e-3,1e-3,x.config\n", "line 2: ConfigFile"),
    ],
)  # fmt: skip
def test_columns_that_do_not_do_are_refused(line, words, shared_path, comm):
    if comm.rank == 0:
        (shared_path / "f.flp").write_text(line)
        (shared_path / "f.ptrace").write_text("a b\n1 1\n")
    comm.barrier()
    power = "{region: die, floorplan: f.flp}" if ":" in line else "{region: die, floorplan: f.flp, trace: f.ptrace}"
    with pytest.raises(CaseError, match=words):
        load_case(CASE % (power, "{face: bottom, temperature: 25 degC}", "steady: true"), (), shared_path, comm)
