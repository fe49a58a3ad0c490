"""Answers that are given again: as they would be made anew, to nobody else, and only while nothing changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from quart import Response
from quart.wrappers import Request

from hubbub.contract.addresses import SESSION_COOKIE
from hubbub.service.sessions import LIFETIME, TOUCH_EVERY
from tests.support.api import NO_CONTENT, OK, Api, Reply, done, open_api
from tests.transports.rest.den import Den


class Made:
    """What Quart was asked for, by path."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        handle = api.app.handle_request

        async def note(request: Request) -> object:
            self.paths.append(request.path)
            return await handle(request)

        monkeypatch.setattr(api.app, "handle_request", note)


@pytest.fixture
def made(den: Den, monkeypatch: pytest.MonkeyPatch) -> Made:
    return Made(den.api, monkeypatch)


@pytest.fixture
async def elsewhere(den: Den, tmp_path: Path) -> AsyncIterator[Api]:
    """Another process on the same database."""
    async with open_api(tmp_path) as elsewhere:
        yield elsewhere


def whole(reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
    return reply.status, list(reply.headers.items()), reply.body


@pytest.mark.parametrize(
    "path", ["/rooms", "/rooms/{}", "/rooms/{}/messages?limit=2", "/rooms/{}/members", "/users", "/users/me"]
)
async def test_an_answer_is_made_once_and_is_the_same_again(den: Den, made: Made, path: str) -> None:
    await den.ada.message(den.room["id"])
    made.paths.clear()
    path = path.format(den.room["id"])
    first, again = await den.ada.get(path), await den.ada.get(path)
    assert first.status == OK
    assert whole(first) == whole(again)
    assert len(made.paths) == 1


async def test_another_query_is_another_question(den: Den) -> None:
    for number in range(3):
        await den.ada.message(den.room["id"], f"{number}")
    for _ in range(2):
        assert await den.bodies("limit=1") == ["2"]
        assert await den.bodies("limit=2") == ["1", "2"]


async def test_it_follows_every_change_whoever_makes_it(den: Den, elsewhere: Api, made: Made) -> None:
    there = type(den.ada)(elsewhere.app, den.ada.signed_in)
    message = await there.message(den.room["id"], "hi")
    for _ in range(2):
        assert await den.bodies() == ["hi"]
    done(await there.patch(f"/messages/{message['id']}", {"body": "hello"}))
    for _ in range(2):
        assert await den.bodies() == ["hello"]
    done(await den.bob.put(f"/messages/{message['id']}/reactions/👍"))
    assert [each["emoji"] for each in (await den.history())["messages"][0]["reactions"]] == ["👍"]
    done(await there.delete(f"/messages/{message['id']}"), NO_CONTENT)
    assert await den.bodies() == [""]


async def test_nobody_sees_what_was_for_somebody_else(den: Den, elsewhere: Api) -> None:
    await den.ada.message(den.room["id"])
    for _ in range(2):
        await den.history()
        await den.history(person=den.bob)
    assert (await den.cem.get(den.path)).code == "not_found"
    assert (await den.api.guest.get(den.path)).code == "unauthenticated"
    there = type(den.ada)(elsewhere.app, den.ada.signed_in)
    done(await there.delete(f"/rooms/{den.room['id']}/members/{den.bob.id}"), NO_CONTENT)
    assert (await den.bob.get(den.path)).code == "not_found"


async def test_the_cookie_is_as_good_as_the_token_and_tells_people_apart(den: Den, made: Made) -> None:
    made.paths.clear()
    for person in (den.ada, den.bob):
        for _ in range(2):
            cookie = {"cookie": f"{SESSION_COOKIE}={person.token}"}
            assert done(await den.api.guest.call("GET", "/users/me", headers=cookie))["id"] == person.id
    assert len(made.paths) == 2
    both = {"authorization": "", "cookie": f"{SESSION_COOKIE}={den.ada.token}"}
    assert (await den.api.guest.call("GET", "/users/me", headers=both)).code == "unauthenticated"


async def test_a_session_that_has_ended_elsewhere_has_ended(den: Den, elsewhere: Api) -> None:
    for _ in range(2):
        await den.ada.see("/users/me")
    there = type(den.ada)(elsewhere.app, den.ada.signed_in)
    done(await there.delete("/sessions/current"), NO_CONTENT)
    assert (await den.ada.get("/users/me")).code == "unauthenticated"


async def test_a_session_that_expires_has_ended(den: Den) -> None:
    for _ in range(2):
        await den.ada.see("/users/me")
    den.api.world.clock.advance(LIFETIME.total_seconds())
    assert (await den.ada.get("/users/me")).code == "unauthenticated"


async def test_that_a_session_was_used_is_still_noted(den: Den) -> None:
    for _ in range(2):
        await den.ada.see("/users/me")
    den.api.world.clock.advance(TOUCH_EVERY.total_seconds())
    for _ in range(2):
        await den.ada.see("/users/me")
    den.api.world.clock.advance((LIFETIME - TOUCH_EVERY + timedelta(minutes=1)).total_seconds())
    await den.ada.see("/users/me")


async def test_what_is_known_counts_against_the_rate(den: Den) -> None:
    replies = [await den.ada.get("/users/me") for _ in range(700)]
    assert {reply.status for reply in replies[:500]} == {OK}
    assert replies[-1].code == "rate_limited"


async def test_a_refusal_is_not_kept(den: Den, made: Made) -> None:
    made.paths.clear()
    for _ in range(2):
        assert (await den.cem.get(den.path)).code == "not_found"
        assert (await den.ada.get(f"{den.path}?limit=no")).code == "invalid_fields"
    assert len(made.paths) == 4


async def test_what_listens_or_depends_on_the_time_is_made_each_time(den: Den, made: Made) -> None:
    made.paths.clear()
    for _ in range(2):
        await den.ada.see("/sessions")
        await den.ada.see("/changes")
    assert len(made.paths) == 4


async def test_nothing_is_kept_where_somebody_wants_to_see_every_request(den: Den, made: Made) -> None:
    seen = 0

    @den.api.app.after_request
    async def see(response: Response) -> Response:
        nonlocal seen
        seen += 1
        return response

    for _ in range(2):
        await den.ada.see("/users/me")
    assert seen == 2
