"""What was worked out lately: solids ask a law for some cells at a time, of which many are at one temperature."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_KEPT = 4


class Recent(Generic[T]):
    """The last few results by what they came from."""

    def __init__(self) -> None:
        self._found: dict[bytes, T] = {}

    def of(self, key: bytes, make: Callable[[], T]) -> T:
        """The result of a key, made if it is none of the last ones."""
        if key not in self._found:
            if len(self._found) >= _KEPT:
                del self._found[next(iter(self._found))]
            self._found[key] = make()
        return self._found[key]
