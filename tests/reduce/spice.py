"""A small solver of SPICE netlists for the tests: modified nodal analysis of R, C, G, E, F, V and I elements.

After C.-W. Ho, A. Ruehli, P. Brennan, IEEE Trans. Circuits Syst. 22, 504 (1975).
"""

import re

import numpy as np


class Circuit:
    """A subcircuit whose pins are nodes, with sources added by the test.

    Args:
        text: a netlist with one subcircuit.
        parameters: in the place of those it has.
    """

    def __init__(self, text: str, **parameters: float) -> None:
        lines = [line for line in text.splitlines() if line and not line.startswith("*")]
        head = next(line for line in lines if line.startswith(".subckt"))
        names, _, given = head.partition(" params: ")
        self.pins = names.split()[2:]
        self.values = {key: float(value) for key, value in (part.split("=") for part in given.split())} | parameters
        self.elements = [self._element(line) for line in lines if not line.startswith(".")]

    def add(self, line: str) -> None:
        """One more element."""
        self.elements.append(self._element(line))

    def matrices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """G, C and the right-hand side of (G + C d/dt) x = b; x are voltages of nodes, then currents of V and E."""
        nodes = sorted({node for name, words, _ in self.elements for node in self._nodes(name, words)} - {"0"})
        branches = [name for name, _, _ in self.elements if name[0] in "ve"]
        self.places = {name: place for place, name in enumerate([*nodes, *(f"i({one})" for one in branches)])}
        size = len(self.places)
        g, c, b = np.zeros((size + 1, size + 1)), np.zeros((size + 1, size + 1)), np.zeros(size + 1)
        at = lambda node: self.places.get(node, size)  # noqa: E731 (ground is the last row, cut off in the end)
        for name, words, value in self.elements:
            kind, (p, m) = name[0], (at(words[0]), at(words[1]))
            if kind in "rc":
                matrix, weight = (g, 1.0 / value) if kind == "r" else (c, value)
                for row, column, sign in ((p, p, 1), (m, m, 1), (p, m, -1), (m, p, -1)):
                    matrix[row, column] += sign * weight
            elif kind == "g":
                for row, sign in ((p, 1), (m, -1)):
                    g[row, at(words[2])] += sign * value
                    g[row, at(words[3])] -= sign * value
            elif kind == "f":
                branch = at(f"i({words[2]})")
                g[p, branch] += value
                g[m, branch] -= value
            elif kind == "i":
                b[p] -= value
                b[m] += value
            else:
                branch = at(f"i({name})")
                g[p, branch] += 1.0
                g[m, branch] -= 1.0
                g[branch, p] += 1.0
                g[branch, m] -= 1.0
                if kind == "e":
                    g[branch, at(words[2])] -= value
                    g[branch, at(words[3])] += value
                else:
                    b[branch] = value
        return g[:-1, :-1], c[:-1, :-1], b[:-1]

    def operating_point(self) -> dict[str, float]:
        """Voltages, and currents of voltage sources as i(NAME)."""
        g, _, b = self.matrices()
        return dict(zip(self.places, np.linalg.solve(g, b).tolist(), strict=True))

    def step(self, start: dict[str, float], dt: float, count: int) -> dict[str, float]:
        """Voltages and currents after `count` steps of the trapezoidal rule of length `dt` (s)."""
        g, c, b = self.matrices()
        x, left = np.array([start[name] for name in self.places]), 2.0 * c / dt
        inverse, slope = np.linalg.inv(g + left), np.zeros(len(b))
        for number in range(count):
            if number < 2:  # two half steps of backward Euler damp what algebraic parts would ring with
                for _ in range(2):
                    x = np.linalg.solve(g + left, b + left @ x)
                slope = b - g @ x
                continue
            x = inverse @ (b + left @ x + slope)
            slope = b - g @ x
        return dict(zip(self.places, x.tolist(), strict=True))

    def _element(self, line: str) -> tuple[str, list[str], float]:
        expression = re.search(r"\{(.*)\}", line)
        name, *words = re.sub(r"\{.*\}", "", line).lower().split()
        value = eval(expression[1], {"__builtins__": {}}, self.values) if expression else float(words.pop())
        return name, words, value

    @staticmethod
    def _nodes(name: str, words: list[str]) -> list[str]:
        return words[:2] if name[0] in "rcvif" else words[:4]
