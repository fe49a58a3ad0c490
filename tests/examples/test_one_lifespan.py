from __future__ import annotations

import re
from pathlib import Path

from tests.support.examples import running_example
from tests.support.rest import rest_client


async def test_what_started_first_stops_last(tmp_path: Path) -> None:
    with running_example(tmp_path, "one_lifespan") as server:
        async with rest_client(server, http2=False) as rest:
            assert (await rest.get("/")).text == "Welcome\n"
    steps = re.findall(r"^\d\. .*", server.logs(), re.MULTILINE)
    assert steps == [
        "1. the database is open",
        "2. Quart has started",
        "3. Quart has stopped after 1 visits",
        "4. the database is closed",
    ]
