"""Accounts, sessions and invites over REST."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from hubbub.service.accounts import INVITE_LIFETIME
from hubbub.service.sessions import LIFETIME, TOUCH_EVERY, USER_AGENT_CHARS
from hubbub.transports.rest.accounts import COOKIE_SECONDS
from tests.support.api import CREATED, NO_CONTENT, Api, Caller, Reply, done, open_api
from tests.support.backends import PASSWORD

ACCOUNT = {"username": "ada", "password": PASSWORD}


def cookie(reply: Reply) -> dict[str, str]:
    """The session cookie of a reply: its value, and its attributes by lower-case name."""
    (header,) = reply.headers.get_all("set-cookie")
    ((name, morsel),) = SimpleCookie(header).items()
    assert name == "hubbub_session"
    return {"value": morsel.value} | {key: str(value) for key, value in morsel.items() if value}


# --- registering ---


async def test_the_first_account_owns_the_server(api: Api) -> None:
    assert done(await api.guest.get("/server")) == {"registration": "open", "first_account": True}
    signed_in = done(await api.guest.post("/users", ACCOUNT), CREATED)
    assert set(signed_in) == {"user", "token", "expires_at"}
    assert signed_in["expires_at"] == "2025-03-31T12:00:00.000Z"
    assert signed_in["user"] | {"id": "?"} == {
        "id": "?",
        "username": "ada",
        "display_name": "ada",
        "role": "owner",
        "created_at": "2025-03-01T12:00:00.000Z",
    }
    assert done(await api.guest.get("/server")) == {"registration": "open", "first_account": False}
    assert (await api.person("bob")).user["role"] == "member"


async def test_the_token_of_a_new_account_is_worth_something(api: Api) -> None:
    ada = await api.person("ada", display_name="Ada Lovelace")
    assert done(await ada.get("/users/me")) == ada.user
    assert ada.user["display_name"] == "Ada Lovelace"


@pytest.mark.parametrize("other", ["ada", "ADA", "Ada", "Ａｄａ"])
async def test_a_name_is_taken_in_every_spelling(api: Api, other: str) -> None:
    await api.person("ada")
    reply = await api.guest.post("/users", {**ACCOUNT, "username": other})
    assert (reply.status, reply.code) == (409, "conflict")
    assert reply.json["errors"] == [{"path": "username", "message": "is taken"}]


async def test_a_name_keeps_the_spelling_that_it_was_given(api: Api) -> None:
    await api.person("Ada")
    assert (await api.sign_in("aDA")).user["username"] == "Ada"


async def test_every_wrong_field_of_an_account_is_named(api: Api) -> None:
    account = {"username": "a b", "password": "short", "display_name": " ", "invite": 5, "role": "owner"}
    assert (await api.guest.post("/users", account)).wrong == {
        "username": "may hold letters, digits, _ . and - only",
        "password": "needs 8 or more characters",
        "display_name": "must hold something besides white space",
        "invite": "must be a string",
        "role": "is not known here",
    }
    assert (await api.guest.post("/users", {})).wrong == {"username": "is missing", "password": "is missing"}


async def test_a_closed_server_takes_its_owner_and_nobody_else(tmp_path: Path) -> None:
    async with open_api(tmp_path, "closed") as api:
        ada = await api.person("ada")
        invite = done(await ada.post("/invites", {}), CREATED)
        reply = await api.guest.post("/users", {**ACCOUNT, "username": "bob", "invite": invite["code"]})
        assert (reply.status, reply.code) == (403, "forbidden")
        assert reply.json["detail"] == "This server takes no new accounts."


# --- invites ---


async def test_an_invite_is_good_for_as_many_as_it_says(tmp_path: Path) -> None:
    async with open_api(tmp_path, "invite") as api:
        ada = await api.person("ada")
        assert (await api.guest.post("/users", {**ACCOUNT, "username": "bob"})).status == 403
        invite = done(await ada.post("/invites", {"max_uses": 2}), CREATED)
        assert invite | {"id": "?", "code": "?"} == {
            "id": "?",
            "code": "?",
            "max_uses": 2,
            "created_at": "2025-03-01T12:00:00.000Z",
            "expires_at": "2025-03-08T12:00:00.000Z",
        }
        assert (await api.person("bob", invite=invite["code"])).user["role"] == "member"
        # A name that is taken uses nothing up.
        assert (await api.guest.post("/users", {**ACCOUNT, "invite": invite["code"]})).status == 409
        await api.person("cem", invite=invite["code"])
        reply = await api.guest.post("/users", {**ACCOUNT, "username": "dee", "invite": invite["code"]})
        assert (reply.status, reply.code) == (403, "forbidden")
        assert "used up, expired or none of ours" in reply.json["detail"]


@pytest.mark.parametrize("code", ["", "made up", "x" * 256])
async def test_an_invite_of_nobody_lets_nobody_in(tmp_path: Path, code: str) -> None:
    async with open_api(tmp_path, "invite") as api:
        await api.person("ada")
        assert (await api.guest.post("/users", {**ACCOUNT, "username": "bob", "invite": code})).status == 403


async def test_an_invite_ends(tmp_path: Path) -> None:
    async with open_api(tmp_path, "invite") as api:
        ada = await api.person("ada")
        invite = done(await ada.post("/invites", {}), CREATED)
        api.world.clock.advance(INVITE_LIFETIME.total_seconds())
        reply = await api.guest.post("/users", {**ACCOUNT, "username": "bob", "invite": invite["code"]})
        assert (reply.status, reply.code) == (403, "forbidden")


async def test_only_the_owner_of_the_server_invites(api: Api) -> None:
    await api.person("ada")
    bob = await api.person("bob")
    reply = await bob.post("/invites", {})
    assert (reply.status, reply.code) == (403, "forbidden")
    assert reply.json["detail"] == "You may not invite people. Ask the owner of the server."


async def test_an_invite_under_a_key_is_made_once(api: Api) -> None:
    ada = await api.person("ada")
    first = done(await ada.post("/invites", {"max_uses": 2}, key="k"), CREATED)
    assert done(await ada.post("/invites", {"max_uses": 2}, key="k"), CREATED) == first
    assert (await ada.post("/invites", {"max_uses": 3}, key="k")).code == "conflict"
    assert done(await ada.post("/invites", {"max_uses": 2}, key="other"), CREATED) != first


# --- registering again under the same key ---


async def test_a_registration_that_is_repeated_gets_the_same_answer(api: Api) -> None:
    first = await api.guest.post("/users", ACCOUNT, key="k")
    api.world.clock.advance(60)
    again = await api.guest.post("/users", ACCOUNT, key="k")
    assert (again.status, again.json) == (201, first.json)
    assert cookie(again)["value"] == first.json["token"]
    assert done(await Caller(api.app, again.json["token"]).get("/users/me"))["username"] == "ada"
    assert len((await Caller(api.app, again.json["token"]).get("/sessions")).json["sessions"]) == 1


async def test_a_registration_by_invite_is_repeated_after_the_invite_was_used_up(tmp_path: Path) -> None:
    async with open_api(tmp_path, "invite") as api:
        ada = await api.person("ada")
        code = done(await ada.post("/invites", {}), CREATED)["code"]
        account = {**ACCOUNT, "username": "bob", "invite": code}
        first = done(await api.guest.post("/users", account, key="k"), CREATED)
        assert done(await api.guest.post("/users", account, key="k"), CREATED) == first


async def test_the_key_of_a_registration_is_for_that_registration(api: Api) -> None:
    await api.guest.post("/users", ACCOUNT, key="k")
    other = await api.guest.post("/users", {**ACCOUNT, "display_name": "Somebody else"}, key="k")
    assert (other.status, other.code) == (409, "conflict")
    assert "idempotency key" in other.json["detail"]
    # Whoever merely saw the key gets nothing by it.
    wrong = await api.guest.post("/users", {**ACCOUNT, "password": "another password"}, key="k")
    assert (wrong.status, wrong.code) == (401, "unauthenticated")
    # Somebody of another name may happen on the same key.
    assert (await api.guest.post("/users", {**ACCOUNT, "username": "bob"}, key="k")).status == 201


# --- signing in and out ---


async def test_signing_in_gives_a_token_of_its_own(api: Api) -> None:
    first = await api.person("ada")
    second = await api.sign_in("ada")
    assert first.token != second.token
    assert second.user == first.user
    assert set(second.signed_in) == {"user", "token", "expires_at"}


@pytest.mark.parametrize(
    "wrong",
    [
        {**ACCOUNT, "password": "not the password"},
        {**ACCOUNT, "password": ""},
        {**ACCOUNT, "username": "nobody"},
        {**ACCOUNT, "username": ""},
    ],
)
async def test_a_wrong_name_and_a_wrong_password_sound_alike(api: Api, wrong: dict[str, str]) -> None:
    await api.person("ada")
    reply = await api.guest.post("/sessions", wrong)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.json["detail"] == "The username or the password is wrong."
    assert "set-cookie" not in reply.headers


async def test_a_sign_in_that_is_repeated_opens_one_session(api: Api) -> None:
    ada = await api.person("ada")
    first = done(await api.guest.post("/sessions", ACCOUNT, key="k"), CREATED)
    assert done(await api.guest.post("/sessions", ACCOUNT, key="k"), CREATED) == first
    assert len((await ada.see("/sessions"))["sessions"]) == 2
    wrong = await api.guest.post("/sessions", {**ACCOUNT, "password": "not the password"}, key="k")
    assert (wrong.status, wrong.code) == (401, "unauthenticated")
    shouted = await api.guest.post("/sessions", {**ACCOUNT, "username": "ADA"}, key="k")
    assert (shouted.status, shouted.code) == (409, "conflict")


@pytest.mark.parametrize("path", ["/users", "/sessions"])
async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(api: Api, path: str) -> None:
    if path == "/sessions":
        await api.person("ada")
    reply = await api.guest.post(path, ACCOUNT)
    found = cookie(reply)
    assert found == {
        "value": reply.json["token"],
        "path": "/",
        "max-age": str(COOKIE_SECONDS),
        "httponly": "True",
        "samesite": "Lax",
    }


async def test_the_cookie_of_a_secure_connection_stays_on_secure_connections(api: Api) -> None:
    reply = await api.guest.call("POST", "/users", ACCOUNT, scheme="https")
    assert cookie(reply)["secure"] == "True"


async def test_signing_out_ends_this_session_and_takes_the_cookie_away(api: Api) -> None:
    phone, laptop = await api.person("ada"), await api.sign_in("ada")
    reply = await phone.delete("/sessions/current")
    assert (reply.status, reply.body) == (204, b"")
    assert cookie(reply) | {"value": ""} == cookie(reply)
    assert cookie(reply)["max-age"] == "0"
    gone = await phone.get("/users/me")
    assert (gone.status, gone.code) == (401, "unauthenticated")
    assert gone.json["detail"] == "This session has ended. Sign in again."
    assert (await laptop.get("/users/me")).status == 200


async def test_signing_out_twice_is_a_401(api: Api) -> None:
    ada = await api.person("ada")
    done(await ada.delete("/sessions/current"), NO_CONTENT)
    assert (await ada.delete("/sessions/current")).status == 401


# --- devices ---


async def test_the_devices_are_listed_and_the_one_that_asks_is_marked(api: Api) -> None:
    ada = await api.person("ada")
    api.world.clock.advance(60)
    agent = "Phone/1.0 " + "x" * USER_AGENT_CHARS
    reply = await api.guest.call("POST", "/sessions", ACCOUNT, headers={"user-agent": agent})
    sessions = (await ada.see("/sessions"))["sessions"]
    assert [each["current"] for each in sessions] == [True, False]
    assert sessions[1] | {"id": "?"} == {
        "id": "?",
        "created_at": "2025-03-01T12:01:00.000Z",
        "last_used_at": "2025-03-01T12:01:00.000Z",
        "expires_at": "2025-03-31T12:01:00.000Z",
        "user_agent": agent[:USER_AGENT_CHARS],
        "current": False,
    }
    other = (await Caller(api.app, reply.json["token"]).get("/sessions")).json["sessions"]
    assert [each["current"] for each in other] == [False, True]


async def test_another_device_can_be_signed_out(api: Api) -> None:
    laptop, phone = await api.person("ada"), await api.sign_in("ada")
    (other,) = [each for each in (await laptop.see("/sessions"))["sessions"] if not each["current"]]
    done(await laptop.delete(f"/sessions/{other['id']}"), NO_CONTENT)
    assert (await phone.get("/users/me")).status == 401
    again = await laptop.delete(f"/sessions/{other['id']}")
    assert (again.status, again.code) == (404, "not_found")


async def test_nobody_sees_or_ends_the_sessions_of_others(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    (session,) = (await ada.see("/sessions"))["sessions"]
    assert session["id"] not in (await bob.get("/sessions")).body.decode()
    assert (await bob.delete(f"/sessions/{session['id']}")).status == 404
    assert (await ada.get("/users/me")).status == 200


async def test_a_session_lives_from_its_last_use(api: Api) -> None:
    used, forgotten = await api.person("ada"), await api.sign_in("ada")
    api.world.clock.advance(LIFETIME.total_seconds() - 1)
    assert (await used.get("/users/me")).status == 200
    api.world.clock.advance(1)
    assert (await forgotten.get("/users/me")).status == 401
    # What has ended is no device any more, whether or not it was swept away yet.
    (session,) = (await used.see("/sessions"))["sessions"]
    assert session["current"] is True
    assert session["expires_at"] == "2025-04-30T11:59:59.000Z"


async def test_the_last_use_is_noted_now_and_then(api: Api) -> None:
    ada = await api.person("ada")
    api.world.clock.advance(TOUCH_EVERY.total_seconds() - 1)
    (session,) = (await ada.see("/sessions"))["sessions"]
    assert session["last_used_at"] == "2025-03-01T12:00:00.000Z"
    api.world.clock.advance(1)
    (session,) = (await ada.see("/sessions"))["sessions"]
    assert session["last_used_at"] == "2025-03-01T13:00:00.000Z"


# --- what others see ---


async def test_people_see_each_other(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    assert await ada.see(f"/users/{bob.id}") == bob.user
    assert (await ada.see("/users"))["users"] == sorted([ada.user, bob.user], key=lambda user: str(user["id"]))
    missing = await ada.get("/users/nobody")
    assert (missing.status, missing.code) == (404, "not_found")


async def test_what_is_shown_of_people_is_no_secret(api: Api) -> None:
    ada = await api.person("ada")
    for path in ("/users", f"/users/{ada.id}", "/users/me", "/sessions"):
        text = (await ada.get(path)).body.decode()
        assert "password" not in text
        assert ada.token is not None
        assert ada.token not in text


async def test_a_name_to_show_can_be_changed(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    changed = done(await ada.patch("/users/me", {"display_name": "Countess"}))
    assert changed == {**ada.user, "display_name": "Countess"}
    assert await bob.see(f"/users/{ada.id}") == changed
    assert done(await ada.patch("/users/me", {})) == changed
    assert done(await ada.patch("/users/me", {"display_name": None})) == changed
    assert (await ada.patch("/users/me", {"display_name": "\t", "username": "bob"})).wrong == {
        "display_name": "must hold something besides white space",
        "username": "is not known here",
    }


async def test_only_a_change_is_a_change(api: Api) -> None:
    ada = await api.person("ada")
    head = api.world.chat.store.head
    done(await ada.patch("/users/me", {"display_name": "ada"}))
    assert api.world.chat.store.head == head
    done(await ada.patch("/users/me", {"display_name": "Ada"}))
    assert api.world.chat.store.head == head + 1
