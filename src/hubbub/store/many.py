"""One statement for many rows.

Each statement lets the interpreter go while it runs and waits for it afterwards, which under load takes longer than
what it does.  Pieces of a power of two have few texts, so that all of them stay prepared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

T = TypeVar("T")

ROWS = 64  # in one statement; more would save nothing that can be measured


@lru_cache
def values(rows: int, columns: int) -> str:
    """`VALUES (?, …), …`; as a table its columns are `column1`, `column2`, …"""
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"


def pieces(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """All of them in their order, by powers of two, at most `ROWS` at once."""
    start = 0
    while start < len(items):
        size = min(ROWS, 1 << (len(items) - start).bit_length() - 1)
        yield items[start : start + size]
        start += size


def flat(rows: Sequence[Sequence[object]]) -> tuple[object, ...]:
    """The parameters of `values`."""
    return tuple(chain.from_iterable(rows))
