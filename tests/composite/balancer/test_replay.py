"""What a client has sent, once more."""

from __future__ import annotations

from hubbub.composite.balancer.replay import Replay
from tests.support.asgi_calls import Call, body_events


async def read(replay: Replay, count: int) -> bytes:
    return b"".join([(await replay.receive()).get("body", b"") for _ in range(count)])


async def test_after_a_rewind_all_comes_again_and_then_what_had_not_come() -> None:
    replay = Replay(Call(body_events(b"one", b"two", b"three")).receive, 10_000)
    assert await read(replay, 2) == b"onetwo"
    complete = [replay.is_complete]
    replay.rewind()
    assert await read(replay, 4) == b"onetwothree"
    assert [*complete, replay.is_complete] == [False, True]
    assert replay.is_replayable


async def test_what_is_too_large_is_not_kept() -> None:
    replay = Replay(Call(body_events(b"x" * 600, b"y" * 600)).receive, 1_000)
    assert await read(replay, 1) == b"x" * 600
    assert replay.is_replayable
    assert await read(replay, 2) == b"y" * 600
    assert not replay.is_replayable


async def test_one_message_is_kept_however_large_it_is() -> None:
    replay = Replay(Call([{"type": "http.request", "body": b"x" * 5_000, "more_body": False}]).receive, 1_000)
    await read(replay, 1)
    replay.rewind()
    assert await read(replay, 1) == b"x" * 5_000


async def test_many_small_pieces_count_for_more_than_their_bytes() -> None:
    replay = Replay(Call(body_events(*[b"x"] * 100)).receive, 1_000)
    await read(replay, 100)
    assert not replay.is_replayable


async def test_once_the_answer_has_begun_nothing_more_is_kept() -> None:
    replay = Replay(Call(body_events(b"one", b"two")).receive, 10_000)
    await read(replay, 1)
    replay.drop()
    assert await read(replay, 2) == b"two"
    assert not replay.is_replayable


async def test_a_client_that_leaves_is_gone_and_that_is_not_kept() -> None:
    call = Call(body_events(b"one"))
    call.closed.set()
    replay = Replay(call.receive, 10_000)
    await read(replay, 2)
    gone = [replay.is_gone]
    assert (await replay.receive())["type"] == "http.disconnect"
    assert [*gone, replay.is_gone] == [False, True]
    replay.rewind()
    assert await read(replay, 2) == b"one"
