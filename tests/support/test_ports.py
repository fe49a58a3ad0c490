from __future__ import annotations

import socket

import pytest

from tests.support.ports import HOST, ReservedPort, ReservedUdpPort


def test_a_server_can_listen_on_a_reserved_port() -> None:
    with ReservedPort() as port, socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, port.number))
        assert not port.answers()
        server.listen()
        assert port.answers()


def test_nobody_else_is_given_a_reserved_port() -> None:
    with ReservedPort() as port, socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, port.number))


def test_a_released_port_is_free() -> None:
    port = ReservedPort()
    port.release()
    with socket.socket() as other:
        other.bind((HOST, port.number))


def test_what_is_sent_to_a_reserved_udp_port_reaches_the_server() -> None:
    port = ReservedUdpPort()
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.settimeout(10)
        server.bind((HOST, port.number))
        for number in range(10):
            client.sendto(b"%d" % number, (HOST, port.number))
        assert [server.recv(9) for _ in range(10)] == [b"%d" % number for number in range(10)]
    port.release()


def test_nobody_else_is_given_a_reserved_udp_port() -> None:
    port = ReservedUdpPort()
    with socket.socket(type=socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, port.number))
    port.release()
