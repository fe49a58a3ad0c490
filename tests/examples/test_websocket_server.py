from __future__ import annotations

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.support.examples import ExampleProcess


def url(example: ExampleProcess, path: str = "/") -> str:
    return example.http_url.replace("http:", "ws:") + path


def test_each_client_hears_its_own_words(example: ExampleProcess) -> None:
    with connect(url(example)) as one, connect(url(example)) as other:
        one.send("one")
        other.send(b"other")
        assert (one.recv(), other.recv()) == ("one", b"other")


def test_a_subprotocol_is_agreed_to(example: ExampleProcess) -> None:
    offered: Any = ["whisper", "shout"]
    with connect(url(example), subprotocols=offered) as client:
        client.send("hello")
        assert (client.subprotocol, client.recv()) == ("shout", "HELLO")


def test_a_close_has_its_code_and_its_reason(example: ExampleProcess) -> None:
    with connect(url(example)) as client:
        client.send("bye")
        with pytest.raises(ConnectionClosedError):
            client.recv()
        assert (client.close_code, client.close_reason) == (4000, "bye")


def test_another_path_is_refused_in_the_handshake(example: ExampleProcess) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(url(example, "/elsewhere"))
    assert refused.value.response.status_code == 403
