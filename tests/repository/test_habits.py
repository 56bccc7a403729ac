"""Habits that hold the repository together."""

from pathlib import Path

import pytest
import yaml

import solver

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.serial


def test_the_version_is_in_one_place():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == solver.__version__
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
