"""Who has a certificate of the site, and for how long."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cryptography import x509

from gate.certificates import days_left
from gate.fleet.register import Register
from gate.fleet.site import Site
from gate.model import Utc

AUTHORITY_WARNS_DAYS = 5 * 365
"""Who follows an authority has to reach every device before it ends."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    name: str
    kind: str
    """gate, client, broker, authority."""
    ends: str
    """The day; "" where there is nothing that counts."""
    days: int | None
    todo: str
    """What somebody has to do about it; "" for nothing."""
    warns: bool
    """Whether it is time to."""


def entries(register: Register, site: Site, gates: Collection[str], now: Utc) -> Iterator[Entry]:
    """All of them: gates of the list, clients, those who are no longer either, and the broker."""
    renew, clients = site.certificates.renew_days, site.clients.all
    before = register.names()
    for name in gates:
        never = "waits for its gate.csr: gate fleet sign" if name not in before else _REVOKED
        yield _entry(name, "gate", register.of(name), now, renew, never)
    for name in clients:
        never = "gate fleet make" if name not in before else _REVOKED
        yield _entry(name, "client", register.of(name), now, renew, never)
    for name in sorted(before.difference(gates, clients)):
        if (has := register.of(name)) is not None:
            left = f"no longer in the list: gate fleet revoke {name}"
            yield Entry(name, "left", _day(has), days_left(has, now), left, warns=True)
    yield _entry("", "broker", register.of_the_broker(), now, renew, "gate fleet make")
    yield _entry("", "authority", register.certificate, now, AUTHORITY_WARNS_DAYS, "")


_REVOKED = "revoked; another key: gate fleet make --replace, or gate fleet sign --replace"


def _entry(
    name: str, kind: str, has: x509.Certificate | None, now: Utc, renew_days: int, never: str
) -> Entry:
    if has is None:
        return Entry(name, kind, "", None, never, warns=never == _REVOKED)
    days = days_left(has, now)
    if days > renew_days:
        return Entry(name, kind, _day(has), days, "", warns=False)
    ended = "has ended" if days < 0 else "ends soon"
    next_ = "a new site (docs/fleet.md)" if kind == "authority" else "gate fleet make"
    return Entry(name, kind, _day(has), days, f"{ended}: {next_}", warns=True)


def _day(certificate: x509.Certificate) -> str:
    return certificate.not_valid_after_utc.date().isoformat()
