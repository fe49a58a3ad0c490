"""asgiref's own tests of its `StatelessServer`, with ours in its place; and that one fault is theirs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgiref.server import StatelessServer as TheirServer

from hubbub.composite.stateless import StatelessServer
from tests.support.upstream import run_upstream

PLUGIN = Path(__file__).parent / "upstream" / "asgiref_server.py"
TESTS = {"test_stateless_server", "test_stateless_server_run", "test_server_delete_instance"}


@pytest.mark.seed("2.1")
def test_their_own_tests_pass(tmp_path: Path) -> None:
    outcome = run_upstream("asgiref", "tests/test_server.py", plugin=PLUGIN, report=tmp_path / "report.xml")
    assert not outcome.failed, outcome.output
    assert outcome.passed >= TESTS


def test_every_name_of_theirs_is_here() -> None:
    theirs = {name for name in dir(TheirServer) if not name.startswith("_")}
    assert theirs <= set(dir(StatelessServer))
    made = {name for name in vars(TheirServer(None)) if not name.startswith("_")}  # type: ignore[no-untyped-call]
    assert made <= set(vars(StatelessServer(application)))


async def test_they_have_one_more_than_their_limit() -> None:
    """What decision 18 says of asgiref; once this fails it is mended there, and the page is to be changed."""
    theirs = TheirServer(application, max_applications=1)  # type: ignore[no-untyped-call]
    for number in range(3):
        theirs.get_or_create_application_instance(number, {})  # type: ignore[no-untyped-call]
    tasks = [details["future"] for details in theirs.application_instances.values()]
    assert len(tasks) == 2
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def application(scope: Any, receive: Any, send: Any) -> None:
    await receive()
