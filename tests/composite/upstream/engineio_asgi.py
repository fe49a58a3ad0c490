"""A plugin of pytest: python-engineio's tests of `ASGIApp` get a `CompositeApp`.

`UPSTREAM_MODE` is `bare`, or `complete` for scopes with all that a server puts into them, so that they take the way
that requests take.
"""

from __future__ import annotations

import os
from typing import Any

import engineio
import pytest
from engineio.async_drivers import asgi

from hubbub.composite import CompositeApp
from hubbub.composite.types import Receive, Scope, Send

_OF_A_SERVER = {"method": "GET", "headers": [], "http_version": "1.1", "scheme": "http", "root_path": ""}
_LIBRARY: Any = engineio.ASGIApp


class BareApp(CompositeApp):
    """With the constructor of `engineio.ASGIApp`, which has another name for one argument."""

    def __init__(
        self,
        engineio_server: Any,
        other_asgi_app: Any = None,
        static_files: Any = None,
        engineio_path: str | None = "engine.io",
        on_startup: Any = None,
        on_shutdown: Any = None,
    ) -> None:
        super().__init__(engineio_server, other_asgi_app, static_files, engineio_path, on_startup, on_shutdown)


class CompleteApp(BareApp):
    """The same, called as a server calls it, and with the library's words for what is not there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope if scope["type"] == "lifespan" else {**_OF_A_SERVER, **scope}, receive, send)

    async def not_found(self, receive: Receive, send: Send) -> None:
        await _LIBRARY.not_found(self, receive, send)


def pytest_configure(config: pytest.Config) -> None:
    asgi.ASGIApp = {"bare": BareApp, "complete": CompleteApp}[os.environ["UPSTREAM_MODE"]]
    files = config.rootpath / "tests" / "async" / "files"  # which the source distribution leaves out
    files.mkdir(exist_ok=True)
    (files / "index.html").write_text("<html>file</html>\n")
    (files / "file.txt").write_text("file\n")
