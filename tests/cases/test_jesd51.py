"""A package in the environments of JESD51: bounds by energy, and the order its resistances have in any package."""

import pytest
from mpi4py import MPI

from solver.materials import library
from solver.units import ZERO_CELSIUS
from tests.solving import solve_case


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Outcome of the three cases."""
    comm = MPI.COMM_WORLD
    directory = comm.bcast(tmp_path_factory.mktemp("jesd51"))
    return {name: solve_case(f"jesd51_{name}", (), directory, comm) for name in ("ja", "jb", "jc")}


@pytest.fixture(scope="module")
def resistance(found):
    """Every resistance of the three (K/W)."""
    parts = [outcome["thermal"]["resistances"] for outcome in found.values()]
    return {key.removesuffix("_k_per_w"): item["value"] for part in parts for key, item in part.items()}


def test_all_heat_goes_where_the_environment_takes_it(found):
    for outcome in found.values():
        thermal = outcome["thermal"]
        assert thermal["heat_balance_error"] < 1e-7
        for item in thermal["resistances"].values():
            assert item.get("heat_share", 1.0) == pytest.approx(1.0, rel=1e-6)
        assert outcome["warnings"] == []


def test_theta_jc_of_the_mean_lies_between_no_spreading_and_spreading_at_once(resistance):
    """Rayleigh: cuts that heat does not cross raise a resistance, perfect conductors lower it."""
    cap = 0.4e-3 / float(library.resolve("emc-generic").conductivity(25 + ZERO_CELSIUS)[2])
    half_junction = 2.5e-6 / float(library.resolve("silicon").conductivity(25 + ZERO_CELSIUS)[2])
    assert cap / (15e-3) ** 2 < resistance["theta_jc_top_mean"] < (cap + half_junction) / (8e-3) ** 2
    assert resistance["theta_jc_top_mean"] < resistance["theta_jc_top"] < 1.2 * resistance["theta_jc_top_mean"]


def test_a_psi_is_less_than_its_theta_and_a_path_less_than_the_whole(resistance):
    # JESD51-12.01: a part of the heat makes a psi, all of it a theta
    assert 0 < resistance["psi_jt"] < resistance["theta_jc_top"]
    assert 0 < resistance["psi_jb"] < resistance["theta_jb"]
    assert resistance["theta_jb"] < resistance["theta_ja"]


def test_psi_jt_is_the_flux_at_the_centre_of_the_top_across_the_cap(found, resistance):
    thermal = found["ja"]["thermal"]
    top = thermal["resistances"]["psi_jt_k_per_w"]["reference_degc"]
    radiated = 0.9 * 5.670374419e-8 * ((top + ZERO_CELSIUS) ** 4 - (25 + ZERO_CELSIUS) ** 4)
    cap = 0.4e-3 / float(library.resolve("emc-generic").conductivity(top + ZERO_CELSIUS)[2])
    # the die is 1.5 K warmer in its middle than at its edge, 4 mm away: of that curvature k t^2 / 2 flows sideways in
    # the cap and does not leave through its top, a tenth more
    straight = (7 * (top - 25) + radiated) * cap / 2.0
    sideways = 2 * (2 * 1.5 / 4e-3**2) * 0.4e-3**2 / 2 / 2.0
    assert resistance["psi_jt"] == pytest.approx(straight + sideways, rel=0.03)


def test_the_smaller_board_of_jesd51_7_is_hotter(resistance, solve):
    small = solve("jesd51_ja", "geometry.outline.size=[76.2 mm, 114.3 mm]")["thermal"]["resistances"]
    assert 1.0 < small["theta_ja_k_per_w"]["value"] / resistance["theta_ja"] < 101.5 / 76.2
