"""Small valid cases that between them use every section of the case file: what the corpus spoils."""

from pathlib import Path

BASES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.yaml"))}
