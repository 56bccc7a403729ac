"""Floorplans: named blocks with their power over time, as HotSpot, 3D-ICE and PACT write them."""
