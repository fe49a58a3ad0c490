"""Typing ends by itself."""

from __future__ import annotations

from hubbub.live.typing import TYPING_SECONDS, Typing


def test_only_news_is_news() -> None:
    typing = Typing()
    assert typing.start("room", "ada", now=0.0)
    assert not typing.start("room", "ada", now=3.0)
    assert typing.sweep(TYPING_SECONDS) == []
    assert typing.sweep(3.0 + TYPING_SECONDS) == [("room", "ada")]
    assert not typing.stop("room", "ada")


def test_who_leaves_stops_everywhere() -> None:
    typing = Typing()
    typing.start("one", "ada", now=0.0)
    typing.start("two", "ada", now=0.0)
    typing.start("one", "bob", now=0.0)
    assert sorted(typing.stop_everywhere("ada")) == ["one", "two"]
    assert typing.stop("one", "bob")
