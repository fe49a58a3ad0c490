"""An extra that is not installed is named."""

from __future__ import annotations

import pytest

from hubbub.store.errors import CannotOpenError
from hubbub.store.postgres.driver import driver


def test_a_package_that_is_not_there_is_told_with_what_to_install() -> None:
    def load() -> None:
        with driver():
            import hubbub_without_psycopg  # type: ignore[import-not-found]  # noqa: F401

    with pytest.raises(CannotOpenError, match=r"psycopg, which cannot be loaded \(.*\)\. Install hubbub\[postgres\]"):
        load()


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(ZeroDivisionError), driver():
        1 / 0  # noqa: B018
