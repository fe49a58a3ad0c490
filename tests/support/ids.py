"""Chance that a test can foresee."""

from __future__ import annotations


class CountedRandomness:
    """In place of `secrets.token_bytes`: 1, 2, 3 … as bytes, so that ids are distinct and the same each run."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, length: int) -> bytes:
        self._count += 1
        return self._count.to_bytes(length, "big")
