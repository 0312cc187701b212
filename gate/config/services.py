"""The sections about what the gate reports to, keeps its records in, and answers on."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from gate.config.fields import (
    DAYS,
    HOST,
    SECONDS,
    SLUG_32,
    USER,
    DataPath,
    PlacedPath,
    Section,
)


class Mqtt(Section):
    """The broker."""

    enabled: bool = Field(default=True, description="Whether the gate reports anywhere.")
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
    protocol: Literal[5, 4] = Field(
        5, description="5 is MQTT 5. 4 is MQTT 3.1.1, which knows no will_delay_s."
    )
    home_assistant: bool = Field(
        default=False,
        description="Whether the gate tells a Home Assistant on the same broker how to show it.",
    )
    keepalive_s: int = Field(
        20,
        ge=5,
        le=300,
        description="A dead link is noticed after one or two of these.",
        json_schema_extra=SECONDS,
    )
    will_delay_s: int = Field(
        25,
        ge=0,
        le=300,
        description="How long the broker waits before it calls a silent gate lost.",
        json_schema_extra=SECONDS,
    )
    user: str | None = Field(
        None,
        pattern=r"^[ -~]{1,128}$",
        description="User name at the broker.",
        json_schema_extra=USER,
        examples=["t01-a"],
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
        None, description="Certificate of this gate (PEM).", examples=["gate.pem"]
    )
    operators: PlacedPath | None = Field(
        None,
        description="Public keys of those who may send commands (JWKS). Without it no command is"
        " obeyed.",
        examples=["operators.json"],
    )
    key_file: PlacedPath | None = Field(
        None, description="Private key of that certificate (PEM).", examples=["gate.key"]
    )


class Store(Section):
    """The database of events."""

    acknowledged: bool = Field(
        default=True,
        description="Whether a central server acknowledges events. Then a row goes once it has,"
        " however long that takes.",
    )
    retain_days: int = Field(
        30,
        ge=1,
        le=3650,
        description="With acknowledged = false: how long a row stays.",
        json_schema_extra=DAYS,
    )


class Status(Section):
    """Where a running gate answers questions."""

    socket: DataPath = Field(
        Path("status.sock"),
        description="Unix socket where `gate status` asks. Relative to data_dir.",
    )
