"""planish: finite-element warpage and thermal solver for advanced packaging."""

__version__ = "0.1.0"
