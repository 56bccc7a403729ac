"""What a person at a terminal sees of a run: lines in colour, and a bar while a stage is at work."""

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from solver.remaining import Remaining

_WIDTH = 24  # of the bar, characters


class Terminal:
    """The terminal of this process."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, emoji=False, soft_wrap=True)

    def say(self, text: str, style: str) -> None:
        """Print a line of text; `style` may be empty."""
        self._console.print(f"[{style}]{escape(text)}[/]" if style else escape(text))

    def bar(self, remaining: Remaining) -> Bar | None:
        """A spinner and words, and how far the run is where that is known; gone when the stage ends.

        None on a terminal that cannot draw one.
        """
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return None
        rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        words = TextColumn("{task.description}", markup=False, table_column=rest)
        columns = SpinnerColumn(), words, _Share(remaining), _Left(remaining)
        return Bar(*columns, console=self._console, transient=True, expand=True)


class _Share(ProgressColumn):
    """The bar, of the whole run."""

    def __init__(self, remaining: Remaining) -> None:
        super().__init__(Column(no_wrap=True))
        self._remaining = remaining

    def render(self, task: Task) -> ProgressBar | Text:  # noqa: ARG002  as of `ProgressColumn`
        """The bar as it is now."""
        share = self._remaining.share
        return Text() if share is None else ProgressBar(total=1.0, completed=share, width=_WIDTH)


class _Left(ProgressColumn):
    """Percentage and time."""

    def __init__(self, remaining: Remaining) -> None:
        super().__init__(Column(no_wrap=True))
        self._remaining = remaining

    def render(self, task: Task) -> Text:  # noqa: ARG002  as of `ProgressColumn`
        """The words as they are now."""
        return Text(str(self._remaining))
