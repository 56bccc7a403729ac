"""Fillets: volume in closed form, plane strain on triangles that follow the slope, steps that tend to it, cracks."""

import copy
from math import pi

import numpy as np
import pytest
import yaml

from meshes.pieces import volumes
from meshes.plane import plane_mesh
from solver import load, solve
from solver.errors import CaseError
from solver.process.plan import plan
from solver.stackup.fillets import PROFILES
from tests.physics.triangles import Piece, Slice, evaluated
from tests.solving import solve_case

L, A, W, TOE = 4e-3, 2e-3, 0.4e-3, 20e-6  # m: half of the board and of the die, the fillet
LEVELS = BOARD, GAP, FOOT, HEAD = 0.5e-3, 0.6e-3, 0.9e-3, 1.1e-3  # m: tops
MATERIALS = {"board": (20e9, 0.3, 16e-6), "fill": (8e9, 0.33, 30e-6), "silicon": (130e9, 0.28, 2.8e-6)}
COOLED = -125.0  # K
FILLET = {
    "name": "fillet", "around": "foot/die", "layers": ["gap", "foot"], "material": "fill", "width": "0.4 mm",
    "toe": "20 um", "cells": 8,
}  # fmt: skip


def part(name, material, depth):
    return {"name": name, "shape": {"rectangle": ["4 mm", depth]}, "material": material}


def sliced(profile=None, depth="0.1 mm", **more):
    """A slice of board, underfill and die that is held at its width."""
    layers = [
        {"name": "board", "thickness": "0.5 mm", "material": "board", "cells": 4},
        {"name": "gap", "thickness": "0.1 mm", "cells": 2, "regions": [part("underfill", "fill", depth)]},
        {"name": "foot", "thickness": "0.3 mm", "cells": 4, "regions": [part("die", "silicon", depth)]},
        {"name": "head", "thickness": "0.2 mm", "cells": 2, "regions": [part("die", "silicon", depth)]},
    ]
    geometry = {"outline": {"shape": "rectangle", "size": ["8 mm", depth]}, "layers": layers}
    if profile is not None:
        geometry["fillets"] = [FILLET | {"profile": profile} | more]
    held = {"displaced": [{"end": ["-y", "+y"], "y": "0 mm"}]}
    return {
        "title": "slice",
        "geometry": geometry,
        "materials": {
            name: {"youngs_modulus": f"{e / 1e9} GPa", "poisson_ratio": nu, "thermal_expansion": f"{1e6 * a} ppm/K"}
            for name, (e, nu, a) in MATERIALS.items()
        },
        "mesh": {"in_plane_size": "0.1 mm"},
        "analysis": {"deflection": "small", "solver": "direct"},
        "process": {
            "stress_free_temperature": "150 degC",
            "steps": [{"name": "cool", "temperature": "25 degC", "support": held}],
        },
    }


def pieces(profile, tip=None):
    """The right half of the slice; `tip`: where a crack under the die ends (m)."""
    wall, inner = ([(A, FOOT)] if profile else []), ([(tip, GAP)] if tip else [])
    found = [
        Piece([(0, 0), (L, 0), (L, BOARD), *([(A + W, BOARD)] if profile else []), (A, BOARD), (0, BOARD)],
              *MATERIALS["board"]),
        Piece([(0, BOARD), (A, BOARD), (A, GAP), *inner, (0, GAP)], *MATERIALS["fill"]),
        Piece([(0, GAP), *inner, (A, GAP), *wall, (A, HEAD), (0, HEAD)], *MATERIALS["silicon"]),
    ]  # fmt: skip
    if profile:
        t = np.linspace(1.0, 0.0, 2 if profile == "straight" else 41)
        surface = zip(A + W * t, BOARD + TOE + (FOOT - BOARD - TOE) * PROFILES[profile](t), strict=True)
        found.append(Piece([(A, BOARD), (A + W, BOARD), *surface, (A, GAP)], *MATERIALS["fill"]))
    return found


