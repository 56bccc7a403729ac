"""Model `solid`: 3-D solids, of elements of degree 2."""
