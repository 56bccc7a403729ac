"""D1, stack of two heated dies of 3D-ICE, steady.

10 x 10 mm, 100 um of silicon, 50 W in the bottom 2 um, 12.5 W in each of two opposite quadrants of the top 2 um, 1e5
W/m^2/K to 300 K. Node 1: bottom source layer at (5.025, 4.9) mm from the corner; node 2: top layer, corner.
Temperatures from the validation set of 3D-ICE, confirmed by converged finite volumes.
"""

import numpy as np
import pytest

from tests.probing import at, simulate, solved_heat

MM = 1e-3
NODES = [(0.025 * MM, -0.1 * MM, 1e-6), (-5 * MM, -5 * MM, 99e-6)]  # the case has its origin in the middle
FACE = "{face: %s, convection: 1e5 W/m^2/K, ambient: 300 K}"
# K at nodes 1 and 2
COOLED = {"top": (307.828, 310.008), "bottom": (307.451, 310.385), "top and bottom": (303.755, 305.004)}
CONVERGED = 0.02  # K
# as many unknowns as needed: cells of 0.1 mm where quadrants meet, 0.5 mm elsewhere
MESH = ("mesh.in_plane_size=0.5 mm", "mesh.edge_refinement={size: 0.1 mm, distance: 0.6 mm}")


@pytest.mark.parametrize("faces", COOLED)
def test_both_nodes_have_the_reference_temperature(faces, shared_path, comm):
    boundaries = ", ".join(FACE % face for face in faces.split(" and "))
    heat = solved_heat(simulate("stack_3dice", shared_path, comm, *MESH, f"thermal.boundaries=[{boundaries}]"))
    assert at(heat.solution.temperature, NODES)[:, 0] == pytest.approx(COOLED[faces], abs=CONVERGED)


# the lumped limit: films so weak that the silicon has one temperature, h t / k = 8e-5, and powers to match
SILICON = ("materials.ice-silicon.density=2330 kg/m^3", "materials.ice-silicon.specific_heat=751 J/kg/K")
WATTS = (0.5, 0.125, 0.125)
FILM = "thermal.boundaries=[{face: top, convection: 100 W/m^2/K, ambient: 300 K}]"
IN_TIME = "analysis.transient={duration: 5 s, start: 300 K, tolerance: 1e-4}"


def test_in_the_lumped_limit_the_stack_warms_exponentially(shared_path, comm):
    powers = [f"thermal.power.{i}.total={watts} W" for i, watts in enumerate(WATTS)]
    overrides = (*MESH, "mesh.in_plane_size=2.5 mm", "mesh.edge_refinement=null", *SILICON, *powers, FILM, IN_TIME)
    thermal = solved_heat(simulate("stack_3dice", shared_path, comm, *overrides)).summary
    time = np.array(thermal["history"]["time_s"])
    conductance, capacity = 100 * 1e-4, 2330 * 751 * 100e-6 * 1e-4
    rise = sum(WATTS) / conductance * (1 - np.exp(-time * conductance / capacity))
    # steps of 1e-4, some of whose errors add up, and 0.006 K through the silicon
    mean = thermal["history"]["regions"]["bottom die"]["mean_temperature_degc"]
    assert mean == pytest.approx(300 - 273.15 + rise, abs=0.03)
    assert thermal["heat_balance_error"] < 1e-8
