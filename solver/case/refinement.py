"""`edge_refinement`: smaller cells near edges."""

from pydantic import Field

from solver.section import Section
from solver.units import PositiveLength


class EdgeRefinement(Section):
    """Smaller cells near the edges of the outline, of the regions and of delaminations."""

    size: PositiveLength = Field(description="cell size at the edges")
    distance: PositiveLength = Field(description="distance over which cells grow to in_plane_size")
