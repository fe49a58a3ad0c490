"""Reactions over REST: given once each, in order, bounded, taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from hubbub.contract import limits
from tests.contract.scene import MESSAGE
from tests.support.api import NO_CONTENT, done
from tests.transports.rest.den import Den


def reactions(message: dict[str, Any]) -> dict[str, list[str]]:
    """{emoji: user ids}, in order."""
    return {each["emoji"]: each["user_ids"] for each in message["reactions"]}


async def test_reactions_come_in_the_order_in_which_they_were_given(den: Den) -> None:
    message = await den.ada.message(den.room["id"])
    path = f"/messages/{message['id']}/reactions"
    done(await den.bob.put(f"{path}/👍"))
    done(await den.ada.put(f"{path}/🎉"))
    reacted = done(await den.ada.put(f"{path}/👍"))
    assert set(reacted) == MESSAGE
    assert list(reactions(reacted).items()) == [("👍", [den.bob.id, den.ada.id]), ("🎉", [den.ada.id])]
    assert await den.ada.see(f"/messages/{message['id']}") == reacted
    assert (await den.history())["messages"] == [reacted]
    assert (await den.log())[-1] == ("reaction_added", {**reacted, "emoji": "👍"})
    done(await den.bob.delete(f"{path}/👍"), NO_CONTENT)
    left = await den.ada.see(f"/messages/{message['id']}")
    assert list(reactions(left).items()) == [("🎉", [den.ada.id]), ("👍", [den.ada.id])]
    assert (await den.log())[-1] == ("reaction_removed", {**left, "emoji": "👍"})


async def test_reacting_twice_and_taking_back_nothing_are_no_change(den: Den) -> None:
    message = await den.ada.message(den.room["id"])
    path = f"/messages/{message['id']}/reactions/👍"
    first = done(await den.bob.put(path))
    head = den.head
    assert done(await den.bob.put(path)) == first
    done(await den.ada.delete(path), NO_CONTENT)
    assert den.head == head


@pytest.mark.parametrize("emoji", ["👍", "👨🏿\u200d👩🏻\u200d👧🏽\u200d👦🏾", "+1", "a b", "%"])
async def test_a_reaction_is_any_short_text(den: Den, emoji: str) -> None:
    message = await den.ada.message(den.room["id"])
    reacted = done(await den.ada.put(f"/messages/{message['id']}/reactions/{quote(emoji)}"))
    assert reactions(reacted) == {emoji: [den.ada.id]}


@pytest.mark.parametrize(
    ("emoji", "message"),
    [
        ("x" * (limits.EMOJI_CHARS + 1), "takes at most 32 characters"),
        (" ", "must hold something besides white space"),
        ("a\x00", "must not hold the NUL character"),
    ],
)
async def test_what_is_no_reaction_is_named_in_the_path(den: Den, emoji: str, message: str) -> None:
    posted = await den.ada.message(den.room["id"])
    for method in ("PUT", "DELETE"):
        reply = await den.ada.call(method, f"/messages/{posted['id']}/reactions/{quote(emoji)}")
        assert reply.wrong == {"emoji": message}


async def test_a_message_takes_so_many_different_reactions(den: Den) -> None:
    posted = await den.ada.message(den.room["id"])
    path = f"/messages/{posted['id']}/reactions"
    for number in range(limits.REACTIONS_PER_MESSAGE):
        done(await den.ada.put(f"{path}/{number}"))
    full = await den.ada.put(f"{path}/more")
    assert (full.status, full.code) == (409, "conflict")
    # Joining in is always possible.
    assert (await den.bob.put(f"{path}/0")).status == 200
