"""What real proxies do to a site is in test_site.py; here are answers that they seldom give."""

from __future__ import annotations

import pytest

from hubbub.doctor.finding import Level
from hubbub.doctor.live import hear_events, open_a_websocket, wait_for_changes
from tests.doctor.canned import canned_site, response

NO_NEWS = '{"changes": [], "cursor": "c1", "more": false}'
NEWS = '{"changes": [{"cursor": "c2"}], "cursor": "c2", "more": false}'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (response(400), "answered by 400"),
        (response(200, "a page"), "answered by 200"),
        (b"", "the connection was closed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "no HTTP"),
    ],
)
async def test_a_websocket_that_does_not_open(answer: bytes, said: str) -> None:
    async with canned_site({"/socket.io/": answer}) as site:
        found = await open_a_websocket(site)
    assert found.level is Level.FAILURE
    assert said in found.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (response(401), "token"),
        (response(502), "502"),
        (response(200, Content_Encoding="gzip"), "packed"),
        (response(200), "ended at once"),
        (b"", "log"),
    ],
)
async def test_a_stream_that_does_not_come(answer: bytes, said: str) -> None:
    async with canned_site({"/api/v1/events": answer}) as site:
        found = await hear_events(site, "a token")
    assert found.level is Level.FAILURE
    assert said in found.text


@pytest.mark.parametrize(
    ("answer", "level", "said"),
    [
        (response(200, NO_NEWS), Level.OK, "waits for 1 s"),
        (response(200, NEWS), Level.WARNING, "somebody wrote"),
        (response(401), Level.FAILURE, "token"),
        (response(504), Level.FAILURE, "504"),
        (b"", Level.FAILURE, "cut off"),
    ],
)
async def test_how_a_poll_ends(answer: bytes, level: Level, said: str) -> None:
    async with canned_site({"/api/v1/changes": answer}) as site:
        found = await wait_for_changes(site, "a token", 1)
    assert found.level is level
    assert said in found.text


@pytest.mark.parametrize("body", ["<h1>Sign in</h1>", "[]", '{"cursor": 1'])
async def test_an_answer_of_somebody_else_is_told(body: str) -> None:
    async with canned_site({"/api/v1/changes": response(200, body)}) as site:
        found = await wait_for_changes(site, "a token", 1)
    assert found.level is Level.FAILURE
