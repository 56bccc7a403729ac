"""Tables on the terminal: what a case names is shown as it stands, not read as markup."""

from typing import Any

from rich.console import Console

_WIDTH = 160  # columns of a table that goes to a file


def show(table: Any, terminal: bool | None = None) -> None:
    """Print a table, or what else rich can print.

    Args:
        table: plain strings stay plain; styles are given by `rich.text.Text`.
        terminal: whether the output is one; found out if None.
    """
    console = Console(highlight=False, markup=False, emoji=False, force_terminal=terminal)
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(table)
