"""The gate's own key, which never leaves it, and the certificate that somebody makes for it. Pure
but for randomness.

The device makes a key and asks for a certificate (`gate.csr`, PKCS #10); the site's authority signs
it (`gate fleet sign`), and `gate.crt` comes back to the card. The common name is the gate's id, as
the broker knows it (`gate.acl`).
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from gate.certificates import key_in, key_pem, name_of, new_key, same_key

REQUEST, CERTIFICATE = "gate.csr", "gate.crt"
"""On the card."""


def make_key() -> bytes:
    """A new private key (PEM)."""
    return key_pem(new_key())


def request(key: bytes, gate: str) -> bytes:
    """What the authority is asked to sign."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, gate)])
    asked = x509.CertificateSigningRequestBuilder().subject_name(name)
    return asked.sign(key_in(key), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def is_own_key(data: bytes) -> bool:
    """Whether it is a key as this device makes them."""
    try:
        key_in(data)
    except Exception:
        return False
    return True


def asks_for(data: bytes, key: bytes, gate: str) -> bool:
    """Whether a request that lies on the card is one for this key and name: then it may stay."""
    try:
        asked = x509.load_pem_x509_csr(data)
        return name_of(asked) == gate and same_key(asked.public_key(), key_in(key).public_key())
    except (ValueError, TypeError):
        return False


def key_fault(data: bytes) -> str | None:
    """Why it is no private key that the daemon can use, in a few words; None where it is."""
    try:
        serialization.load_pem_private_key(data, None)
    except TypeError:
        return "is locked with a passphrase, which nobody can type here"
    except Exception:
        return "is no private key (PEM)"
    return None


def certificate_fault(data: bytes) -> str | None:
    """Why it is no certificate, in a few words; None where it is."""
    try:
        x509.load_pem_x509_certificates(data)
    except ValueError:
        return "is no certificate (PEM)"
    return None


def misfit(certificate: bytes, key: bytes, gate: str | None) -> str | None:
    """Why a certificate is not this gate's, with this key; None where it is.

    Without `gate` its name is not asked for: who made key and certificate elsewhere knows.
    """
    try:
        own = x509.load_pem_x509_certificates(certificate)[0]
        holder = serialization.load_pem_private_key(key, None).public_key()
        if not same_key(own.public_key(), holder):
            return "belongs to another key than the one of this gate"
        if gate is not None and name_of(own) != gate:
            return f"is made out for {name_of(own)[:40]!r}, and this gate is {gate!r}"
    except (ValueError, TypeError, IndexError):
        return "is no certificate (PEM)"
    return None
