"""What to say where the extra is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hubbub.store.errors import CannotOpenError


@contextmanager
def driver() -> Iterator[None]:
    """For the import of a module that needs psycopg.

    Raises:
        CannotOpenError: it cannot be loaded.
    """
    try:
        yield
    except ImportError as error:
        raise CannotOpenError(
            f"PostgreSQL needs the package psycopg, which cannot be loaded ({error}). Install hubbub[postgres]."
        ) from None
