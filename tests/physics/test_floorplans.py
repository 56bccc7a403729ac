"""Floorplans of HotSpot and 3D-ICE: every watt of every block is in the mesh, where the block is and when."""

from pathlib import Path

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver import compat
from solver.case.floorplans import floorplans
from solver.case.thermal import PowerSource
from solver.errors import CaseError
from solver.physics.heat.power import cell_volumes, heat_sources
from tests.solving import CASES, load_case

WATTS = 1e-12  # relative
EV6 = CASES / "ev6_hotspot"

CASE = """
title: floorplan
geometry:
  outline: {shape: rectangle, size: [20 mm, 18 mm]}
  layers:
    - name: die
      thickness: 0.2 mm
      regions:
        - {name: die, shape: {rectangle: [16 mm, 16 mm]}, at: [1 mm, 0 mm], material: silicon}
mesh: {in_plane_size: 1.7 mm}
thermal:
  power: [%s]
  boundaries: [{face: bottom, temperature: 25 degC}]
analysis: {transient: {duration: 1 s, start: 25 degC}}
"""
ICE = """Core0 :
  position 0, 0 ;        // um
  dimension 8000, 16000 ;
  power values 4.0, 8.0, 0.5 ;

Cache :
  position 8000, 1000 ;
  dimension 7500.5, 3000 ;
  power values 1.0, 1.0, 2.5 ;
Empty : position 8000, 4000 ; dimension 100, 100 ;
"""


@pytest.fixture
def sources(shared_path, comm):
    """The sources of a case with the volumes and middles of the local cells."""

    def found(power: str, files: dict[str, str]):
        if comm.rank == 0:
            for name, text in files.items():
                (shared_path / name).write_text(text)
        comm.barrier()
        loaded = load_case(CASE % power, (), shared_path, comm)
        mesh = extrude(comm, loaded.stack, comm.bcast(plane_mesh(loaded.stack) if comm.rank == 0 else None))
        middles = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(mesh.block)]].mean(axis=1)
        return heat_sources(mesh, loaded.case.thermal.power, loaded.files), cell_volumes(mesh), middles

    return found


def planned(directory: Path, *sources: dict[str, str]):
    """Blocks of floorplans, in their order."""
    return list(floorplans([PowerSource.model_validate({"layer": f"l{i}", **given})
                            for i, given in enumerate(sources)], directory).values())  # fmt: skip


def hotspot_files() -> dict[str, str]:
    return {name: (EV6 / name).read_text() for name in ("ev6.flp", "busy.ptrace")}


def test_all_watts_of_the_alpha_ev6_are_in_the_mesh_at_all_times(sources, comm):
    made, volume, _ = sources("{region: die, floorplan: ev6.flp, trace: busy.ptrace, interval: 10 ms}", hotspot_files())
    lines = (EV6 / "busy.ptrace").read_text().splitlines()[1:]
    watts = np.array([line.split() for line in lines], dtype=float).sum(axis=1)
    # the sample before an edge counts at it; the trace begins again after 40 ms
    for time, sample in ((0.0, 0), (5e-3, 0), (10e-3, 0), (10.1e-3, 1), (25e-3, 2), (40e-3, 3), (41e-3, 0)):
        total = comm.allreduce(float(made.at(time) @ volume))
        assert total == pytest.approx(watts[sample], rel=WATTS), time
    assert comm.allreduce(float(made.steady() @ volume)) == pytest.approx(watts.mean(), rel=WATTS)
    assert made.next_break(0.0) == pytest.approx(10e-3)
    assert made.next_break(40e-3) == pytest.approx(50e-3)


def test_blocks_of_the_alpha_ev6_fill_its_die():
    (blocks,) = planned(EV6, {"floorplan": "ev6.flp", "trace": "busy.ptrace", "interval": "1 s"})
    assert sum(block.area for block in blocks) == pytest.approx(16e-3**2, rel=1e-9)


def test_power_is_where_its_block_is(sources, comm):
    power = "{region: die, floorplan: one.flp, trace: one.ptrace}"
    files = {"one.flp": "a 2e-3 3e-3 4e-3 9e-3\nrest 16e-3 1e-3 0 0\n", "one.ptrace": "a rest\n6 0\n"}
    made, volume, middles = sources(power, files)
    watts = made.at(0.0) * volume
    centre = comm.allreduce((watts[:, None] * middles[:, :2]).sum(axis=0)) / comm.allreduce(watts.sum())
    # its middle is at (5, 10.5) mm from the corner of a die whose corner is at (-7, -8) mm; cells are 1.7 mm wide
    assert centre == pytest.approx([-2e-3, 2.5e-3], abs=0.4e-3)


