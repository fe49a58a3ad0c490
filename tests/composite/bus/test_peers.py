"""Who is here, and what of theirs was missed."""

from __future__ import annotations

import pytest

from hubbub.composite.bus import peers as peers_module
from hubbub.composite.bus.peers import Heard, Peers


def test_words_in_order_are_no_gap_and_others_are() -> None:
    peers = Peers()
    assert peers.hear("ada", 5, 0.0) is Heard.NEW
    assert peers.hear("ada", 6, 0.0) is Heard.NEXT
    assert peers.hear("ada", 8, 0.0) is Heard.GAP
    assert peers.hear("ada", 9, 0.0) is Heard.NEXT
    assert peers.hear("ada", 3, 0.0) is Heard.GAP  # it was told before, and that is no order either
    assert peers.hear("bob", 1, 0.0) is Heard.NEW


def test_a_greeting_makes_up_for_what_was_missed() -> None:
    peers = Peers()
    assert peers.meet("ada", 5, 0.0) is Heard.NEW
    assert peers.meet("ada", 9, 0.0) is Heard.NEXT
    assert peers.hear("ada", 10, 0.0) is Heard.NEXT


def test_a_card_is_that_of_the_last_greeting() -> None:
    peers = Peers()
    peers.meet("ada", 5, 0.0, "by the door")
    peers.hear("ada", 6, 0.0)
    assert (peers.card("ada"), peers.card("bob")) == ("by the door", "")
    peers.meet("ada", 7, 0.0, "by the window")
    assert peers.card("ada") == "by the window"
    peers.forget("ada")
    assert peers.card("ada") == ""


def test_who_is_silent_for_long_is_named_until_forgotten() -> None:
    peers = Peers()
    peers.hear("ada", 1, 0.0)
    peers.meet("bob", 1, 3.0)
    assert peers.silent(4.9, 5.0) == []
    assert peers.silent(5.0, 5.0) == ["ada"]
    assert peers.forget("ada")
    assert not peers.forget("ada")
    assert peers.names == ["bob"]
    peers.excuse(7.0)
    assert peers.silent(8.0, 5.0) == []


def test_there_are_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers_module, "PEERS", 1)
    peers = Peers()
    peers.hear("ada", 1, 0.0)
    assert peers.hear("bob", 1, 0.0) is Heard.REFUSED
    assert peers.meet("bob", 1, 0.0) is Heard.REFUSED
    assert peers.hear("ada", 2, 0.0) is Heard.NEXT
    peers.forget("ada")
    assert peers.hear("bob", 2, 0.0) is Heard.NEW
