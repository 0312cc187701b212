"""The configuration of central: its own file, of the same form as a gate's.

[central] [mqtt] [web] and a [[venue]] for each venue
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from gate.config.fields import HOST, PEOPLE, SECONDS, SLUG_16, SLUG_32, USER, PlacedPath, Section
from gate.config.problems import ConfigError, Problem, problems_of
from gate.config.reader import read_tables

DEFAULT_CENTRAL_FILE = Path("/etc/gate/central.toml")

_LEVEL = r"^[a-z0-9-]{1,16}$"
_GATE = re.compile(r"[a-z0-9-]{1,32}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("zone", "is no time zone")
    return name


def _wall_clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise PydanticCustomError("clock", "is no time of day")
    return text


def _gate_ids(names: list[str]) -> list[str]:
    if not all(_GATE.fullmatch(name) for name in names):
        raise PydanticCustomError("gates", "are no ids of gates")
    return names


class _Section(Section):
    REFERENCE: ClassVar[str] = "config/central.toml"


class Central(_Section):
    """The server itself."""

    data_dir: PlacedPath = Field(
        Path("/var/lib/gate-central"),
        description="Folder of the database and of the managers' passwords.",
    )
    quota_min: int = Field(
        60,
        ge=2,
        le=1440,
        description="How long a gate may go by a quota without hearing of central. A gate that is"
        " cut off for longer lets nobody in; one that is dead keeps its places until somebody"
        " recounts.",
        json_schema_extra={"unit": "min"},
    )
    keep_days: int = Field(
        30,
        ge=2,
        le=3650,
        description="How long events stay in the database.",
        json_schema_extra={"unit": "days"},
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is logged."
    )


class Mqtt(_Section):
    """The broker."""

    host: str = Field(
        "localhost",
        pattern=r"^[A-Za-z0-9._:-]{1,253}$",
        description="The broker's host.",
        json_schema_extra=HOST,
    )
    port: int = Field(1883, ge=1, le=65_535, description="Usually 1883, or 8883 with TLS.")
    root: str = Field(
        "aman",
        pattern=r"^[a-z0-9-]{1,32}$",
        description="First word of every topic.",
        json_schema_extra=SLUG_32,
    )
    protocol: Literal[5, 4] = Field(5, description="5 is MQTT 5, 4 is MQTT 3.1.1.")
    client_id: str = Field(
        "central",
        pattern=r"^[a-z0-9-]{1,32}$",
        description="Name of the session at the broker, which keeps what comes meanwhile.",
        json_schema_extra=SLUG_32,
    )
    keepalive_s: int = Field(
        20,
        ge=5,
        le=300,
        description="A dead link is noticed after one or two of these.",
        json_schema_extra=SECONDS,
    )
    user: str | None = Field(
        None,
        pattern=r"^[ -~]{1,128}$",
        description="User name at the broker.",
        json_schema_extra=USER,
        examples=["central"],
    )
    password_file: PlacedPath | None = Field(
        None,
        description="File with the password in its only line. The password never stands here.",
        examples=["mqtt.password"],
    )
    ca_file: PlacedPath | None = Field(
        None,
        description="Certificate of the authority that signed the broker's (PEM). Switches TLS on.",
        examples=["ca.pem"],
    )
    cert_file: PlacedPath | None = Field(
        None, description="Certificate of central (PEM).", examples=["central.pem"]
    )
    key_file: PlacedPath | None = Field(
        None, description="Private key of that certificate (PEM).", examples=["central.key"]
    )


class Web(_Section):
    """The manager's page (gate central --web)."""

    host: str = Field(
        "127.0.0.1",
        pattern=r"^[A-Za-z0-9._:-]{1,253}$",
        description="The address to listen on. Any other than a loopback address needs TLS.",
        json_schema_extra={"form": "a host name or address"},
    )
    port: int = Field(8443, ge=0, le=65_535, description="0 takes a free one.")
    cert_file: PlacedPath | None = Field(
        None, description="Certificate of the page (PEM). Switches TLS on.", examples=["web.pem"]
    )
    key_file: PlacedPath | None = Field(
        None, description="Private key of that certificate (PEM).", examples=["web.key"]
    )
    origin: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9._:\[\]-]{1,200}$",
        description="Behind a proxy on this machine: the address in people's browsers.",
        json_schema_extra={"form": "an address like https://crowd.example, without a path"},
        examples=["https://crowd.example"],
    )