def rise(function):
    """Of the ends of the board above its middle (m)."""
    at = [evaluated(function, np.array([x, 0.0, 1e-9]))[2] for x in (-L + 1e-9, 1e-9, L - 1e-9)]
    return (at[0] + at[2]) / 2 - at[1]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("profile", "along", "around"), [("straight", 1 / 2, 1 / 6), ("concave", 1 / 3, 1 / 12), ("convex", 2 / 3, 1 / 4)]
)
def test_the_volume_of_a_fillet_is_that_of_its_sides_and_round_corners(profile, along, around):
    """Sides: w (t + (h - t) int p ds) each metre; corners: a full turn of w^2 (t / 2 + (h - t) int p s ds)."""
    w, h, t = 0.5e-3, 0.4e-3, 20e-6
    case = package(profile=profile)
    exact = 16e-3 * w * (t + (h - t) * along) + 2 * pi * w**2 * (t / 2 + (h - t) * around)
    assert 4 * volume_of_fillet(case) == pytest.approx(exact, rel=2e-3)  # facets: 8 across, 4 a quarter turn


def package(shape=None, model="solid", size="1 mm", **more):
    """A quarter of a die on a board of 12 mm, with a fillet, held at its edges against its weight."""
    fillet = {
        "name": "fillet", "around": "foot/die", "layers": ["gap", "foot"], "material": "silicon", "width": "0.5 mm",
        "toe": "20 um", "cells": 8,
    } | more  # fmt: skip
    die = {"shape": shape or {"rectangle": ["4 mm", "4 mm"]}, "material": "silicon"}
    layers = [
        {"name": "board", "thickness": "0.5 mm", "material": "silicon"},
        {"name": "gap", "thickness": "0.1 mm", "regions": [die | {"name": "underfill"}]},
        {"name": "foot", "thickness": "0.3 mm", "regions": [die | {"name": "die"}]},
        {"name": "head", "thickness": "0.2 mm", "regions": [die | {"name": "die"}]},
    ]
    steps = [{"name": "cool", "temperature": "25 degC", "support": "edge"}]
    return load({
        "title": "package",
        "geometry": {
            "outline": {"shape": "rectangle", "size": ["12 mm", "12 mm"]}, "symmetry": "quarter", "layers": layers,
            "fillets": [fillet],
        },
        "mesh": {"in_plane_size": size, "cells_per_layer": 1},
        "analysis": {"model": model, "deflection": "auto" if model == "plate" else "small"},
        "process": {"stress_free_temperature": "150 degC", "gravity": True, "steps": steps},
    })  # fmt: skip


def volume_of_fillet(case):
    """Of the modelled part (m^3), as the mesh has it."""
    plane = plane_mesh(case.stack)
    return sum(volumes(case.stack, plane)[layer][plane.region[layer] == 2].sum() for layer in (1, 2))


@pytest.mark.serial
def test_the_fillet_of_a_round_die_is_a_ring():
    """2 pi int (t + (h - t) p) (R + s) ds, straight."""
    r, w, h, t = 2e-3, 0.5e-3, 0.4e-3, 20e-6
    exact = 2 * pi * (t * (r * w + w**2 / 2) + (h - t) * (r * w / 2 + w**2 / 6))
    assert 4 * volume_of_fillet(package({"circle": "4 mm"})) == pytest.approx(exact, rel=4e-3)


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("model", ["solid", "plate"])
def test_a_board_carries_the_weight_of_its_fillet(model):
    """That of the volume of the mesh, in every model: 2330 kg/m^3 and 9.80665 m/s^2."""
    case = package(model=model, size="4 mm", profile="concave", cells=1)
    volume = 4 * volume_of_fillet(case) + 144e-6 * 0.5e-3 + 16e-6 * 0.6e-3
    (step,) = solve(case).steps
    assert step.metrics["balance"]["dead_force_n"] == pytest.approx(2330.0 * 9.80665 * volume, rel=1e-6)


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("profile", [None, "straight", "concave", "convex"])
def test_a_slice_bends_as_triangles_that_follow_the_slope_say(profile):
    """Plane strain on some 10 000 quadratic triangles: rise of the ends, energy, and a stress in the fillet."""
    flat = Slice(pieces(profile), COOLED, lambda at: 15e-6 if at[0] == A else 50e-6)
    step = solve(load(sliced(profile))).steps[0]
    assert rise(step.fields.displacement) == pytest.approx(flat.at((L, 0.0))[1] - flat.at((0.0, 0.0))[1], rel=2e-3)
    energy = sum(1e-3 * block["strain_energy_mj"] for block in step.metrics["blocks"].values()) / 2 / 0.1e-3
    assert energy == pytest.approx(flat.energy, rel=1e-3)
    if profile is not None:
        place = A + 0.35 * W, BOARD + 0.4 * TOE + 0.3 * (FOOT - BOARD) * PROFILES[profile](np.array(0.35))
        found = stress(lambda x, z: evaluated(step.fields.displacement, np.array([x, 0.0, z]))[[0, 2]], place)
        assert found == pytest.approx(stress(lambda x, z: flat.at((x, z)), place), rel=0.03, abs=0.2e6)


