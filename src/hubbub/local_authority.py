"""A certificate authority of this machine's own, so that HTTPS and HTTP/2 work at once and without anybody else.

Knows files and certificates, no settings and no server. Whoever trusts `ca.pem` trusts it for the names of this
machine only (name constraints, RFC 5280, 4.2.1.10).
"""

from __future__ import annotations

import fcntl
import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

logger = logging.getLogger(__name__)

CA_LIFETIME = timedelta(days=3650)  # somebody has to trust a new one by hand
LIFETIME = timedelta(days=397)  # browsers refuse more than 398 (CA/Browser Forum Baseline Requirements, 6.3.2)
RENEW_BEFORE = timedelta(days=30)
BACKDATED = timedelta(hours=1)  # for clients whose clock is behind

LOCAL_NAME = "localhost"
LOCAL_ADDRESSES = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
LOCAL_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
HOST_NAME_CHARS = 253  # RFC 1035, 2.3.4


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """PEM files: the authority to trust, and what the server presents."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class _Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_certificate(directory: Path, *, now: datetime, host_name: str | None = None) -> LocalCertificate:
    """Make what is missing in `directory`, renew what ends soon or has other names, and say where it all is.

    `now` is aware; `host_name` is the machine's own by default. A crash at any moment leaves files that the next call
    uses or replaces; two processes at once get the same ones.

    Raises:
        OSError: the directory cannot be written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = LocalCertificate(directory / "ca.pem", directory / "cert.pem", directory / "key.pem")
    host = _dns_name(socket.gethostname() if host_name is None else host_name)
    with _locked(directory):
        authority = _load(files.authority, directory / "ca-key.pem")
        if authority is None or not _is_current(authority, now) or not _covers(authority, host):
            if authority is not None:
                logger.warning("the local certificate authority is replaced; trust %s anew", files.authority)
            authority = _make_authority(host, now)
            _store(authority, files.authority, directory / "ca-key.pem")
        leaf = _load(files.certificate, files.key)
        if leaf is None or not _is_current(leaf, now) or not _is_for(leaf, authority, host):
            _store(_make_leaf(authority, host, now), files.certificate, files.key)
    return files


def _make_authority(host: str, now: datetime) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Hubbub local authority on {host}")
    allowed: list[x509.GeneralName] = [x509.DNSName(each) for each in _dns_names(host)]
    allowed += [x509.IPAddress(network) for network in LOCAL_NETWORKS]
    builder = (
        _builder(name, name, key.public_key(), now, now + CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return _Issued(builder.sign(key, hashes.SHA256()), key)


def _make_leaf(authority: _Issued, host: str, now: datetime) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    end = min(now + LIFETIME, issuer.not_valid_after_utc)
    builder = (
        _builder(_name(host), issuer.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_subjects(host)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .add_extension(_usage(authority=False), critical=True)
    )
    return _Issued(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # RFC 5280, ub-common-name


def _dns_names(host: str) -> list[str]:
    return list(dict.fromkeys((LOCAL_NAME, host)))


def _subjects(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(each) for each in _dns_names(host)]
    return names + [x509.IPAddress(address) for address in LOCAL_ADDRESSES]


def _dns_name(host: str) -> str:
    """The host name as a certificate may have it; `localhost` where it is no DNS name."""
    host = host.rstrip(".").lower()
    labels = host.split(".")
    fits = host.isascii() and len(host) <= HOST_NAME_CHARS
    valid = all(label and label.replace("-", "a").isalnum() and label.strip("-") == label for label in labels)
    return host if fits and valid else LOCAL_NAME


def _is_current(issued: _Issued, now: datetime) -> bool:
    certificate = issued.certificate
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE


def _covers(authority: _Issued, host: str) -> bool:
    """Whether the name constraints let the authority sign for the host."""
    try:
        constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    return all(x509.DNSName(name) in (constraints.permitted_subtrees or ()) for name in _dns_names(host))


def _is_for(leaf: _Issued, authority: _Issued, host: str) -> bool:
    """Whether the authority signed it, and for exactly these names."""
    try:
        leaf.certificate.verify_directly_issued_by(authority.certificate)
        names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return list(names) == _subjects(host)


def _load(certificate: Path, key: Path) -> _Issued | None:
    """The pair, or `None` where it is not there, not readable as one, or, after a crash, not one pair."""
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or loaded.public_key() != private.public_key():
        return None
    return _Issued(loaded, private)


def _store(issued: _Issued, certificate: Path, key: Path) -> None:
    encoding = serialization.Encoding.PEM
    private = issued.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(key, private, 0o600)
    _write(certificate, issued.certificate.public_bytes(encoding), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace the file in one step that survives a power cut; it never has more permissions than `mode`."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time; the lock ends with the process, however that ends."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