class Venue(_Section):
    """One venue; as many of these as there are venues."""

    id: str = Field(
        pattern=_LEVEL,
        description="Name of the venue, as its gates have it.",
        json_schema_extra=SLUG_16,
        examples=["mall-t01"],
    )
    district: str = Field(
        pattern=_LEVEL,
        description="Name of its district, as its gates have it.",
        json_schema_extra=SLUG_16,
        examples=["pusat"],
    )
    name: str = Field(
        "", max_length=60, description="As people call it. Empty: its id.", examples=["Mal Pusat"]
    )
    gates: Annotated[list[str], AfterValidator(_gate_ids)] = Field(
        min_length=1,
        max_length=200,
        description="Its gates. Only these are counted, and are given a right to let people in.",
        json_schema_extra={"form": "a list of ids, a-z, 0-9 and -"},
        examples=[["t01-a", "t01-b"]],
    )
    capacity: int = Field(
        ge=0,
        le=100_000,
        description="The highest limit that the manager may set, and the first limit.",
        json_schema_extra=PEOPLE,
        examples=[500],
    )
    reserve: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Places that visitors do not get, kept for staff.",
        json_schema_extra=PEOPLE,
    )
    cut_off: Literal["soft", "deny"] = Field(
        "soft",
        description="A gate that does not hear the others admits and marks, or admits only visits"
        " that it knows.",
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "Asia/Jakarta",
        description="Of the venue's wall clock.",
        json_schema_extra={"form": "a name of the IANA time zone database"},
    )
    day_ends: Annotated[str, AfterValidator(_wall_clock)] = Field(
        "03:00",
        description="When a business day ends and the next begins.",
        json_schema_extra={"form": "hours and minutes, like 03:00"},
    )
    at_day_end: Literal["empty", "carry"] = Field(
        "empty",
        description="empty: nobody is inside then, whatever was counted. carry: it is counted on.",
    )
    keys_file: PlacedPath | None = Field(
        None,
        description="Keys of passes for its gates, signed (gate pass sign).",
        examples=["mall-t01.keys"],
    )


class CentralConfig(_Section):
    """What is in force."""

    central: Central
    mqtt: Mqtt
    web: Web
    venue: tuple[Venue, ...] = Field(strict=False)


def load_central(path: Path) -> CentralConfig:
    """The configuration in the file at `path`. Raises `ConfigError` with every problem."""
    tables = {"central": {}, "mqtt": {}, "web": {}} | read_tables(path)
    venues = tables.get("venue")
    if not isinstance(venues, list) or not venues or not all(isinstance(it, dict) for it in venues):
        what = "is missing" if venues is None else "is no table of a venue"
        add = (
            "Write [[venue]] on a line of its own, and its id, district, gates and capacity below."
        )
        raise ConfigError((Problem("venue", what, add),))
    try:
        config = CentralConfig.model_validate(tables, context={"folder": path.parent.absolute()})
    except ValidationError as error:
        raise ConfigError(tuple(problems_of(error, CentralConfig))) from None
    problems = tuple(_broken_rules(config))
    if problems:
        raise ConfigError(problems)
    return config


def wall_clock(text: str) -> time:
    """`03:00` as a time of day."""
    return time.fromisoformat(text)


def zone(name: str) -> ZoneInfo:
    """A time zone by its name."""
    return ZoneInfo(name)


def _broken_rules(config: CentralConfig) -> Iterator[Problem]:
    for what, names in (
        ("gates", [gate for venue in config.venue for gate in venue.gates]),
        ("id", [venue.id for venue in config.venue]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield Problem(
                    f"venue.{what}", f'"{name}" stands there {times} times', "Keep one of them."
                )
    for number, venue in enumerate(config.venue):
        if venue.reserve > venue.capacity:
            what = f"{venue.reserve} places for staff are more than the capacity {venue.capacity}"
            yield Problem(f"venue.{number}.reserve", what, "Take less than the capacity.")
    for name, section in (("mqtt", config.mqtt), ("web", config.web)):
        if (section.cert_file is None) is not (section.key_file is None):
            yield Problem(f"{name}.key_file", "goes with cert_file", "Set both, or neither.")
    if config.mqtt.cert_file is not None and config.mqtt.ca_file is None:
        yield Problem("mqtt.ca_file", "is missing", "A certificate is for TLS, which needs it.")
    if config.mqtt.password_file is not None and config.mqtt.user is None:
        yield Problem("mqtt.user", "is missing", "A password needs the name that it is for.")
