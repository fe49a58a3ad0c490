"""The application as it is served, with a page beside it that counts what lives in the process.

`hypercorn -c hypercorn.toml tests.conformance.http2.watched_app:app`
"""

from __future__ import annotations

from hubbub.application import create_app
from hubbub.composite.types import Receive, Scope, Send
from tests.conformance.http2 import census

served = create_app()  # as src/app.py does


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything goes to the server but the one page."""
    if scope["type"] != "http" or scope["path"] != census.PATH:
        await served(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": census.taken_here()})
