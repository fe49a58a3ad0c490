"""Prefixes, and the scopes of applications below them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hubbub.composite.mounts import Guest, Mounts, mount_prefix
from tests.support.asgi_calls import Recorder, call, http_scope, websocket_scope


@pytest.mark.parametrize("text", ["/a", "/a/", "/a/b", "/größe"])
def test_a_prefix_has_no_slash_at_its_end(text: str) -> None:
    assert mount_prefix(text) == text.removesuffix("/")


@pytest.mark.parametrize("text", ["", "/", "//", "a", "/a//b", "/a?b", "/a#b", "http://a/b"])
def test_what_is_no_prefix_is_a_mistake_that_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="is no prefix"):
        Guest(text, Recorder())


class TestMounts:
    @pytest.mark.parametrize(
        ("path", "found"),
        [("/a", "a"), ("/a/", "a"), ("/a/x", "a"), ("/a/b", "b"), ("/a/b/c", "b"), ("/a/bc", "a"), ("/ab", None)],
    )
    def test_the_longest_prefix_of_whole_segments_has_the_path(self, path: str, found: str | None) -> None:
        apps = {"a": Recorder(), "b": Recorder()}
        mounts = Mounts([("/a", apps["a"]), ("/a/b", apps["b"])])
        assert mounts.find(path) is (apps[found] if found else None)

    @pytest.mark.parametrize("path", ["/", "/any", "", "*"])
    def test_an_empty_prefix_has_what_no_other_has(self, path: str) -> None:
        everything, one = Recorder(), Recorder()
        mounts = Mounts([("", everything), ("/one", one)])
        assert (mounts.find(path), mounts.find("/one")) == (everything, one)

    def test_two_at_one_prefix_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="two applications at /a"):
            Mounts([("/a", Recorder()), ("/a", Recorder())])


class TestScope:
    @pytest.mark.parametrize(
        ("root_path", "path", "seen"),
        [
            ("", "/admin/x", ("/admin", "/admin/x")),
            ("", "/admin", ("/admin", "/admin/")),
            ("/site", "/site/admin/x", ("/site/admin", "/site/admin/x")),
            ("/site/", "/site/admin/x", ("/site/admin", "/site/admin/x")),
            ("/site", "/admin/x", ("/site/admin", "/site/admin/x")),  # the proxy took it off; Hypercorn leaves it so
        ],
    )
    async def test_the_prefix_goes_to_the_end_of_the_root_path(
        self, root_path: str, path: str, seen: tuple[str, str]
    ) -> None:
        for make in (http_scope, websocket_scope):
            inner = Recorder()
            scope = make(path, root_path=root_path)
            before = dict(scope)
            await call(Guest("/admin", inner), scope)
            assert (inner.scope["root_path"], inner.scope["path"]) == seen
            assert scope == before

    async def test_two_guests_have_a_state_each(self) -> None:
        def guest(prefix: str) -> Guest:
            @asynccontextmanager
            async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
                yield {"database": prefix}

            async def show(request: Request) -> PlainTextResponse:
                return PlainTextResponse(f"{request.state.database} {request.state.request_id}")

            return Guest(prefix, Starlette(routes=[Route("/", show)], lifespan=lifespan))

        guests = [guest("/one"), guest("/two")]
        shared: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        for one in guests:
            await call(one, shared, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        assert shared["state"] == {}
        for one in guests:
            made = await call(one, http_scope(one.prefix, state={"request_id": "7"}))
            assert made.body == f"{one.prefix} 7".encode()
