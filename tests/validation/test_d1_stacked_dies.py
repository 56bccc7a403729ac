"""D1, stack of two heated dies of 3D-ICE, steady.

10 x 10 mm, 100 um of silicon, 50 W in the bottom 2 um, 12.5 W in each of two opposite quadrants of the top 2 um, 1e5
W/m^2/K to 300 K. Node 1: bottom source layer at (5.025, 4.9) mm from the corner; node 2: top layer, corner.
Temperatures from the validation set of 3D-ICE, confirmed by converged finite volumes.
"""

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
