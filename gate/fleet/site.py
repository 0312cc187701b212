"""The folder of a site: what stands in it, and the one file that says what the site is."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, JsonValue, ValidationError
from pydantic_core import PydanticCustomError

from gate.config.fields import DAYS, SLUG_32, Section
from gate.config.problems import ConfigError, Problem, problems_of
from gate.config.reader import read_tables

PUBLIC_KEYS = {
    "keys.json": "whose passes are taken",
    "root.json": "who signs keys that come over the broker",
    "operators.json": "whose commands are obeyed",
    "update-keys.json": "whose updates are taken",
    "setup-keys.json": "whose set-up codes are taken",
}
"""Public keys (JWKS) that every device is given, where they lie in the folder of the site."""

_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_CLIENT = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class SiteFolder:
    """The paths of a site. Nobody but its owner may look into it."""

    root: Path

    @property
    def settings(self) -> Path:
        """What the site is."""
        return self.root / "site.toml"

    @property
    def common(self) -> Path:
        """What all its gates have in common: any section of a gate.toml."""
        return self.root / "gates.toml"

    @property
    def list(self) -> Path:
        """The devices, as they were last made."""
        return self.root / "devices.csv"

    @property
    def authority_key(self) -> Path:
        """The private key of the authority: whoever has it can be every gate."""
        return self.root / "ca.key"

    @property
    def authority(self) -> Path:
        """Its certificate, which everybody at the broker has."""
        return self.root / "ca.pem"

    @property
    def revocations(self) -> Path:
        """Its list of certificates that count no more (CRL)."""
        return self.root / "site.crl"

    @property
    def issued(self) -> Path:
        """Every certificate that it has signed, each in a file named after its serial number."""
        return self.root / "issued"

    @property
    def broker(self) -> Path:
        """What the broker gets."""
        return self.root / "broker"

    @property
    def brokers_revocations(self) -> Path:
        """The copy of the list of revoked certificates that the broker gets."""
        return self.broker / "site.crl"

    @property
    def clients(self) -> Path:
        """What those at the broker get who are no gates."""
        return self.root / "clients"

    @property
    def devices(self) -> Path:
        """A folder for each device: what its boot partition gets."""
        return self.root / "devices"

    def public_keys(self) -> dict[str, Path]:
        """Those of `PUBLIC_KEYS` that are there."""
        named = {name: self.root / name for name in PUBLIC_KEYS}
        return {name: path for name, path in named.items() if path.is_file()}


def _hosts(names: list[str]) -> list[str]:
    if not all(_HOST.fullmatch(name) for name in names):
        raise PydanticCustomError("hosts", "are no host names")
    return names


def _clients(names: list[str]) -> list[str]:
    if not all(_CLIENT.fullmatch(name) for name in names):
        raise PydanticCustomError("clients", "are no names of clients")
    return names


class _Section(Section):
    REFERENCE: ClassVar[str] = "docs/fleet.md"


_NAMES: dict[str, JsonValue] = {"form": "a list of names, a-z, 0-9 and -, each up to 32 characters"}
ClientNames = Annotated[list[str], AfterValidator(_clients)]


class About(_Section):
    """The site itself."""

    name: str = Field(
        pattern=r"^[ -~]{1,40}$",
        description="As people call it; stands in the name of the authority.",
        json_schema_extra={"form": "1 to 40 letters, digits and signs of ASCII"},
        examples=["mall-t01"],
    )


class Broker(_Section):
    """The broker of the site."""

    hosts: Annotated[list[str], AfterValidator(_hosts)] = Field(
        min_length=1,
        max_length=16,
        description="Host names and addresses of the broker. Gates connect to the first one.",
        json_schema_extra={"form": "a list of host names and addresses"},
        examples=[["broker.mall-t01.lan", "192.0.2.10"]],
    )
    port: int = Field(8883, ge=1, le=65_535, description="Where it listens with TLS.")
    root: str = Field(
        "aman",
        pattern=r"^[a-z0-9-]{1,32}$",
        description="First word of every topic.",
        json_schema_extra=SLUG_32,
    )


class Clients(_Section):
    """Who comes to the broker and is no gate. Each gets a certificate."""

    central: str = Field(
        "central",
        pattern=r"^[a-z0-9-]{1,32}$",
        description="The server (gate central).",
        json_schema_extra=SLUG_32,
    )
    watchers: ClientNames = Field(
        [],
        max_length=64,
        description="Who may read all and say nothing (gate watch).",
        json_schema_extra=_NAMES,
        examples=[["desk"]],
    )
    operators: ClientNames = Field(
        [],
        max_length=64,
        description="Who sends commands (gate command). Gates believe their signature alone.",
        json_schema_extra=_NAMES,
        examples=[["ops"]],
    )

    @property
    def all(self) -> tuple[str, ...]:
        """Every name."""
        return (self.central, *self.watchers, *self.operators)


class Certificates(_Section):
    """How long what the authority signs is good."""

    days: int = Field(
        1825,
        ge=30,
        le=3650,
        description="How long a certificate is good. One that is lost or stolen is revoked, so it"
        " may be long.",
        json_schema_extra=DAYS,
    )
    renew_days: int = Field(
        180,
        ge=1,
        le=1825,
        description="So long before its end gate fleet make makes the next one.",
        json_schema_extra=DAYS,
    )
    enrol: bool = Field(
        default=False,
        description="Whether each device makes its own key, which never leaves it, and asks for its"
        " certificate with gate.csr. Else keys are made here. A column enrol goes before this.",
    )


class Site(_Section):
    """What the site is."""

    site: About
    broker: Broker
    clients: Clients
    certificates: Certificates


def load_site(path: Path) -> Site:
    """The site in the file at `path`. Raises `ConfigError` with every problem."""
    tables = {"site": {}, "broker": {}, "clients": {}, "certificates": {}} | read_tables(path)
    try:
        site = Site.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(tuple(problems_of(error, Site))) from None
    if problems := tuple(_broken_rules(site)):
        raise ConfigError(problems)
    return site


def _broken_rules(site: Site) -> Iterator[Problem]:
    for name, times in Counter(site.clients.all).items():
        if times > 1:
            what = f'"{name}" stands there {times} times'
            yield Problem("clients", what, "A name is for one client, and for one purpose.")
    if site.certificates.renew_days >= site.certificates.days:
        what = f"{site.certificates.renew_days} days are not less than days"
        yield Problem("certificates.renew_days", what, "Take a tenth of it.")
