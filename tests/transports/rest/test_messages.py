"""Messages over REST: posted once, edited, deleted for good, read back in pages, reacted to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from hubbub.contract import limits
from tests.contract.scene import MESSAGE
from tests.support.api import CREATED, NO_CONTENT, done, open_api
from tests.transports.rest.den import Den

# --- posting ---


async def test_a_message_comes_back_as_it_is_kept(den: Den) -> None:
    message = await den.bob.message(den.room["id"], "hello\n  <b>world</b> 😀")
    assert set(message) == MESSAGE
    assert message | {"id": "?"} == {
        "id": "?",
        "room_id": den.room["id"],
        "author_id": den.bob.id,
        "body": "hello\n  <b>world</b> 😀",
        "client_id": None,
        "reply_to": None,
        "attachments": [],
        "reactions": [],
        "created_at": "2025-03-01T12:00:00.000Z",
        "edited_at": None,
        "deleted_at": None,
    }
    assert await den.ada.see(f"/messages/{message['id']}") == message
    assert (await den.history())["messages"] == [message]
    assert (await den.log())[-1] == ("message_posted", message)


async def test_a_reply_says_to_what(den: Den) -> None:
    first = await den.ada.message(den.room["id"])
    reply = await den.bob.message(den.room["id"], reply_to=first["id"])
    assert reply["reply_to"] == first["id"]
    # A tombstone is there to be replied to, too: somebody may have been writing meanwhile.
    done(await den.ada.delete(f"/messages/{first['id']}"), NO_CONTENT)
    assert (await den.bob.message(den.room["id"], reply_to=first["id"]))["reply_to"] == first["id"]


async def test_a_reply_stays_in_its_room(den: Den) -> None:
    other = await den.ada.room()
    elsewhere = await den.ada.message(other["id"])
    for reply_to in (elsewhere["id"], "nothing"):
        reply = await den.ada.post(den.path, {"body": "hi", "reply_to": reply_to})
        assert reply.wrong == {"reply_to": "is no message of this room"}


async def test_an_attachment_is_an_upload_of_ones_own(den: Den) -> None:
    reply = await den.ada.post(den.path, {"body": "hi", "attachments": ["a", "b"]})
    assert reply.wrong == {"attachments.0": "is no upload of yours", "attachments.1": "is no upload of yours"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "needs 1 or more characters"),
        (" \n\t", "must hold something besides white space"),
        ("x" * (limits.BODY_CHARS + 1), "takes at most 8000 characters"),
        ("a\x00b", "must not hold the NUL character"),
        (None, "must be a string"),
        (5, "must be a string"),
    ],
)
async def test_what_cannot_be_said(den: Den, body: object, message: str) -> None:
    assert (await den.ada.post(den.path, {"body": body})).wrong == {"body": message}
    posted = await den.ada.message(den.room["id"])
    assert (await den.ada.patch(f"/messages/{posted['id']}", {"body": body})).wrong == {"body": message}


async def test_the_longest_message_is_counted_in_characters(den: Den) -> None:
    body = "😀" * limits.BODY_CHARS
    assert (await den.ada.message(den.room["id"], body))["body"] == body


# --- posting once ---


async def test_a_message_under_a_client_id_is_posted_once(den: Den) -> None:
    first = await den.ada.message(den.room["id"], "hello", client_id="c1")
    head = den.head
    assert first["client_id"] == "c1"
    assert await den.ada.message(den.room["id"], "hello", client_id="c1") == first
    assert den.head == head
    assert await den.bodies() == ["hello"]


async def test_the_key_of_the_header_and_the_client_id_are_one(den: Den) -> None:
    first = done(await den.ada.post(den.path, {"body": "hello"}, key="c1"), CREATED)
    assert first["client_id"] == "c1"
    assert await den.ada.message(den.room["id"], "hello", client_id="c1") == first
    both = {"body": "hello", "client_id": "c1"}
    assert done(await den.ada.post(den.path, both, key="c1"), CREATED) == first
    assert (await den.ada.post(den.path, both, key="c2")).wrong == {
        "client_id": "differs from the Idempotency-Key header"
    }


async def test_a_repeat_gets_the_first_answer_whatever_happened_since(den: Den) -> None:
    first = await den.ada.message(den.room["id"], "hello", client_id="c1")
    done(await den.ada.patch(f"/messages/{first['id']}", {"body": "changed"}))
    done(await den.bob.put(f"/messages/{first['id']}/reactions/👍"))
    assert await den.ada.message(den.room["id"], "hello", client_id="c1") == first
    done(await den.ada.delete(f"/messages/{first['id']}"), NO_CONTENT)
    # All but the text, which is gone for good.
    assert await den.ada.message(den.room["id"], "hello", client_id="c1") == {**first, "body": ""}
    assert await den.bodies() == [""]


async def test_a_repeat_after_leaving_is_answered_as_well(den: Den) -> None:
    first = await den.bob.message(den.room["id"], "hello", client_id="c1")
    done(await den.bob.delete(f"/rooms/{den.room['id']}/members/me"), NO_CONTENT)
    assert await den.bob.message(den.room["id"], "hello", client_id="c1") == first


@pytest.mark.parametrize("other", [{"body": "something else"}, {"body": "hello", "reply_to": "first"}])
async def test_a_client_id_is_for_one_message(den: Den, other: dict[str, str]) -> None:
    first = await den.ada.message(den.room["id"], "first")
    await den.ada.message(den.room["id"], "hello", client_id="c1")
    body = {name: first["id"] if value == "first" else value for name, value in other.items()}
    reply = await den.ada.post(den.path, {**body, "client_id": "c1"})
    assert (reply.status, reply.code) == (409, "conflict")
    assert "You used this client_id for another message." in reply.json["detail"]


async def test_a_client_id_is_for_one_room_and_for_one_author(den: Den) -> None:
    first = await den.ada.message(den.room["id"], "hello", client_id="c1")
    other = await den.ada.room()
    assert (await den.ada.post(f"/rooms/{other['id']}/messages", {"body": "hello", "client_id": "c1"})).status == 409
    assert (await den.bob.message(den.room["id"], "hello", client_id="c1"))["id"] != first["id"]


# --- editing ---


async def test_an_author_changes_their_words(den: Den) -> None:
    message = await den.bob.message(den.room["id"])
    den.api.world.clock.advance(90)
    edited = done(await den.bob.patch(f"/messages/{message['id']}", {"body": "better"}))
    assert edited == {**message, "body": "better", "edited_at": "2025-03-01T12:01:30.000Z"}
    assert (await den.history())["messages"] == [edited]
    assert (await den.log())[-1] == ("message_edited", edited)


async def test_the_same_words_are_no_change(den: Den) -> None:
    message = await den.bob.message(den.room["id"])
    head = den.head
    assert done(await den.bob.patch(f"/messages/{message['id']}", {"body": message["body"]})) == message
    assert den.head == head


async def test_nobody_changes_the_words_of_others(den: Den) -> None:
    message = await den.bob.message(den.room["id"])
    reply = await den.ada.patch(f"/messages/{message['id']}", {"body": "I owe Ada ten"})
    assert (reply.status, reply.code) == (403, "forbidden")
    assert reply.json["detail"] == "You may not edit this message. Only its author can."


async def test_what_was_deleted_cannot_be_changed(den: Den) -> None:
    message = await den.bob.message(den.room["id"])
    done(await den.bob.delete(f"/messages/{message['id']}"), NO_CONTENT)
    for reply in (
        await den.bob.patch(f"/messages/{message['id']}", {"body": "again"}),
        await den.bob.put(f"/messages/{message['id']}/reactions/👍"),
    ):
        assert (reply.status, reply.code) == (410, "gone")
        assert reply.json["detail"] == "This message was deleted."


# --- deleting ---


async def test_a_tombstone_keeps_the_place_and_nothing_of_the_words(den: Den) -> None:
    before = await den.ada.message(den.room["id"], "before")
    message = await den.bob.message(den.room["id"], "the first secret")
    after = await den.ada.message(den.room["id"], "after")
    done(await den.bob.patch(f"/messages/{message['id']}", {"body": "the second secret"}))
    done(await den.ada.put(f"/messages/{message['id']}/reactions/👍"))
    den.api.world.clock.advance(1)
    reply = await den.bob.delete(f"/messages/{message['id']}")
    assert (reply.status, reply.body) == (204, b"")
    tombstone = await den.ada.see(f"/messages/{message['id']}")
    assert tombstone == {
        **message,
        "body": "",
        "edited_at": "2025-03-01T12:00:00.000Z",
        "deleted_at": "2025-03-01T12:00:01.000Z",
    }
    assert (await den.history())["messages"] == [before, tombstone, after]
    log = await den.log()
    assert log[-1] == ("message_deleted", tombstone)
    assert "secret" not in json.dumps(log)
    kinds = [kind for kind, data in log if data.get("id") == message["id"]]
    assert kinds == ["message_posted", "message_edited", "reaction_added", "message_deleted"]


async def test_the_words_are_gone_from_the_file(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        ada = await api.person("ada")
        room = await ada.room()
        message = await ada.message(room["id"], "xyzzy-xyzzy")
        done(await ada.delete(f"/messages/{message['id']}"), NO_CONTENT)
    database = await asyncio.to_thread((tmp_path / "hubbub.db").read_bytes)
    assert room["id"].encode() in database
    assert b"xyzzy" not in database


async def test_deleting_twice_is_as_good_as_once(den: Den) -> None:
    message = await den.bob.message(den.room["id"])
    done(await den.bob.delete(f"/messages/{message['id']}"), NO_CONTENT)
    head = den.head
    done(await den.bob.delete(f"/messages/{message['id']}"), NO_CONTENT)
    assert den.head == head


async def test_the_owner_of_the_room_may_delete_and_a_member_may_not(den: Den) -> None:
    hers, his = await den.ada.message(den.room["id"]), await den.bob.message(den.room["id"])
    reply = await den.bob.delete(f"/messages/{hers['id']}")
    assert (reply.status, reply.code) == (403, "forbidden")
    done(await den.ada.delete(f"/messages/{his['id']}"), NO_CONTENT)


# --- who may see and touch a message ---


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"body": "changed"}),
        ("DELETE", "", None),
        ("PUT", "/reactions/👍", None),
        ("DELETE", "/reactions/👍", None),
    ],
)
async def test_a_message_in_a_private_room_cannot_be_told_from_none(
    den: Den, method: str, path: str, body: dict[str, str] | None
) -> None:
    message = await den.ada.message(den.room["id"])
    hidden = await den.cem.call(method, f"/messages/{message['id']}{quote(path)}", body)
    absent = await den.cem.call(method, f"/messages/01jn8s7qg00000000000000000{quote(path)}", body)
    assert (hidden.status, hidden.code) == (404, "not_found")
    assert hidden.body == absent.body
    assert await den.ada.see(f"/messages/{message['id']}") == message


async def test_a_reader_of_a_public_room_reads_and_no_more(den: Den) -> None:
    room = await den.bob.room()
    message = await den.bob.message(room["id"])
    assert await den.cem.see(f"/messages/{message['id']}") == message
    for reply in (
        await den.cem.put(f"/messages/{message['id']}/reactions/👍"),
        await den.cem.delete(f"/messages/{message['id']}/reactions/👍"),
        await den.cem.delete(f"/messages/{message['id']}"),
        await den.cem.patch(f"/messages/{message['id']}", {"body": "changed"}),
    ):
        assert (reply.status, reply.code) == (403, "forbidden")


async def test_whoever_left_cannot_change_what_they_said(den: Den) -> None:
    room = await den.bob.room(den.cem)
    message = await den.cem.message(room["id"])
    done(await den.cem.delete(f"/rooms/{room['id']}/members/me"), NO_CONTENT)
    assert (await den.cem.patch(f"/messages/{message['id']}", {"body": "changed"})).code == "forbidden"


# --- history ---


@pytest.fixture
async def ten(den: Den) -> list[str]:
    """The ids of ten messages, `m0` to `m9`."""
    return [(await den.ada.message(den.room["id"], f"m{number}"))["id"] for number in range(10)]


def said(first: int, last: int) -> list[str]:
    return [f"m{number}" for number in range(first, last + 1)]


async def test_history_begins_with_the_newest_page_oldest_first(den: Den, ten: list[str]) -> None:
    page = await den.history("limit=3")
    assert [each["body"] for each in page["messages"]] == said(7, 9)
    assert (page["before"], page["after"]) == (ten[7], None)
    whole = await den.history()
    assert [each["body"] for each in whole["messages"]] == said(0, 9)
    assert (whole["before"], whole["after"]) == (None, None)


async def test_history_is_walked_back_to_its_beginning_and_forth_to_its_end(den: Den, ten: list[str]) -> None:
    assert len(ten) == 10
    page = await den.history("limit=4")
    pages = [page]
    while page["before"] is not None:
        page = await den.history(f"limit=4&before={page['before']}")
        pages.insert(0, page)
    assert [each["body"] for found in pages for each in found["messages"]] == said(0, 9)
    forth = [each["body"] for each in page["messages"]]
    while page["after"] is not None:
        page = await den.history(f"limit=4&after={page['after']}")
        forth += [each["body"] for each in page["messages"]]
    assert forth == said(0, 9)


@pytest.mark.parametrize(
    ("query", "shown", "before", "after"),
    [
        ("before={5}&limit=3", (2, 4), 2, 4),
        ("before={3}&limit=3", (0, 2), None, 2),
        ("before={0}", None, None, None),
        ("after={5}&limit=3", (6, 8), 6, 8),
        ("after={6}&limit=3", (7, 9), 7, None),
        ("after={9}", None, None, None),
        ("around={5}&limit=3", (4, 6), 4, 6),
        ("around={5}&limit=4", (3, 6), 3, 6),
        ("around={5}&limit=1", (5, 5), 5, 5),
        ("around={0}&limit=4", (0, 3), None, 3),
        ("around={9}&limit=4", (6, 9), 6, None),
        ("around={5}&limit=200", (0, 9), None, None),
    ],
)
async def test_a_page_before_after_and_around_a_message(
    den: Den, ten: list[str], query: str, shown: tuple[int, int] | None, before: int | None, after: int | None
) -> None:
    page = await den.history(query.format(*ten))
    assert [each["body"] for each in page["messages"]] == (said(*shown) if shown else [])
    assert page["before"] == (None if before is None else ten[before])
    assert page["after"] == (None if after is None else ten[after])


async def test_an_empty_room_has_an_empty_history(den: Den) -> None:
    assert await den.history() == {"messages": [], "before": None, "after": None}


async def test_a_page_has_one_cursor_of_its_own_room(den: Den, ten: list[str]) -> None:
    two = await den.ada.get(f"{den.path}?before={ten[1]}&after={ten[2]}")
    assert (two.status, two.code) == (400, "invalid_request")
    assert two.json["detail"] == "Give only one of before, after and around."
    other = await den.ada.room()
    elsewhere = (await den.ada.message(other["id"]))["id"]
    for cursor in (elsewhere, "nothing"):
        for name in ("before", "after", "around"):
            reply = await den.ada.get(f"{den.path}?{name}={cursor}")
            assert (reply.status, reply.code) == (400, "invalid_request")


async def test_a_deleted_message_is_still_a_cursor(den: Den, ten: list[str]) -> None:
    done(await den.ada.delete(f"/messages/{ten[5]}"), NO_CONTENT)
    assert await den.bodies(f"before={ten[5]}&limit=2") == ["m3", "m4"]
    assert await den.bodies(f"around={ten[5]}&limit=3") == ["m4", "", "m6"]
