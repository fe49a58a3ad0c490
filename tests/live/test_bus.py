"""News between processes: small, complete, and refused when they are not of this version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hubbub.live.bus import BadNews, News, TypingNews, tell_nobody
from hubbub.service.chat import SessionEnded, SessionProlonged


def test_what_goes_in_comes_out() -> None:
    news = News(
        head=7,
        here=("ada",),
        gone=("bob",),
        typing=(TypingNews(room_id="den", user_id="ada", typing=True),),
        ended=(SessionEnded(user_id="bob", session_ids=frozenset({"one", "two"})),),
        prolonged=(SessionProlonged(user_id="ada", session_id="three", expires_at=datetime(2026, 1, 2, tzinfo=UTC)),),
    )
    assert News.decode(news.encode()) == news


def test_two_words_as_one_lead_to_the_same_state() -> None:
    soon, later = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    first = News(
        head=7,
        here=("ada", "bob"),
        gone=("cyd", "dan"),
        typing=(
            TypingNews(room_id="den", user_id="ada", typing=True),
            TypingNews(room_id="den", user_id="bob", typing=True),
        ),
        ended=(SessionEnded(user_id="bob", session_ids=frozenset({"one"})),),
        prolonged=(SessionProlonged(user_id="ada", session_id="three", expires_at=soon),),
    )
    second = News(
        head=9,
        here=("cyd",),
        gone=("bob", "eve"),
        typing=(TypingNews(room_id="den", user_id="ada", typing=False),),
        ended=(SessionEnded(user_id="cyd", session_ids=frozenset({"two"})),),
        prolonged=(SessionProlonged(user_id="ada", session_id="three", expires_at=later),),
    )
    both = first.and_then(second)
    assert both.head == 9
    assert (both.here, both.gone) == (("ada", "cyd"), ("bob", "dan", "eve"))
    assert [(each.user_id, each.typing) for each in both.typing] == [("ada", False), ("bob", True)]
    assert both.ended == first.ended + second.ended
    assert both.prolonged == second.prolonged
    assert second.and_then(first).head == 9


def test_what_is_as_it_was_is_left_out() -> None:
    assert News(head=7).encode() == b'{"head":7}'
    assert News.decode(b"{}") == News()
    tell_nobody(News())


@pytest.mark.parametrize("body", [b"", b"[]", b'{"head":-1}', b'{"here":"ada"}', b'{"ended":[{"user_id":"bob"}]}'])
def test_what_cannot_be_is_refused(body: bytes) -> None:
    with pytest.raises(BadNews):
        News.decode(body)
