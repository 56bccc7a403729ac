"""The power package: its impedance against its own steady state, and what its structure functions say of it."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.materials import library
from solver.units import ZERO_CELSIUS
from tests.solving import solve_case


@pytest.fixture(scope="module")
def thermal(tmp_path_factory):
    comm = MPI.COMM_WORLD
    outcome = solve_case("thermal_impedance", (), comm.bcast(tmp_path_factory.mktemp("impedance")), comm)
    assert outcome["warnings"] == []
    return outcome["thermal"]


def test_the_curve_ends_at_the_resistance_of_the_steady_state(thermal):
    found = thermal["impedance"]
    rise = thermal["regions"]["active/junction"]["mean_temperature_degc"] - 25
    assert found["mean_k_per_w"][-1] == pytest.approx(rise / 20, rel=1e-3)
    assert sum(found["cauer"]["resistance_k_per_w"]) == pytest.approx(rise / 20, rel=5e-3)
    assert np.all(np.diff(found["mean_k_per_w"]) > -1e-6)
    assert np.all(np.array(found["max_k_per_w"]) >= np.array(found["mean_k_per_w"]))


def test_at_first_the_junction_is_the_face_of_half_spaces(thermal):
    """H. S. Carslaw, J. C. Jaeger, 2nd ed., sect. 2.9: heat at the joint face of two half-spaces."""
    found = thermal["impedance"]
    time, impedance = np.array(found["time_s"]), np.array(found["mean_k_per_w"])
    effusivity = 0.0
    for name in ("silicon", "emc-generic"):
        material = library.resolve(name)
        k, c = material.conductivity(25 + ZERO_CELSIUS)[2], material.specific_heat(25 + ZERO_CELSIUS)
        effusivity += float(np.sqrt(k * material.density * c))
    early = (time >= 3e-6) & (time < 3e-5)  # before the solder is felt
    # made evenly in 2 um, of which the heat has to go a third on its way into the silicon
    sooner = 2e-6 / 3 / float(library.resolve("silicon").conductivity(25 + ZERO_CELSIUS)[2])
    expected = (2 * np.sqrt(time[early] / np.pi) / effusivity - sooner) / 36e-6
    assert impedance[early] == pytest.approx(expected, rel=0.03)


def test_the_structure_functions_know_the_silicon(thermal):
    path = thermal["impedance"]["structure"]
    silicon = library.resolve("silicon")
    t = 30 + ZERO_CELSIUS
    stored = silicon.density * float(silicon.specific_heat(t))
    # c k A^2 of the die, halfway through it; the mould compound beside it stores a little
    node = np.array(path["node_resistance_k_per_w"])
    half = 0.09e-3 / float(silicon.conductivity(t)[2]) / 36e-6
    inside = (node > 0.3 * half) & (node < 1.5 * half)
    assert inside.any()
    expected = stored * float(silicon.conductivity(t)[2]) * 36e-6**2
    density = np.array(path["differential_j_w_per_k2"])[inside]
    assert np.all((density > 0.9 * expected) & (density < 1.6 * expected))
    # and theta_JC lies within the path
    assert 2 * half < thermal["resistances"]["theta_jc_bottom_k_per_w"]["value"] < path["resistance_k_per_w"][-1]
