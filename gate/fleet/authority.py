"""A small certificate authority for one site (X.509, RFC 5280). Pure but for randomness.

Everybody at the broker shows a certificate of this authority, the broker too; a common name is who
one is. Keys are on the curve P-256: whatever speaks TLS knows it. A certificate is for one purpose,
so that a gate's, stolen, makes no broker.

Certificates begin long before they are made. A Raspberry Pi has no clock: until it is told the time
it believes in the date of its image, and must reach the broker all the same. Nothing is proven by
when a certificate begins; it ends by its own date or by the revocation list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gate.certificates import PublicKey, name_of, new_key
from gate.model import Utc

AUTHORITY_DAYS = 20 * 365
"""An authority that ends takes every gate with it, so it outlives the devices."""

BEGINS_BEFORE = timedelta(days=2 * 365)

SMALLEST_EC_BITS = 256


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority with its private key: whoever has this can be every gate of the site."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_authority(site: str, now: Utc) -> Authority:
    """An authority that nobody knows yet; `site` stands in its name, for people."""
    key = new_key()
    name = _name(f"{site} gates")
    ends = _moment(now) + timedelta(days=AUTHORITY_DAYS)
    certificate = (
        _begun(name, name, key.public_key(), _moment(now) - BEGINS_BEFORE, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(_issuer_id(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def client_certificate(
    authority: Authority, name: str, key: PublicKey, *, now: Utc, days: int
) -> x509.Certificate:
    """Who holds the private half of `key` is `name` at the broker, for so many days."""
    return _certificate(authority, _name(name), key, ExtendedKeyUsageOID.CLIENT_AUTH, now, days)


def broker_certificate(
    authority: Authority, names: Sequence[str], key: PublicKey, *, now: Utc, days: int
) -> x509.Certificate:
    """Who holds the private half of `key` is the broker at these host names and addresses."""
    kind = ExtendedKeyUsageOID.SERVER_AUTH
    return _certificate(authority, _name(names[0]), key, kind, now, days, names)


def revocation_list(
    authority: Authority,
    before: x509.CertificateRevocationList | None,
    more: Sequence[x509.Certificate],
    now: Utc,
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
) -> x509.CertificateRevocationList:
    """The list `before` with some more certificates on it; nobody ever leaves it.

    It ends with the authority, and begins as certificates do: a broker whose list has ended, or has
    not begun by its own clock, lets nobody in at all.
    """
    ours = authority.certificate
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ours.subject)
        .last_update(max(ours.not_valid_before_utc, _moment(now) - BEGINS_BEFORE))
        .next_update(ours.not_valid_after_utc)
        .add_extension(x509.CRLNumber(_number(before) + 1), critical=False)
        .add_extension(_issuer_id(authority.key.public_key()), critical=False)
    )
    for entry in before or ():
        builder = builder.add_revoked_certificate(entry)
    for certificate in more:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(certificate.serial_number)
            .revocation_date(_moment(now))
            .add_extension(x509.CRLReason(reason), critical=False)
            .build()
        )
    return builder.sign(authority.key, hashes.SHA256())


# --- requests --------------------------------------------------------------------------------


def request_in(data: bytes) -> x509.CertificateSigningRequest:
    """The request of a device that has made its own key. Raises ValueError with a sentence."""
    try:
        request = x509.load_pem_x509_csr(data)
        name_of(request)
    except ValueError as error:
        raise ValueError(
            "is no certificate request in PEM. Copy gate.csr from the boot partition of the"
            " device once more."
        ) from error
    if not request.is_signature_valid:
        raise ValueError("is damaged: its signature is wrong. Copy gate.csr from the device again.")
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.key_size < SMALLEST_EC_BITS:
        raise ValueError(
            "has a key that is not on P-256 or a larger curve. The device makes its own: start it"
            " once more with no gate.key and no gate.csr."
        )
    return request


# --- inside ----------------------------------------------------------------------------------


def _certificate(
    authority: Authority,
    subject: x509.Name,
    key: PublicKey,
    purpose: x509.ObjectIdentifier,
    now: Utc,
    days: int,
    hosts: Sequence[str] = (),
) -> x509.Certificate:
    ours = authority.certificate
    begins = max(ours.not_valid_before_utc, _moment(now) - BEGINS_BEFORE)
    ends = min(ours.not_valid_after_utc, _moment(now) + timedelta(days=days))
    builder = (
        _begun(subject, ours.subject, key, begins, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(_issuer_id(authority.key.public_key()), critical=False)
    )
    if hosts:
        found = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(found, critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def _begun(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_id(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _number(found: x509.CertificateRevocationList | None) -> int:
    if found is None:
        return 0
    return found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _moment(now: Utc) -> datetime:
    """X.509 counts whole seconds."""
    return datetime.fromtimestamp(int(now), UTC)
