"""Tables of the measured numbers, in the terminal and in the pages that show them.

A page holds `<!-- table NAME -->` ... `<!-- end -->`; what is between is replaced by the table. A table that was not
measured leaves its place as it is.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Table

PAGES = (Path("docs/performance.md"), Path("docs/scaling.md"))
_PLACE = re.compile(r"(<!-- table (?P<name>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, tables: Sequence[Table]) -> str:
    """A page with these tables in their places."""
    by_name = {table.name: table for table in tables}

    def put(place: re.Match[str]) -> str:
        table = by_name.get(place["name"])
        return f"{place[1]}{table.markdown}\n{place[3]}" if table else place[0]

    return _PLACE.sub(put, text)


def places(text: str) -> list[str]:
    """Names of the tables a page asks for."""
    return [place["name"] for place in _PLACE.finditer(text)]


def write(root: Path, tables: Sequence[Table]) -> None:
    """Fill all pages."""
    for page in PAGES:
        path = root / page
        path.write_text(filled(path.read_text(encoding="utf-8"), tables), encoding="utf-8")
