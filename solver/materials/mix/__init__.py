"""Mixtures of a metal and a dielectric (RDL, build-up, vias, bumps): one rule per file, one table in `rules`."""
