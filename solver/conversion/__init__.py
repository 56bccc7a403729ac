"""Stacks of other programs as cases: HotSpot's .lcf, 3D-ICE's .stk."""
