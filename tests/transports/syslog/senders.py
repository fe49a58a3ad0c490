"""Who sends datagrams, from any address of the loopback network."""

from __future__ import annotations

import secrets
import socket

WELL_FORMED = b"<13>1 - web1 app - - - hello"
MALFORMED = b"hello"


def send_from(source: str, port: int, datagrams: list[bytes], *, host: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        for datagram in datagrams:
            sender.sendto(datagram, (host, port))


def free_address() -> tuple[str, int]:
    """Where nobody listens: of a loopback network there are more addresses than anybody takes by chance."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        host = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.1"
        probe.bind((host, 0))
        return host, int(probe.getsockname()[1])
