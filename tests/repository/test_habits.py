"""Habits that hold the repository together: one version, files and functions of one idea."""

import ast
from pathlib import Path

import pytest
import yaml

import solver

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("solver", "meshes") for path in (ROOT / room).rglob("*.py"))

pytestmark = pytest.mark.serial


def test_the_version_is_in_one_place():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == solver.__version__
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_no_file_is_longer_than_400_lines():
    long = {path.name: count for path in SOURCES if (count := path.read_text(encoding="utf-8").count("\n")) > 400}
    assert not long


def test_no_function_is_longer_than_60_lines():
    long = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (lines := node.end_lineno - node.lineno + 1) > 60:
                long[f"{path.name}: {node.name}"] = lines
    assert not long
