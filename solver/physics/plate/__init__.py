"""Layered plates at large deflection (von Karman) over the plane mesh: a stack as a sheet with stiffness."""
