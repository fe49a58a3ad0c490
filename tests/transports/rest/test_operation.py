"""What every operation does before and after its use case: who asks, how often, in which words, under which key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.composite.rates import Rate
from hubbub.transports.backend import GUESTS, POSTS, REQUESTS, SIGN_INS
from hubbub.transports.rest.operation import TRAITS_ATTRIBUTE, Traits
from tests.support.api import CREATED, NO_CONTENT, Api, Caller, Person, Reply, done, open_api

JSON = {"content-type": "application/json"}


def traits(api: Api, endpoint: str) -> Traits:
    found = getattr(api.app.view_functions[endpoint], TRAITS_ATTRIBUTE)
    assert isinstance(found, Traits)
    return found


# --- who asks ---


async def test_without_a_token_nobody_is_let_in_and_told_how(api: Api) -> None:
    reply = await api.guest.get("/users/me")
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.headers["www-authenticate"] == 'Bearer realm="hubbub"'
    assert "bearer token" in reply.json["detail"]


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer \xff", "Basic YTpi", "Bearer"])
async def test_a_token_of_nobody_and_another_scheme_are_a_401(api: Api, authorization: str) -> None:
    reply = await api.guest.call("GET", "/users/me", headers={"authorization": authorization})
    assert (reply.status, reply.code) == (401, "unauthenticated")


async def test_the_cookie_says_who_asks_as_well_as_the_token(api: Api) -> None:
    ada = await api.person("ada")
    cookie = {"cookie": f"hubbub_session={ada.token}"}
    assert done(await api.guest.call("GET", "/users/me", headers=cookie)) == ada.user


async def test_a_guest_needs_no_token_and_a_dead_one_does_not_hurt(api: Api) -> None:
    assert done(await Caller(api.app, "dead").get("/server")) == {"registration": "open", "first_account": True}


async def test_who_asks_is_seen_before_what_they_send(api: Api) -> None:
    assert (await api.guest.call("POST", "/rooms", data=b"{", headers=JSON)).status == 401
    assert (await api.guest.call("GET", "/rooms?limit=none")).status == 401


@pytest.mark.parametrize("body", [b'{"body": "hi"}', b'{"body": ""}', b"{"])
async def test_who_asks_is_seen_again_where_it_counts(api: Api, tmp_path: Path, body: bytes) -> None:
    ada = await api.person("ada")
    path = f"/rooms/{(await ada.room())['id']}/messages"
    done(await ada.post(path, {"body": "hello"}), CREATED)
    async with open_api(tmp_path) as elsewhere:
        done(await Person(elsewhere.app, ada.signed_in).delete("/sessions/current"), NO_CONTENT)
    for _ in range(2):
        assert (await ada.call("POST", path, data=body, headers=JSON)).code == "unauthenticated"
    again = await api.sign_in("ada")
    assert [each["body"] for each in (await again.see(path))["messages"]] == ["hello"]


async def test_what_is_wrong_is_told_to_who_was_recalled_as_to_anybody(api: Api) -> None:
    ada = await api.person("ada")
    path = f"/rooms/{(await ada.room())['id']}/messages"
    told = [(await ada.post(path, {"body": ""})).wrong for _ in range(2)]
    assert told[0] == told[1]
    assert (await ada.post("/rooms/none/messages", {"body": "hi"})).code == "not_found"
    assert (await ada.call("POST", path, data=b"{}", headers={"content-type": "text/plain"})).status == 415


# --- what they send ---


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_a_body_that_does_not_say_it_is_json_is_a_415(api: Api, content_type: str) -> None:
    ada = await api.person("ada")
    body = b'{"name": "Den", "visibility": "public"}'
    reply = await ada.call("POST", "/rooms", data=body, headers={"content-type": content_type})
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert "application/json" in reply.json["detail"]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"])
async def test_json_may_be_said_in_several_ways(api: Api, content_type: str) -> None:
    ada = await api.person("ada")
    body = b'{"name": "Den", "visibility": "public"}'
    assert (await ada.call("POST", "/rooms", data=body, headers={"content-type": content_type})).status == 201


async def test_a_body_is_not_read_where_none_is_taken(api: Api) -> None:
    ada = await api.person("ada")
    for headers in (JSON, {"content-type": "text/plain"}):
        assert done(await ada.call("GET", "/users/me", data=b"{", headers=headers)) == ada.user


async def test_every_wrong_field_of_a_body_is_named(api: Api) -> None:
    ada = await api.person("ada")
    reply = await ada.post("/rooms", {"name": "x" * 81, "topic": 5, "visibility": "secret", "colour": "red"})
    assert reply.wrong == {
        "name": "takes at most 80 characters",
        "topic": "must be a string",
        "visibility": "must be 'public' or 'private'",
        "colour": "is not known here",
    }
    assert reply.json["detail"] == "Mend these fields and send it again: name, topic, visibility, colour."


async def test_every_wrong_parameter_of_a_query_is_named(api: Api) -> None:
    ada = await api.person("ada")
    assert (await ada.get("/rooms?limit=0&after=&colour=red")).wrong == {
        "limit": "must be 1 or more",
        "after": "needs 1 or more characters",
        "colour": "is not known here",
    }
    assert (await ada.get("/rooms?limit=1&limit=2")).wrong == {"limit": "must be a whole number"}
    assert (await ada.get("/users?after=a%00b")).wrong == {"after": "must not hold the NUL character"}


# --- under which key ---


@pytest.mark.parametrize(("key", "message"), [("", "needs 1 or more"), ("k" * 129, "takes at most 128")])
async def test_a_key_has_a_length(api: Api, key: str, message: str) -> None:
    ada = await api.person("ada")
    reply = await ada.post("/rooms", {"name": "Den", "visibility": "public"}, key=key)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["detail"] == f"The Idempotency-Key header {message} characters."


async def test_every_post_takes_a_key_and_nothing_else_does(api: Api) -> None:
    for rule in api.app.url_map.iter_rules():
        view = api.app.view_functions[rule.endpoint]
        if isinstance(found := getattr(view, TRAITS_ATTRIBUTE, None), Traits):
            assert found.keyed == ("POST" in (rule.methods or ()))


# --- how often ---


async def exhaust(rate: Rate, caller: Caller, method: str, path: str) -> Reply:
    """What is answered to the first request beyond the burst."""
    for _ in range(rate.burst):
        assert (await caller.call(method, path)).status != 429
    return await caller.call(method, path)


async def test_a_person_is_counted_by_account_and_not_by_session(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    phone = await api.sign_in("ada")
    for _ in range(REQUESTS.burst):
        api.world.limiter.take(REQUESTS, ada.id)
    reply = await phone.get("/users/me")
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert reply.headers["retry-after"] == "1"
    assert reply.json["retry_after"] == pytest.approx(1 / REQUESTS.per_second, abs=0.001)
    assert (await bob.get("/users/me")).status == 200
    api.world.clock.advance(reply.json["retry_after"])
    assert (await phone.get("/users/me")).status == 200


async def test_posting_is_counted_apart_from_reading(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    for _ in range(POSTS.burst):
        api.world.limiter.take(POSTS, ada.id)
    assert (await ada.post(f"/rooms/{room['id']}/messages", {"body": "hi"})).code == "rate_limited"
    assert (await ada.get(f"/rooms/{room['id']}/messages")).status == 200


async def test_guessing_passwords_is_slow_whatever_the_names(api: Api) -> None:
    reply = await exhaust(SIGN_INS, api.guest, "POST", "/sessions")
    assert (reply.status, reply.code) == (429, "rate_limited")
    # Registering tells whether a name is taken, so it takes from the same bucket.
    assert (await api.guest.post("/users", {})).status == 429


async def test_a_guest_is_counted_by_address(api: Api) -> None:
    assert (await exhaust(GUESTS, api.guest, "GET", "/server")).status == 429


async def test_a_whole_network_of_version_6_counts_as_one_guest(api: Api) -> None:
    for number in range(SIGN_INS.burst + 1):
        client = api.app.test_client()
        response = await client.post("/api/v1/sessions", scope_base={"client": (f"2001:db8::{number:x}", 50_000)})
    assert response.status_code == 429


async def test_limits_can_be_lifted(tmp_path: Path) -> None:
    async with open_api(tmp_path, rate_limits=False) as api:
        for _ in range(SIGN_INS.burst + 1):
            assert (await api.guest.post("/sessions", {})).status == 422


# --- how it is answered ---


async def test_answers_are_json_and_kept_by_nobody(api: Api) -> None:
    ada = await api.person("ada")
    reply = await ada.get("/users/me")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"


async def test_a_204_has_no_body_and_no_type(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    reply = await ada.delete(f"/rooms/{room['id']}")
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["cache-control"] == "no-store"


async def test_an_operation_says_what_it_is(api: Api) -> None:
    posting = traits(api, "messages.post_message")
    assert (posting.guest, posting.keyed, posting.rate) == (False, True, POSTS)
    signing_in = traits(api, "accounts.sign_in")
    assert (signing_in.guest, signing_in.keyed, signing_in.rate) == (True, True, SIGN_INS)
    reading = traits(api, "rooms.list_rooms")
    assert (reading.guest, reading.keyed, reading.rate) == (False, False, REQUESTS)
    assert traits(api, "accounts.get_server").rate is GUESTS
