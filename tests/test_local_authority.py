"""The local authority: what it makes, keeps, renews and survives."""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hubbub.local_authority import CA_LIFETIME, LIFETIME, RENEW_BEFORE, LocalCertificate, ensure_certificate

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def ensure(folder: Path, now: datetime = NOW, host_name: str = "team-box") -> LocalCertificate:
    return ensure_certificate(folder, now=now, host_name=host_name)


def content(files: LocalCertificate) -> tuple[bytes, bytes, bytes]:
    return files.authority.read_bytes(), files.certificate.read_bytes(), files.key.read_bytes()


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(files: LocalCertificate) -> list[str]:
    extensions = certificate(files.certificate).extensions
    subjects = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(subject.value) for subject in subjects]


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    files = ensure(tmp_path / "tls")
    before = content(files)
    assert content(ensure(tmp_path / "tls", NOW + timedelta(days=1))) == before
    assert names(files) == ["localhost", "team-box", "127.0.0.1", "::1"]


def test_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    ensure(tmp_path / "tls")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "cert.pem": 0o644, "key.pem": 0o600}


def test_the_certificate_is_renewed_in_time_and_the_authority_stays(tmp_path: Path) -> None:
    before = content(ensure(tmp_path))
    late = NOW + LIFETIME - RENEW_BEFORE
    files = ensure(tmp_path, late)
    assert content(files)[0] == before[0]
    assert content(files)[1:] != before[1:]
    assert certificate(files.certificate).not_valid_after_utc == late + LIFETIME


def test_an_old_authority_is_replaced_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = content(ensure(tmp_path))
    assert caplog.records == []
    after = content(ensure(tmp_path, NOW + CA_LIFETIME - RENEW_BEFORE))
    assert after[0] != before[0]
    assert "trust" in caplog.text


def test_the_certificate_does_not_outlive_its_authority(tmp_path: Path) -> None:
    ensure(tmp_path)
    files = ensure(tmp_path, NOW + CA_LIFETIME - timedelta(days=100))
    assert certificate(files.certificate).not_valid_after_utc == certificate(files.authority).not_valid_after_utc


def test_another_host_name_has_another_authority_because_of_its_constraints(tmp_path: Path) -> None:
    before = content(ensure(tmp_path))
    files = ensure(tmp_path, host_name="other-box")
    assert content(files)[0] != before[0]
    assert "other-box" in names(files)


@pytest.mark.parametrize("host_name", ["", "under_score", "-dash", "a..b", "näme", "x" * 300])
def test_a_host_name_that_is_none_is_left_out(tmp_path: Path, host_name: str) -> None:
    assert names(ensure(tmp_path, host_name=host_name)) == ["localhost", "127.0.0.1", "::1"]


@pytest.mark.parametrize("host_name", ["Team-Box.Example.ORG.", "team-box.example.org"])
def test_a_host_name_is_normalised(tmp_path: Path, host_name: str) -> None:
    assert names(ensure(tmp_path, host_name=host_name))[1] == "team-box.example.org"


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"])
@pytest.mark.parametrize("damage", [None, b"", b"not a PEM file"])
def test_what_is_missing_or_broken_is_made_again(tmp_path: Path, name: str, damage: bytes | None) -> None:
    ensure(tmp_path)
    (tmp_path / name).unlink()
    if damage is not None:
        (tmp_path / name).write_bytes(damage)
    files = ensure(tmp_path)
    certificate(files.certificate).verify_directly_issued_by(certificate(files.authority))


def test_a_key_of_another_certificate_is_found_out(tmp_path: Path) -> None:
    """A crash between the two files of a renewal leaves the new key beside the old certificate."""
    one, other = ensure(tmp_path / "one"), ensure(tmp_path / "other")
    other.key.replace(one.key)
    before = content(one)
    assert content(ensure(tmp_path / "one"))[1:] != before[1:]


def test_a_draft_left_by_a_crash_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".key.pem.new").write_bytes(b"half")
    ensure(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]


def test_several_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len({content(files) for files in pool.map(ensure, [tmp_path] * 4)}) == 1


@pytest.mark.parametrize("name", ["localhost", "team-box", "127.0.0.1", "::1"])
async def test_python_trusts_it_for_its_names(tmp_path: Path, name: str) -> None:
    await _handshake(ensure(tmp_path, datetime.now(UTC)), name)


async def test_nobody_trusts_it_for_another_name(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await _handshake(ensure(tmp_path, datetime.now(UTC)), "example.org")


def test_the_machines_own_name_is_the_default(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, now=NOW)
    assert socket.gethostname().lower() in names(files)


async def _handshake(files: LocalCertificate, name: str) -> None:
    """A real handshake over 127.0.0.1, checked strictly (RFC 5280), as Python 3.13 does."""
    theirs = ssl.create_default_context(cafile=str(files.authority))
    theirs.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(files.certificate, files.key)

    def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=ours)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=theirs, server_hostname=name)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
