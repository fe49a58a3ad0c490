"""A certificate authority of this machine's own, so that HTTPS and HTTP/2 work from the first start on.

The authority is made once and kept, so that it needs to be trusted once; it can only vouch for the names of this
machine (name constraints, RFC 5280, 4.2.1.10).  The server's certificate is renewed before it runs out, or when the
names change.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=397)  # the most that Apple's platforms accept
RENEW_BEFORE = timedelta(days=30)
CLOCK_SKEW = timedelta(hours=1)  # a client whose clock is behind still finds the certificate valid
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")
KEY_MODE = 0o600
FOLDER_MODE = 0o700


@dataclass(frozen=True)
class LocalCertificate:
    """PEM files: the authority to trust, and the server's certificate with its key."""

    authority: Path
    certificate: Path
    key: Path


def local_certificate(data_dir: Path, now: datetime, host_name: str | None = None) -> LocalCertificate:
    """The certificate in `<data dir>/tls`, made or renewed when there is need; `host_name` is this machine's.

    Raises:
        OSError: the folder cannot be written.
        ValueError: a file in it is not what it should be; deleting the folder makes everything anew.
    """
    folder = data_dir / "tls"
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    names = _names(host_name or socket.gethostname())
    authority, authority_key = _authority(folder, names, now)
    files = LocalCertificate(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    if not _still_good(files, authority, names, now):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign_server(key, names, authority, authority_key, now)
        # The key is written last and read with the certificate: a crash between the two is a pair that does not
        # fit, which `_still_good` finds at the next start.
        _write(files.certificate, _pem(certificate))
        _write(files.key, _key_pem(key), KEY_MODE)
    return files


def _names(host_name: str) -> list[str]:
    return ["localhost", *([host_name] if host_name not in ("", "localhost") else [])]


def _authority(folder: Path, names: list[str], now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority on disk, or a new one where there is none, it runs out or may not vouch for these names."""
    file, key_file = folder / "ca.pem", folder / "ca-key.pem"
    if file.exists() and key_file.exists():
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = _load_key(key_file)
        fits = certificate.public_key() == key.public_key()
        lasts = certificate.not_valid_after_utc > now + LIFETIME
        if fits and lasts and set(names) <= _permitted(certificate):
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign_authority(key, names, now)
    _write(file, _pem(certificate))
    _write(key_file, _key_pem(key), KEY_MODE)
    return certificate, key


def _permitted(authority: x509.Certificate) -> set[str]:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return {name.value for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName)}


def _still_good(files: LocalCertificate, authority: x509.Certificate, names: list[str], now: datetime) -> bool:
    if not files.certificate.exists() or not files.key.exists():
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        certificate.public_key() == _load_key(files.key).public_key()
        and certificate.not_valid_after_utc > now + RENEW_BEFORE
        and certificate.not_valid_before_utc <= now
        and set(named.get_values_for_type(x509.DNSName)) == set(names)
        and _is_issued_by(certificate, authority)
    )


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    subject = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return issuer.key_identifier == subject.digest


def _sign_authority(key: ec.EllipticCurvePrivateKey, names: list[str], now: datetime) -> x509.Certificate:
    name = _subject(f"Hubbub on {names[-1]}")
    permitted = [*(x509.DNSName(each) for each in names), *(x509.IPAddress(network) for network in LOOPBACK)]
    return (
        _builder(name, name, key, now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _sign_server(
    key: ec.EllipticCurvePrivateKey,
    names: list[str],
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    addresses = [
        x509.IPAddress(network.network_address) for network in (ipaddress.ip_network("127.0.0.1"), LOOPBACK[1])
    ]
    alternatives = [*(x509.DNSName(each) for each in names), *addresses]
    return (
        _builder(_subject("localhost"), authority.subject, key, now, LIFETIME)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # Python 3.13 verifies strictly (RFC 5280, 4.2.1.1): a certificate has to name its authority's key.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])  # ub-common-name, RFC 5280, appendix A


def _load_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(
            f"{file} holds a key of another kind than Hubbub makes. Delete the folder to have it made anew."
        )
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step; a key is never readable by others, not even for a moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)
    new.replace(file)
