"""What TLS itself says of certificates: a handshake in memory, as strict as OpenSSL can be."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from gate.certificates import name_of


@dataclass(frozen=True, slots=True)
class Files:
    """What one side shows, and whom it believes."""

    ca: Path
    certificate: Path
    key: Path
    revocations: Path | None = None


def handshake(broker: Files, client: Files, host: str) -> str:
    """Who the broker takes the client for. Raises ssl.SSLError where one does not believe the
    other."""
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=broker.ca)
    theirs.verify_mode = ssl.CERT_REQUIRED
    theirs.verify_flags |= ssl.VERIFY_X509_STRICT
    if broker.revocations is not None:
        theirs.load_verify_locations(broker.revocations)
        theirs.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    theirs.load_cert_chain(broker.certificate, broker.key)
    ours = ssl.create_default_context(cafile=client.ca)
    ours.verify_flags |= ssl.VERIFY_X509_STRICT
    ours.load_cert_chain(client.certificate, client.key)
    to_broker, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    at_broker = theirs.wrap_bio(to_broker, to_client, server_side=True)
    at_client = ours.wrap_bio(to_client, to_broker, server_hostname=host)
    for _ in range(4):
        for side in (at_client, at_broker):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = at_broker.getpeercert(binary_form=True)
    assert shown is not None
    return name_of(x509.load_der_x509_certificate(shown))