def stress(displacement, place, step=2e-6):
    """(2,) along x and z in the fillet (Pa), from differences of the displacement around a place."""
    (x, z), (e, nu, alpha) = place, MATERIALS["fill"]
    strain = [
        (displacement(x + step, z) - displacement(x - step, z))[0] / (2 * step),
        (displacement(x, z + step) - displacement(x, z - step))[1] / (2 * step),
    ]
    lame, shear = e * nu / ((1 + nu) * (1 - 2 * nu)), e / (2 * (1 + nu))
    return lame * sum(strain) + 2 * shear * np.array(strain) - (3 * lame + 2 * shear) * alpha * COOLED


def stepped(count):
    """The same slice with a straight fillet in steps, each as wide as the slope is in its middle."""
    case = sliced()
    board, _, foot, head = case["geometry"]["layers"]
    height, layers = (FOOT - BOARD) / (4 * count), [board]
    for number in range(4 * count):
        below = number < count  # the gap is a quarter of the height
        middle = (number + 0.5) * height
        width = A + W * min(1.0, 1.0 - (middle - TOE) / (FOOT - BOARD - TOE))
        inner = part("underfill", "fill", "0.1 mm") if below else foot["regions"][0]
        bead = {
            "name": "bead",
            "shape": {"rectangle": [f"{2e3 * width} mm", "0.1 mm"]},
            "material": "fill",
            "fill": True,
        }
        regions = [inner, bead]
        layers.append({"name": f"s{number}", "thickness": f"{1e3 * height} mm", "cells": 1, "regions": regions})
    case["geometry"]["layers"] = [*layers, head]
    return case


@pytest.mark.slow
@pytest.mark.serial
def test_steps_tend_to_the_slope():
    """Rise of the ends: twice the steps halve what is left, or more."""
    smooth = rise(solve(load(sliced("straight"))).steps[0].fields.displacement)
    off = [abs(rise(solve(load(stepped(count))).steps[0].fields.displacement) / smooth - 1.0) for count in (1, 2, 4)]
    assert off[0] > 1.5 * off[1] > 2.25 * off[2]
    assert off[2] < 3e-3


@pytest.mark.slow
@pytest.mark.serial
def test_a_fillet_takes_energy_from_a_crack_at_the_corner_of_the_die():
    """A crack of 0.2 mm under the die up to its wall, whose faces slide on each other: 12.69 J/m^2 without a fillet.

    With one its end at the wall is singular, too, on cells of any size: what two meshes give, one twice as fine, goes
    on to a third, as off as the cells are long. On triangles it is the difference of energy of two cracks.
    """
    length, more = 0.2e-3, 20e-6

    def size(at):
        return 8e-6 if at[1] == GAP and at[0] > 0 else 25e-6 if at[0] == A else 80e-6

    shorter, longer = (
        Slice(pieces("straight", A - one), COOLED, size, [(A - one, GAP), (A, GAP)]).energy
        for one in (length - more, length + more)
    )
    release = (shorter - longer) / (2 * more)
    bare = released(None)["domain_j_per_m2"]
    coarse, fine = (released("straight", finer)["domain_j_per_m2"] for finer in (1, 2))
    assert bare == pytest.approx(12.69, rel=5e-3)
    assert 2 * fine - coarse == pytest.approx(release, rel=0.04)
    assert fine < 0.3 * bare


