"""The server against its own OpenAPI document: requests that Schemathesis makes up, good ones, bad ones and in rows.

A failure prints the request as a `curl` line.  To search wider, run it by hand with another seed and more examples.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import require
from tests.support.people import PASSWORD, People
from tests.support.rest import rest_client
from tests.support.server import ServerProcess

OWNER = "owner"
SEED = 20_250_301
EXAMPLES = 15  # of each operation and each kind of data; by hand 100 found no more, in eight minutes
SECONDS = 280  # it takes 40 on two idle cores

# Signing in again when a session has ended: signing out is one of the operations that are tried.
SIGNED_IN = f"""
[auth.dynamic.openapi.bearer]
path = "/api/v1/sessions"
payload = {{ username = "{OWNER}", password = "{PASSWORD}" }}
extract_selector = "/token"
"""

# A schema says what a message id looks like, and not which there are: what was there and is gone is a 409 or 410.  The
# operations below refer to such inside of a body or a query, where what is not there is a wrong field, or no cursor.
# A stream has no end: after `ready` nothing would come until the request is over, ten seconds each.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "410"]

[[operations]]
include-operation-id = [
    "list_messages", "open_direct_room", "post_message", "mark_read", "get_changes", "stream_events", "search",
]
checks.positive_data_acceptance.enabled = false

[[operations]]
include-operation-id = "stream_events"
max-stream-events = 1
"""


def run(server: ServerProcess, folder: Path, configuration: str, *options: str) -> str:
    """What Schemathesis reports; it must have found nothing."""
    file = folder / "schemathesis.toml"
    file.write_text(configuration)
    done = subprocess.run(
        [
            str(require("schemathesis")),
            *("--config-file", str(file)),
            *("run", f"{server.http_url}/openapi.json"),
            *("--seed", str(SEED)),
            *("--max-examples", str(EXAMPLES)),
            *("--generation-database", "none"),
            "--no-color",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, f"seed {SEED}\n{done.stdout}\n{done.stderr}"
    return done.stdout


async def people_at(server: ServerProcess) -> int:
    """Make the owner; how many operations the document has."""
    async with People(server) as people:
        await people.register(OWNER)
    async with rest_client(server) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    return sum(len(methods) for methods in paths.values())


@pytest.fixture
async def operations(fresh_server: ServerProcess) -> int:
    """How many operations there are, on a server that has an owner."""
    return await people_at(fresh_server)


def test_the_owner_meets_nothing_that_is_not_documented(
    fresh_server: ServerProcess, operations: int, tmp_path: Path
) -> None:
    report = run(fresh_server, tmp_path, SIGNED_IN + CONFIGURATION, "--phases", "coverage,fuzzing,stateful")
    assert f"Tested: {operations}" in report
    made = re.search(r"(\d+) generated, (\d+) passed", report)
    assert made is not None
    assert int(made[2]) > operations * EXAMPLES


def test_a_stranger_meets_nothing_that_is_not_documented(
    fresh_server: ServerProcess, operations: int, tmp_path: Path
) -> None:
    report = run(fresh_server, tmp_path, CONFIGURATION, "--phases", "coverage")
    assert f"Tested: {operations}" in report
