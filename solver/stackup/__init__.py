"""Geometry of a case without files: the stack-up in SI units, and what is derived from it."""
