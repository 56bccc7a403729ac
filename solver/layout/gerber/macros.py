"""Aperture macros of a Gerber file: shapes put on and taken off one after another, with sizes that are formulas."""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from solver.layout.gerber.apertures import ShapeError, circle, polygon, rectangle

_FORMULA = re.compile(r"[\d.+\-*/()v]{1,300}")
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def shape(blocks: Sequence[str], given: Sequence[float]) -> Any:
    """What a macro draws, in the unit of the file.

    Args:
        blocks: primitives and definitions of variables, in order.
        given: parameters $1, $2, ...

    Raises:
        ShapeError: names the primitive or the formula.
    """
    known = {f"v{number}": value for number, value in enumerate(given, start=1)}
    drawn: Any = shapely.Polygon()
    for block in blocks:
        if block.startswith("$"):
            name, _, formula = block.partition("=")
            known[name.replace("$", "v").strip()] = _value(formula, known)
        elif block and not block.startswith("0 ") and block != "0":
            code, *words = block.split(",")
            if code.strip() not in _PRIMITIVES:
                raise ShapeError(f"macro primitive '{code[:12]}'; there are {', '.join(_PRIMITIVES)}")
            on, part = _primitive(code.strip(), [_value(word, known) for word in words])
            drawn = drawn.union(part) if on else drawn.difference(part)
    return drawn


def _value(formula: str, known: dict[str, float]) -> float:
    text = re.sub(r"\s", "", formula).replace("$", "v").replace("x", "*").replace("X", "*")
    if not _FORMULA.fullmatch(text) or "**" in text or "//" in text:
        raise ShapeError(f"macro formula '{formula[:20]}'")
    try:
        found = _evaluated(ast.parse(re.sub(r"(?<![\d.v])0+(?=\d)", "", text), mode="eval").body, known)
    except (SyntaxError, ZeroDivisionError, RecursionError, OverflowError, MemoryError):
        raise ShapeError(f"macro formula '{formula[:20]}'") from None
    return found


def _evaluated(node: ast.expr, known: dict[str, float]) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return known.get(node.id, 0.0)  # a parameter that was not given is 0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _evaluated(node.operand, known)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluated(node.left, known), _evaluated(node.right, known))
    raise SyntaxError


def _primitive(code: str, sizes: Sequence[float]) -> tuple[bool, Any]:
    """Whether a primitive puts on or takes off, and its shape, turned about the origin of the macro."""
    make, counts = _PRIMITIVES[code]
    if len(sizes) not in counts and not (code == "4" and len(sizes) >= 9):
        raise ShapeError(f"macro primitive {code} with {len(sizes)} parameters")
    exposed, rest = (1.0, sizes) if code == "7" else (sizes[0], sizes[1:])
    if exposed not in (0.0, 1.0):
        raise ShapeError(f"macro primitive {code} with exposure {exposed:g}")
    part, degrees = make(rest)
    return exposed == 1.0, affinity.rotate(part, degrees, origin=(0, 0))


def _circle(sizes: Sequence[float]) -> tuple[Any, float]:
    return circle(sizes[0], sizes[1:3]), sizes[3] if len(sizes) > 3 else 0.0


def _vector_line(sizes: Sequence[float]) -> tuple[Any, float]:
    ends = np.reshape(sizes[1:5], (2, 2))
    return shapely.LineString(ends).buffer(sizes[0] / 2, cap_style="flat"), sizes[5]


def _center_line(sizes: Sequence[float]) -> tuple[Any, float]:
    return rectangle(sizes[0], sizes[1], sizes[2:4]), sizes[4]


def _lower_left_line(sizes: Sequence[float]) -> tuple[Any, float]:
    width, height, x, y, degrees = sizes
    return rectangle(width, height, (x + width / 2, y + height / 2)), degrees


def _outline(sizes: Sequence[float]) -> tuple[Any, float]:
    count, corners, rest = round(sizes[0]), sizes[1:-1], sizes[-1]
    if count < 3 or len(corners) != 2 * (count + 1):
        raise ShapeError(f"macro outline of {count} sides with {len(corners) // 2} points")
    return shapely.make_valid(shapely.Polygon(np.reshape(corners, (-1, 2)))), rest


def _polygon(sizes: Sequence[float]) -> tuple[Any, float]:
    sides, x, y, diameter, degrees = sizes
    return polygon(round(sides), diameter, (x, y)), degrees


def _thermal(sizes: Sequence[float]) -> tuple[Any, float]:
    x, y, outer, inner, gap, degrees = sizes
    ring = circle(outer, (x, y)).difference(circle(inner, (x, y)))
    return ring.difference(rectangle(outer, gap, (x, y))).difference(rectangle(gap, outer, (x, y))), degrees


_PRIMITIVES: dict[str, tuple[Callable[[Sequence[float]], tuple[Any, float]], tuple[int, ...]]] = {
    "1": (_circle, (4, 5)),
    "2": (_vector_line, (7,)),
    "20": (_vector_line, (7,)),
    "21": (_center_line, (6,)),
    "22": (_lower_left_line, (6,)),
    "4": (_outline, ()),
    "5": (_polygon, (6,)),
    "7": (_thermal, (6,)),
}
