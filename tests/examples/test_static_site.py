from __future__ import annotations

import re

from tests.support.examples import EXAMPLES, ExampleProcess
from tests.support.rest import rest_client

STYLE = (EXAMPLES / "site" / "site.css").read_text()


async def test_a_page_and_its_style(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        page = await rest.get("/")
        (address,) = re.findall(r'href="(/assets/\w+/site.css)"', page.text)
        style = await rest.get(address)
        assert (style.text, style.headers["content-type"]) == (STYLE, "text/css; charset=utf-8")
        assert "immutable" in style.headers["cache-control"]
        again = await rest.get("/", headers={"if-none-match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        part = await rest.get(address, headers={"range": "bytes=0-3", "accept-encoding": "identity"})
        assert (part.status_code, part.text) == (206, "body")


async def test_only_reading_and_only_below_the_folder(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        head = await rest.head("/")
        assert (head.status_code, head.content) == (200, b"")
        assert (await rest.post("/")).status_code == 405
        for path in ("/assets/..%2f..%2fstatic_site.py", "/assets/", "/static_site.py"):
            assert (await rest.get(path)).status_code == 404, path
