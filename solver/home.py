"""Where examples, tests and pages are: in the clone, or in the wheel, which has them beside the modules (setup.py)."""

from pathlib import Path

_SHIPPED = Path(__file__).resolve().with_name("shipped")
INSTALLED = _SHIPPED.is_dir()
ROOT = _SHIPPED if INSTALLED else _SHIPPED.parents[1]
CASES = ROOT / "cases"
