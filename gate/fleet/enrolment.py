"""Devices that make their own keys: what the authority signs for them. No private key travels."""

from collections.abc import Collection
from difflib import get_close_matches

from cryptography import x509

from gate.certificates import name_of
from gate.fleet.authority import request_in
from gate.fleet.register import Register
from gate.fleet.site import Certificates
from gate.model import Utc


def signed(
    request: bytes,
    *,
    gates: Collection[str],
    register: Register,
    terms: Certificates,
    now: Utc,
    replace: Collection[str] = (),
) -> tuple[str, x509.Certificate]:
    """Which of the `gates` asks in a certificate request (gate.csr), and what it gets.

    The request says a name and a key; whatever else stands in it, the authority does not sign.
    The same request again gets the same certificate. Raises ValueError with a sentence, and
    RegisterError as `Register.certify` does; `replace` are the gates that may have another key.
    """
    asked = request_in(request)
    name = name_of(asked)
    if name not in gates:
        near = get_close_matches(name, [*gates], n=1)
        meant = f" Is it {near[0]}?" if near else ""
        asked_for = ascii(name)[1:-1][:60]  # whoever wrote the card writes to no terminal
        raise ValueError(
            f'asks for "{asked_for}", which is no gate of this fleet.{meant} Add it to devices.csv,'
            " or write the right id into gate.toml on its card."
        )
    certificate = register.certify(
        name, asked.public_key(), terms, now=now, replace=name in replace
    )
    return name, certificate