def released(profile, finer=1):
    """What the right one of two cracks releases at its end under the die."""
    depth = f"{0.02 / finer} mm"
    case = sliced(profile, depth)
    geometry = case["geometry"]
    geometry["delaminations"] = [
        {"name": name, "between": ["gap", "foot"], "shape": {"rectangle": ["0.2 mm", depth]}, "at": [at, "0 mm"]}
        for name, at in (("right", "1.9 mm"), ("left", "-1.9 mm"))
    ]
    for layer, cells in zip(geometry["layers"][1:3], (2, 4), strict=True):
        layer["cells"] = finer * cells
    case["mesh"]["edge_refinement"] = {"size": f"{0.02 / finer} mm", "distance": "0.4 mm"}
    return solve(load(case)).steps[0].metrics["delaminations"]["right"]


@pytest.mark.parametrize("solver", ["direct", "columns"])
def test_a_fillet_is_the_same_on_any_number_of_ranks(solver, shared_path, comm):
    """And by any solver; as an energy, which plane strain on triangles has within 0.1 % (12.982 uJ)."""
    text = yaml.safe_dump(sliced("straight"))
    (step,) = solve_case(text, [f"analysis.solver={solver}"], shared_path, comm)["steps"]
    assert sum(one["strain_energy_mj"] for one in step["blocks"].values()) == pytest.approx(2.59683e-2, rel=2e-4)


WRONG = {
    "layers": (["gap", "fot"], "there is no layer 'fot'; did you mean 'foot'"),
    "around": ("foot/dye", "there is no region 'foot/dye'; did you mean 'foot/die'"),
    "toe": ("0.5 mm", "it is as thick as the fillet is high: 0.4 mm, of gap, foot"),
    "comes_with": ("gap/filling", "there is no layer or region 'gap/filling'"),
    "material": ("filling", "geometry.fillets.fillet.material = 'filling': material 'filling': unknown"),
    "name": ("die", "a region of one of its layers has that name"),
}


@pytest.mark.serial
@pytest.mark.parametrize("key", WRONG)
def test_fillets_that_cannot_be_are_refused_by_name(key):
    value, says = WRONG[key]
    with pytest.raises(CaseError, match=says):
        load(sliced("straight", **{key: value}))


@pytest.mark.serial
def test_what_stands_in_the_way_of_a_fillet_is_named():
    case = sliced("straight")
    other = {"name": "part", "shape": {"rectangle": ["0.2 mm", "0.1 mm"]}, "at": ["2.3 mm", "0 mm"], "material": "fill"}
    for at, says in (("2.3 mm", "region 'gap/part' lies where the fillet is"), ("2.5 mm", "lies beside its toe")):
        wrong = copy.deepcopy(case)
        wrong["geometry"]["layers"][1]["regions"].append(other | {"at": [at, "0 mm"]})
        with pytest.raises(CaseError, match=says):
            load(wrong)
    lid = copy.deepcopy(case)
    lid["geometry"]["layers"].insert(3, {"name": "lid", "thickness": "0.1 mm", "material": "silicon"})
    with pytest.raises(CaseError, match=r"what lies on it \(lid\) follows its surface"):
        load(lid)
    crack = copy.deepcopy(case)
    crack["geometry"]["delaminations"] = [
        {
            "name": "crack",
            "between": ["gap", "foot"],
            "shape": {"rectangle": ["1 mm", "0.1 mm"]},
            "at": ["2 mm", "0 mm"],
        }
    ]
    with pytest.raises(CaseError, match="it would run through fillet 'fillet'"):
        load(crack)
    half = copy.deepcopy(case)
    half["process"]["steps"][0] |= {"build": ["board", "gap", "foot/fillet"]}
    with pytest.raises(CaseError, match="a fillet is built and removed whole, with 'gap'"):
        load(half)


