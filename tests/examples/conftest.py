"""The example that a file of tests is about: `test_echo_websocket.py` is about `examples/echo_websocket.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.examples import ExampleProcess, running_example


@pytest.fixture(scope="module")
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleProcess]:
    """It runs while the tests of the file do; afterwards it must end cleanly."""
    name = request.path.stem.removeprefix("test_")
    with running_example(tmp_path_factory.mktemp(name), name) as server:
        yield server
