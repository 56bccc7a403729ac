"""Stacks of HotSpot and 3D-ICE as cases: the numbers of the stack by hand."""

import pytest

from solver.conversion.case import make
from solver.errors import CaseError
from tests.probing import simulate

ICE = """material SI : // W/(um K), J/(um3 K)
   thermal conductivity     1.30e-4 ;
   volumetric heat capacity 1.628e-12 ;
material OX :
   thermal conductivity     2.0e-6, 2.0e-6, 1.0e-6 ;
   volumetric heat capacity 2.175e-12 ;
bottom heat sink :
   heat transfer coefficient 1.0e-7 ;
   temperature               300 ;
dimensions :
   chip length 4000, width 2000 ;
   cell length 1000, width 1000 ;
layer BUMPS :
   height 20 ;
   material OX ;
die CHIP :
   layer 100 SI ;
   source  2 SI ;
stack:
   die   TOP   CHIP floorplan "chip.flp" ;
   layer JOIN  BUMPS ;
solver:
   steady ;
   initial temperature 300.0 ;
output:
   Tflp ( TOP, "a.txt", average, final ) ;
"""
PLAN = "a : rectangle (0, 0, 2000, 2000) ; power values 2 ; "
PLAN += "b : position 2000, 0 ; dimension 2000, 2000 ; power values 2 ;"
LCF = """# layer 0: silicon with power, layer 1: TIM with a block of its own
0
Y
Y
1.75e6
0.01
0.00015
core.flp
1
Y
N
4e6
0.25
2.0e-05
tim.flp
"""


def converted(shared_path, comm, name: str, files: dict[str, str]):
    """The heat of the case that is made of a stack."""
    if comm.rank == 0:
        for file, text in files.items():
            (shared_path / file).write_text(text)
        make(shared_path / name, shared_path / "case")
    comm.barrier()
    text = (shared_path / "case" / "case.yaml").read_text()
    heat = simulate(text, shared_path / "case", comm).heat()
    assert heat is not None
    return heat.summary


def test_a_stack_of_3d_ice_is_a_column(shared_path, comm):
    """4 W on 8 mm^2 leave through the bottom alone: film, 20 um of oxide, and half of the source layer on the way."""
    thermal = converted(shared_path, comm, "a.stk", {"a.stk": ICE, "chip.flp": PLAN})
    flux = 4 / 8e-6
    source = flux * (1 / 1e5 + 20e-6 / 1.0 + 2e-6 / 2 / 130)
    assert thermal["max_temperature_degc"] == pytest.approx(300 - 273.15 + source, abs=1e-5)
    assert set(thermal["blocks"]) == {"TOP/a", "TOP/b"}
    assert thermal["regions"].keys() == {"JOIN", "TOP", "TOP-0"}


def test_a_stack_of_hotspot_has_its_package(shared_path, comm):
    """30 W: 3 K over the sink, and every watt through it; the block of the TIM is a region of its own."""
    files = {"s.lcf": LCF, "core.flp": "c 8e-3 8e-3 0 0\nd 8e-3 8e-3 8e-3 0\n", "s.ptrace": "d c\n10 20\n",
             "tim.flp": "t 8e-3 8e-3 0 0\nv 8e-3 8e-3 8e-3 0 4e6 0.0058\n"}  # fmt: skip
    thermal = converted(shared_path, comm, "s.lcf", files)
    assert thermal["power_w"] == pytest.approx(30)
    assert thermal["boundaries"][0]["heat_w"] == pytest.approx(30, rel=1e-6)
    assert {"layer1/v", "layer1/layer1", "layer0/layer0", "spreader/spreader", "sink"} == set(thermal["regions"])
    blocks = thermal["blocks"]
    drop = 20 / 64e-6 * 20e-6 * 0.25  # over the poor half of the TIM, if nothing went round
    assert 3 < blocks["layer0/c"]["mean_temperature_degc"] - 45 < 3 + 30 * 0.2 + drop
    assert blocks["layer0/c"]["mean_temperature_degc"] > blocks["layer0/d"]["mean_temperature_degc"] + 1


@pytest.mark.serial
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("a.stk", "height 20", "hight 20", "line 14: 'hight': expected 'height'"),
        ("a.stk", "material OX ;", "material OXI ;", "line 15: 'OXI': not defined above; there are SI, OX"),
        ("a.stk", "die CHIP :", "microchannel 4rm :", "line 16: 'microchannel': not converted"),
        ("a.stk", "width 2000", "width 2e9999", "line 11: '2e9999' is no number"),
        ("a.stk", '"chip.flp"', '"../chip.flp"', "outside"),
        ("s.lcf", "\n1\nY\nN", "\n1\nN\nN", "line 10: N: layers without lateral heat flow"),
        ("s.lcf", "0.25\n", "", "13 lines; a layer has 7"),
        ("s.lcf", "1.75e6", "silicon", "line 5: 'silicon' is no number"),
    ],
)
def test_what_is_not_converted_is_refused_by_line_and_word(name, old, new, words, tmp_path):
    (tmp_path / "chip.flp").write_text(PLAN)
    for file in ("core.flp", "tim.flp"):
        (tmp_path / file).write_text("c 8e-3 8e-3 0 0\n")
    (tmp_path / "s.ptrace").write_text("c\n1\n")
    (tmp_path / name).write_text({"a.stk": ICE, "s.lcf": LCF}[name].replace(old, new))
    with pytest.raises(CaseError, match=words):
        make(tmp_path / name, tmp_path / "case")
    assert not (tmp_path / "case").exists()
