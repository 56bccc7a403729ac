"""Reduced thermal models of a case: few unknowns in the place of many, with the film coefficients left free."""

from solver.studies.reduce.model import ReducedModel

__all__ = ["ReducedModel"]
