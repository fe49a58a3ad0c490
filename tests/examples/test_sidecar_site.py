"""The site alone; with its sidecar it is tested in test_sidecar.py."""

from __future__ import annotations

from pathlib import Path

from tests.support.examples import running_example
from tests.support.ports import ReservedPort
from tests.support.rest import rest_client


async def test_orders_count_while_the_sidecar_is_away(tmp_path: Path) -> None:
    with (
        ReservedPort() as nobody,
        running_example(tmp_path, "sidecar_site", env={"SIDECAR": f"http://{nobody.bind}"}) as site,
    ):
        async with rest_client(site, http2=False) as rest:
            assert (await rest.post("/orders", content="tea")).status_code == 201
            assert (await rest.get("/")).text == "1 orders\n"
        assert "the pages were not told" in site.logs()
