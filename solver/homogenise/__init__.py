"""Unit cells: what an array of vias, bumps or traces is as one material, by finite elements on one cell of it.

`problem.conductivity` and `problem.elasticity` solve a cell (`Via`, `Trace`, `Bump`); `store` keeps what was solved.
"""