def test_a_floorplan_of_3d_ice(sources, comm):
    made, volume, middles = sources("{region: die, floorplan: core.flp, interval: 0.2 s}", {"core.flp": ICE})
    for time, watts in ((0.1, 5.0), (0.3, 9.0), (0.6, 3.0), (0.7, 5.0)):
        assert comm.allreduce(float(made.at(time) @ volume)) == pytest.approx(watts, rel=WATTS)
    left = middles[:, 0] < 1e-3  # edges of cells are there
    assert comm.allreduce(float((made.at(0.1) * volume)[left].sum())) == pytest.approx(4.0, rel=1e-9)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"f.flp": "a 1e-3 1e-3 0 0\n", "f.ptrace": "b\n1\n"}, "no power for block 'a'"),
        ({"f.flp": "a 1e-3 1e-3 0 0\n", "f.ptrace": "a b\n1 2\n"}, "no block 'b'"),
        ({"f.flp": "a 1e-3 1e-3 0\n", "f.ptrace": "a\n1\n"}, "line 1: 4 words; expected name width height"),
        ({"f.flp": "a 1e-3 1e-3 0 0\n", "f.ptrace": "a\n1\n-2\n"}, "negative"),
        ({"f.flp": "a 1e-3 1e-3 0 0\n", "f.ptrace": "a\n1\n2\n"}, "give `interval`"),
        ({"f.flp": "a 1e-3 1e-3 0 0\n", "f.ptrace": "a\n1 2\n"}, "line 2: 2 powers for 1 names"),
        ({"f.flp": "a 1e-3 1e-3 15.5e-3 0\n", "f.ptrace": "a\n1\n"}, "block 'a'.*outside"),
        ({"f.flp": "a : position 0, 0 ; dimension 1, 1 ;", "f.ptrace": ""}, "3D-ICE has its powers in it"),
    ],
)
def test_a_floorplan_that_is_wrong_is_refused(files, message, sources):
    with pytest.raises(CaseError, match=message):
        sources("{region: die, floorplan: f.flp, trace: f.ptrace}", files)


def test_a_floorplan_of_3d_ice_that_is_wrong_names_its_line(tmp_path: Path):
    path = tmp_path / "core.flp"
    path.write_text(ICE + "\nBad : position 1, 2 ; dimensions 3, 4 ;\n")
    with pytest.raises(CaseError, match="line 12: 'dimensions': expected 'dimension'"):
        planned(tmp_path, {"floorplan": "core.flp", "interval": "1 s"})


def test_floorplans_of_a_stack_share_a_trace(tmp_path: Path):
    """Names that two floorplans have stand twice; the first is that of the first, as in HotSpot's stacks."""
    (tmp_path / "a.flp").write_text("core 1e-3 1e-3 0 0\ntsv 1e-3 1e-3 1e-3 0\n")
    (tmp_path / "b.flp").write_text("tsv 1e-3 1e-3 0 0\ncache 1e-3 1e-3 1e-3 0\n")
    (tmp_path / "t.ptrace").write_text("tsv core tsv cache\n1 2 3 4\n5 6 7 8\n")
    shared = {"trace": "t.ptrace", "interval": "1 s"}
    one, other = planned(tmp_path, {"floorplan": "a.flp", **shared}, {"floorplan": "b.flp", **shared})
    assert {block.name: block.power.at(1.5) for block in one} == {"core": 6, "tsv": 5}
    assert {block.name: block.power.at(0.5) for block in other} == {"tsv": 3, "cache": 4}
    with pytest.raises(CaseError, match=r"there is no block 'tsv' in a\.flp"):
        planned(tmp_path, {"floorplan": "a.flp", **shared})


def test_floorplans_of_3d_ice_have_blocks_of_several_rectangles(tmp_path: Path):
    (tmp_path / "f.flp").write_text(
        """L : /* two
        lines */ rectangle (0, 0, 2000, 1000) ; rectangle (0, 1000, 1000, 1000) ;
        power values 3 ;
        S : position 1000, 1000 ; dimension 1000, 1000 ; material copper ; discretization 4, 5 ; power values 1 ;
        """
    )
    ((ell, square),) = planned(tmp_path, {"floorplan": "f.flp"})
    assert ell.area == pytest.approx(3e-6) and ell.power.at(0.0) == 3
    assert square.material == "copper" and square.line == 4


def test_floorplans_and_traces_of_pact(tmp_path: Path):
    """The files of github.com/peaclab/PACT, in another order and with materials."""
    (tmp_path / "f.csv").write_text("UnitName,X,Y,Length (m),Width (m),ConfigFile,Label\n"
                                    "B0,0,0,0.01,0.0045,,Si\nB1,0,0.0045,0.0045,0.001,,\n")  # fmt: skip
    (tmp_path / "p.csv").write_text("UnitName,Power\nB1,0.125\nB0,2\n")
    ((first, second),) = planned(tmp_path, {"floorplan": "f.csv", "trace": "p.csv"})
    assert first.rectangles == ((0, 0, 0.01, 0.0045),) and first.material == "Si" and first.power.at(0.0) == 2
    assert second.power.at(0.0) == 0.125 and second.material is None