@pytest.mark.serial
def test_a_mould_that_fills_rises_to_its_own_level_again():
    """All of it is solid: the volume is that of the outline, and the top is plane."""
    case = sliced("concave")
    for layer in case["geometry"]["layers"][1:]:
        layer["material"] = "board"
    case["geometry"]["layers"].append({"name": "cap", "thickness": "0.1 mm", "material": "board"})
    stack = load(case).stack
    plane = plane_mesh(stack)
    assert volumes(stack, plane).sum() == pytest.approx(8e-3 * 0.1e-3 * 1.2e-3, rel=1e-9)
    places = np.array([[x, 0.0] for x in (A, A + W, A + 2 * W, A + 3 * W)])
    assert stack.heights(places, FOOT) == pytest.approx([FOOT, BOARD + TOE, FOOT, FOOT], rel=1e-9)
    assert stack.heights(places, HEAD) == pytest.approx(np.full(4, HEAD), rel=1e-12)


@pytest.mark.serial
def test_edges_are_not_read_where_a_fillet_slants_the_layers():
    case = sliced("straight")
    case["report"] = {
        "singularities": [{"name": "die", "between": ["gap", "foot"], "of": "foot/die", "near": ["2 mm", "0 mm"]}]
    }
    warnings = solve(load(case)).warnings
    assert any("fillet 'fillet' slants the layers there" in text for text in warnings)


@pytest.mark.serial
def test_a_fillet_is_built_whole_with_what_it_comes_with():
    case = sliced("straight", comes_with="gap/underfill")
    case["process"]["steps"] = [
        {"name": "die", "temperature": "150 degC", "build": ["board", "foot", "head"]},
        {"name": "filled", "temperature": "150 degC", "build": ["gap/underfill"]},
    ]
    case["geometry"]["layers"][1]["regions"].append(
        {"name": "bump", "shape": {"rectangle": ["0.1 mm", "0.1 mm"]}, "material": "silicon"}
    )
    case["geometry"]["layers"][1]["regions"][0]["fill"] = True
    case["process"]["steps"][0]["build"].append("gap/bump")
    loaded = load(case)
    first, second = plan(loaded.case.process, loaded.stack.layers)
    assert not {part for part in first.end.parts if part.endswith("/fillet")}
    assert set(second.end.parts) - set(first.end.parts) == {"gap/underfill", "gap/fillet", "foot/fillet"}


@pytest.mark.serial
def test_a_place_that_is_solved_finer_lies_beside_the_fillet():
    case = sliced("straight")
    del case["process"]["steps"][0]["support"]
    case["submodels"] = [{"name": "corner", "at": ["1.95 mm", "0 mm"], "size": ["0.2 mm", "0.05 mm"]}]
    with pytest.raises(CaseError, match="layers of a place are even, and fillet 'fillet' slants those of the whole"):
        load(case)


@pytest.mark.slow
@pytest.mark.serial
def test_a_contact_beside_a_fillet_resists_as_it_does_alone():
    """All heat of the die goes down through it and through the fillet: with a contact under both by q R more.

    Inside of the fillet, where layers are slanted, a contact is refused.
    """
    case = sliced("straight")
    del case["process"]
    for material in case["materials"].values():
        material["thermal_conductivity"] = "100 W/m/K"
    case["thermal"] = {
        "power": [{"layer": "head", "region": "die", "total": "10 mW"}],
        "boundaries": [{"face": "bottom", "temperature": "25 degC"}],
    }
    bare = solve(load(case)).heat.metrics["max_temperature_degc"]
    case["thermal"]["interfaces"] = [{"between": ["board", "gap"], "resistance": "1000 mm^2 K/W"}]
    held = solve(load(case)).heat.metrics["max_temperature_degc"]
    under = 4.8e-3 * 0.1e-3  # m^2: die and fillet
    assert held - bare == pytest.approx(10e-3 * 1e-3 / under, rel=0.03)
    case["thermal"]["interfaces"][0]["between"] = ["gap", "foot"]
    with pytest.raises(CaseError, match="runs through fillet 'fillet', which slants the layers"):
        solve(load(case))
