"""The local authority: made once, trusted once, and never in the way of a start."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hubbub.local_authority import LIFETIME, RENEW_BEFORE, LocalCertificate, _sign_server, local_certificate

NOW = datetime.now(UTC)


def contents(files: LocalCertificate) -> tuple[bytes, bytes, bytes]:
    return files.authority.read_bytes(), files.certificate.read_bytes(), files.key.read_bytes()


def test_a_second_start_finds_what_the_first_made(tmp_path: Path) -> None:
    first = contents(local_certificate(tmp_path, NOW, "box"))
    assert contents(local_certificate(tmp_path, NOW, "box")) == first
    assert contents(local_certificate(tmp_path, NOW + LIFETIME - RENEW_BEFORE - timedelta(days=1), "box")) == first


def test_a_certificate_is_renewed_by_the_same_authority(tmp_path: Path) -> None:
    first = contents(local_certificate(tmp_path, NOW, "box"))
    later = contents(local_certificate(tmp_path, NOW + LIFETIME - RENEW_BEFORE + timedelta(hours=1), "box"))
    assert later[0] == first[0]
    assert later[1:] != first[1:]


def test_another_name_needs_another_authority(tmp_path: Path) -> None:
    first = contents(local_certificate(tmp_path, NOW, "box"))
    assert contents(local_certificate(tmp_path, NOW, "other"))[0] != first[0]


def test_keys_are_their_owners_only(tmp_path: Path) -> None:
    files = local_certificate(tmp_path, NOW, "box")
    assert files.key.stat().st_mode & 0o077 == 0
    assert (files.key.parent / "ca-key.pem").stat().st_mode & 0o077 == 0
    assert files.key.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("lost", ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"])
def test_a_file_that_was_lost_is_made_anew(tmp_path: Path, lost: str) -> None:
    files = local_certificate(tmp_path, NOW, "box")
    (files.key.parent / lost).unlink()
    assert handshake(local_certificate(tmp_path, NOW, "box"), "localhost") == "localhost"


def test_a_pair_that_does_not_fit_is_made_anew(tmp_path: Path) -> None:
    files = local_certificate(tmp_path / "one", NOW, "box")
    other = local_certificate(tmp_path / "two", NOW, "box")
    files.key.write_bytes(other.key.read_bytes())
    assert handshake(local_certificate(tmp_path / "one", NOW, "box"), "localhost") == "localhost"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "box"])
def test_clients_that_trust_the_authority_accept_every_name(tmp_path: Path, name: str) -> None:
    assert handshake(local_certificate(tmp_path, NOW, "box"), name) == name


def test_the_authority_vouches_for_nobody_else_even_with_its_key(tmp_path: Path) -> None:
    files = local_certificate(tmp_path, NOW, "box")
    foreign = local_certificate(tmp_path / "foreign", NOW, "example.org")
    for name in ("ca.pem", "ca-key.pem"):
        (foreign.key.parent / name).write_bytes((files.key.parent / name).read_bytes())
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    authority_key = serialization.load_pem_private_key((files.key.parent / "ca-key.pem").read_bytes(), None)
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    forged = _sign_server(key, ["example.org"], authority, authority_key, NOW)
    foreign.certificate.write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    foreign.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        handshake(foreign, "example.org")


def handshake(files: LocalCertificate, name: str) -> str:
    """Shake hands over a pair of sockets, strictly, as a client that trusts the authority alone."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cafile=str(files.authority))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            with server.wrap_socket(far, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            far.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        with client.wrap_socket(near, server_hostname=name) as shaken:
            return str(shaken.server_hostname)
    finally:
        near.close()
        serving.join()
