from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypercorn.asyncio.run as worker
import pytest
from hypercorn.config import Config

from hubbub.composite import CompositeApp, hypercorn_quic
from hubbub.composite.draining import Drain
from hubbub.composite.http3.endpoint import Endpoint
from hubbub.composite.hypercorn_quic import Http3Unavailable, alternative_services, take_quic
from hubbub.composite.serving import ServeConfig, serve
from tests.support.certificates import make_certificates
from tests.support.ports import ReservedPort, ReservedUdpPort

HYPERCORNS_OWN: Any = vars(worker)["UDPServer"]


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(worker, "UDPServer", HYPERCORNS_OWN)
    level = logging.getLogger("quic").level
    yield
    logging.getLogger("quic").setLevel(level)


def config(**settings: Any) -> Config:
    made = Config.from_mapping(quic_bind="127.0.0.1:0", certfile="cert.pem", keyfile="key.pem")
    for name, value in settings.items():
        setattr(made, name, value)
    return made


def is_taken() -> bool:
    return vars(worker)["UDPServer"] is Endpoint


def test_where_it_is_not_asked_for_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hypercorn_quic, "_aioquic_version", lambda: None)
    take_quic(config(quic_bind=[]))
    assert not is_taken()


def test_where_it_is_asked_for_it_is_ours() -> None:
    take_quic(config())
    assert is_taken()


def test_aioquic_says_nothing_of_each_connection() -> None:
    take_quic(config())
    assert not logging.getLogger("quic").isEnabledFor(logging.WARNING)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"certfile": None}, "certfile"), ({"workers": 2}, "one worker")],
)
def test_what_cannot_be_is_said(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Http3Unavailable, match=said):
        take_quic(config(**settings))
    assert not is_taken()


@pytest.mark.parametrize("unknown", ["1.6.0", "2.0.0"])
def test_an_unknown_aioquic_is_left_to_hypercorn(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, unknown: str
) -> None:
    monkeypatch.setattr(hypercorn_quic, "_aioquic_version", lambda: unknown)
    take_quic(config())
    assert not is_taken()
    assert unknown in caplog.text


def test_an_unknown_hypercorn_is_left_alone(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(hypercorn_quic, "KNOWN_VERSIONS", frozenset({"0.1"}))
    take_quic(config())
    assert not is_taken()
    assert "is not known" in caplog.text


def test_without_the_extra_the_start_fails_by_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(hypercorn_quic, "_aioquic_version", lambda: None)
    files = make_certificates(tmp_path)
    udp = ReservedUdpPort()
    with ReservedPort() as port:
        settings = ServeConfig(
            bind=(port.bind,), quic_bind=(udp.bind,), certfile=str(files.certfile), keyfile=str(files.keyfile)
        )
        assert serve(CompositeApp(None, drain=Drain()), settings) == 1
    udp.release()
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "pip install 'hubbub[h3]'" in record.getMessage()
    assert record.exc_info is None


def test_alt_svc_is_taken_over_from_hypercorn() -> None:
    settings = config()
    settings._quic_addresses = [("127.0.0.1", 4433), ("::1", 4434, 0, 0)]
    assert alternative_services(settings) == b'h3=":4433"; ma=3600, h3=":4434"; ma=3600'
    assert not [name for name, _ in settings.response_headers("h11") if name == b"alt-svc"]
    assert alternative_services(settings) is None


def test_what_is_configured_comes_before_the_port() -> None:
    settings = config(alt_svc_headers=['h3=":443"; ma=60'])
    settings._quic_addresses = [("127.0.0.1", 4433)]
    assert alternative_services(settings) == b'h3=":443"; ma=60'
