"""Hooks of pytest that say which tests are read, which are left out, and which come first."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ("soak", "chaos")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare `-m alone` the files that mark no test so: to import all of them takes longer than some of its tests."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if is_test and config.option.markexpr == "alone" and not _marks_alone(collection_path) else None


def _marks_alone(file: Path) -> bool:
    return b"pytest.mark.alone" in file.read_bytes()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with those marked `first`, and leave the tests that take minutes out unless they are asked for.

    Raises:
        pytest.UsageError: a test is marked `alone` by other words than those that `-m alone` looks for in its file.
    """
    unseen = [item.nodeid for item in items if item.get_closest_marker("alone") and not _marks_alone(item.path)]
    if unseen:
        raise pytest.UsageError(f"write @pytest.mark.alone or pytestmark = pytest.mark.alone in the file of {unseen}")
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
    unasked = [marker for marker in LONG if marker not in (config.option.markexpr or "")]
    long = [item for item in items if any(item.get_closest_marker(marker) for marker in unasked)]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
