"""Mechanics: one weak form a file, at small and at large deflection."""
