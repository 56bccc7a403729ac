"""A table of results: for the terminal and for a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; columns but the first are numbers unless `texts` says how many are not.

    Attributes:
        name: by which a page asks for it.
        title: one line.
        header: names of the columns.
        rows: as many cells each.
        texts: leading columns that hold words.
        note: what is to be said below it.
    """

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    note: str = ""

    def show(self, console: Console) -> None:
        """Print it."""
        table = RichTable(title=self.title, title_justify="left", caption=self.note or None, caption_justify="left")
        for place, name in enumerate(self.header):
            table.add_column(name, justify="left" if place < self.texts else "right")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    @property
    def markdown(self) -> str:
        """As text of a page."""
        marks = ["---" if place < self.texts else "---:" for place in range(len(self.header))]
        lines = [self.header, marks, *self.rows]
        table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
        return f"{self.title}\n\n{table}" + (f"\n\n{self.note}" if self.note else "")


def count(value: float) -> str:
    """A whole number in groups of three."""
    return f"{value:,.0f}".replace(",", " ")
