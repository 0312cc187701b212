"""Keys and certificates (X.509, RFC 5280) as files, and what they say. Pure but for randomness.

Keys are on the curve P-256: whatever speaks TLS knows it.
"""

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gate.model import Utc

PublicKey = Any
"""Of any kind that `cryptography` has certificates for; its own union names a dozen."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """A private key for a gate, the broker, or somebody else at the broker."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> bytes:
    """A private key as a file (PKCS #8); one with a passphrase is of no use without it."""
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        lock = serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


def key_in(data: bytes, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """The key in such a file. Raises ValueError, or TypeError where a passphrase is asked for."""
    key = serialization.load_pem_private_key(data, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("is no key on an elliptic curve")  # noqa: TRY004 - what the file holds
    return key


def pem(what: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """A certificate or a revocation list as a file."""
    return what.public_bytes(serialization.Encoding.PEM)


def name_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """The common name; "" where there is none, or more than one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def is_brokers(certificate: x509.Certificate) -> bool:
    """Whether it is for the broker, not for who comes to it."""
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return ExtendedKeyUsageOID.SERVER_AUTH in usage


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The host names and addresses that it is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in names)


def days_left(certificate: x509.Certificate, now: Utc) -> int:
    """Whole days until it ends; below 0 afterwards. A certificate knows whole seconds alone."""
    return (certificate.not_valid_after_utc - datetime.fromtimestamp(int(now), UTC)).days


def same_key(one: PublicKey, other: PublicKey) -> bool:
    """Whether two public keys are the same."""
    return _bytes_of(one) == _bytes_of(other)


def _bytes_of(key: PublicKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    found: bytes = key.public_bytes(serialization.Encoding.DER, form)
    return found
