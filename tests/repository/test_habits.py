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
    kernels = [path for ending in ("c", "h") for path in (ROOT / "solver").rglob(f"*.{ending}")]
    assert kernels
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in (*SOURCES, *kernels)}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_no_function_is_longer_than_60_lines():
    long = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (lines := node.end_lineno - node.lineno + 1) > 60:
                long[f"{path.name}: {node.name}"] = lines
    assert not long


def _public(node: ast.AST, name: str = ""):
    """Classes and functions below a node whose names, and those of what they are in, are public."""
    for child in getattr(node, "body", ()):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            yield f"{name}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{name}{child.name}.")


def test_no_public_docstring_is_shorter_than_four_words():
    """Unless it names where the thing is documented: "As of `Shift`."."""
    short = {}
    for path in SOURCES:
        for name, node in _public(ast.parse(path.read_text(encoding="utf-8"))):
            said = ast.get_docstring(node)
            if said is not None and len(said.split()) < 4 and not said.startswith("As "):
                short[f"{path.name}: {name}"] = said
    assert not short
