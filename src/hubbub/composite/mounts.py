"""Which application a path belongs to, and what an application under a prefix is told of it; answers nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hubbub.composite.scopes import is_under, root_path, route_path
from hubbub.composite.types import AnyASGIApp, ASGIApp, Receive, Scope, Send

_NOT_IN_A_PATH = frozenset("?#")


class Guest:
    """An application under a prefix: itself an application, for requests, websockets and the lifespan.

    It sees the whole path, with the prefix at the end of `root_path`, which is what it takes off (the WSGI
    compatibility of the ASGI specification: `SCRIPT_NAME` is `root_path`). So do Starlette, FastAPI, Quart, Django
    and Hypercorn's WSGI wrapper. What its lifespan puts into `state` is its own: two guests may use one name.
    """

    def __init__(self, prefix: str, app: AnyASGIApp) -> None:
        """Name it by its prefix.

        Raises:
            ValueError: the prefix is none (see `mount_prefix`).
        """
        self.prefix = mount_prefix(prefix)
        self.name = f"the guest at {self.prefix}"
        self._app = app
        self._state: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app({**scope, "state": self._state}, receive, send)
        else:
            await self._app(self._below(scope), receive, send)

    def _below(self, scope: Scope) -> Scope:
        root, path = root_path(scope), route_path(scope)
        if path == self.prefix:
            path += "/"  # the guest's own root, for which each framework has another word, and Quart 0.22 has none
        return {
            **scope,
            "path": root + path,
            "root_path": root + self.prefix,
            "state": {**(scope.get("state") or {}), **self._state},
        }


class Mounts:
    """Applications by prefix; the longest prefix that a path is under has it, by whole segments."""

    def __init__(self, mounts: Iterable[tuple[str, ASGIApp]]) -> None:
        """The prefixes as `mount_prefix` returns them; an empty one has every path.

        Raises:
            ValueError: two applications at one prefix.
        """
        self._mounts = sorted(mounts, key=lambda mount: -len(mount[0]))  # [(prefix, application)], the longest first
        seen: set[str] = set()
        for prefix, _ in self._mounts:
            if prefix in seen:
                raise ValueError(f"There are two applications at {prefix or '/'}. Give each a prefix of its own.")
            seen.add(prefix)

    def find(self, path: str) -> ASGIApp | None:
        """The application that a path below the root belongs to."""
        return next((app for prefix, app in self._mounts if not prefix or is_under(path, prefix)), None)


def mount_prefix(text: str) -> str:
    """A prefix without a slash at its end.

    Raises:
        ValueError: it is not a path of one segment or more, decoded, as in `/admin` or `/tools/metrics`.
    """
    prefix = text.rstrip("/")
    if not prefix.startswith("/") or not all(prefix.split("/")[1:]) or not _NOT_IN_A_PATH.isdisjoint(prefix):
        raise ValueError(f"{text!r} is no prefix. Write it as in '/admin'; what has every path is `other_asgi_app`.")
    return prefix
