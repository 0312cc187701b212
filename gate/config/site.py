"""The sections about the site: which gate this is, whom it admits, and where it reports."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gate.config.fields import (
    CELSIUS,
    PEOPLE,
    SECONDS,
    SLUG_16,
    SLUG_32,
    PlacedPath,
    Section,
)
from gate.model import Direction, Mode


class Gate(Section):
    """Which gate this is, and what it does."""

    id: str = Field(
        pattern=r"^[a-z0-9-]{1,32}$",
        description="Name of this gate, unique over the whole broker.",
        json_schema_extra=SLUG_32,
        examples=["t01-a"],
    )
    venue: str = Field(
        pattern=r"^[a-z0-9-]{1,16}$",
        description="Name of the venue. Passes are made out for it.",
        json_schema_extra=SLUG_16,
        examples=["mall-t01"],
    )
    district: str = Field(
        pattern=r"^[a-z0-9-]{1,16}$",
        description="Name of the district. Stands in the MQTT topics.",
        json_schema_extra=SLUG_16,
        examples=["pusat"],
    )
    scan: Literal["entry", "exit"] = Field(
        "entry",
        description="Whom the camera looks at: people who come, or people who leave. An exit lane"
        " refuses nobody and measures nobody.",
    )
    mode: Annotated[Mode, Field(strict=False)] = Field(
        Mode.NORMAL,
        description="What the lane does until an operator says otherwise. free: the entry stands"
        " open and people are counted. locked: nobody enters. count_only: a lane without a"
        " barrier. No mode takes the way out away.",
    )
    key_mode: Annotated[Mode, Field(strict=False)] = Field(
        Mode.LOCKED,
        description="What the lane does while the key switch of [turnstile] is turned, whatever"
        " an operator said.",
    )
    drain_s: float = Field(
        10.0,
        ge=0,
        le=60,
        description="How long a stop waits for people who have a grant to walk through.",
        json_schema_extra=SECONDS,
    )
    notice_s: float = Field(
        4.0,
        ge=1,
        le=30,
        description="How long a refusal stands on the screen. The next visitor need not wait for"
        " its end.",
        json_schema_extra=SECONDS,
    )
    data_dir: PlacedPath = Field(
        Path("/var/lib/gate"),
        validate_default=True,
        description="Folder of the database.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The log gets this and what is worse."
    )

    @property
    def direction(self) -> Direction:
        """Which way those go whom the camera looks at."""
        return Direction.IN if self.scan == "entry" else Direction.OUT


class Passes(Section):
    """Which passes are genuine."""

    keys: PlacedPath = Field(
        Path("keys.json"),
        validate_default=True,
        description="Public keys of those who issue passes (JWKS, RFC 7517).",
    )
    root: PlacedPath | None = Field(
        None,
        description="Public key of the site (JWKS). Keys that central sends are taken when it has"
        " signed them, and their version is higher than that of the file. Without it none are.",
        examples=["root.json"],
    )
    revoked: PlacedPath | None = Field(
        None,
        description="List of revoked visits, one visit id a line, as `gate pass show` prints it;"
        " at most 4 MiB; read again when it changes, as the keys are.",
        examples=["revoked.txt"],
    )
    skew_s: float = Field(
        60.0,
        ge=0,
        le=600,
        description="How far the clocks of the issuing side and of the gate may be apart.",
        json_schema_extra=SECONDS,
    )
    on_clock_fault: Literal["attendant", "closed", "open_with_log"] = Field(
        "attendant",
        description="What a clock that cannot be relied on means. attendant: passes are refused,"
        " the attendant may admit. closed: nobody is admitted. open_with_log: genuine passes are"
        " admitted whatever their times, with that on record.",
    )


class Visit(Section):
    """How often one pass may be used."""

    reentry: Literal["never", "after_exit", "free"] = Field(
        "never",
        description="Whether a place of the party may be used again. after_exit: once somebody"
        " left with the pass shown. free: always.",
    )
    reentry_within_s: float = Field(
        3600.0,
        ge=60,
        le=86_400,
        description='With reentry = "after_exit": how long after the exit.',
        json_schema_extra=SECONDS,
    )
    already_inside: Literal["soft", "attendant"] = Field(
        "attendant",
        description="A complete party is shown again after a while, so it seems to have left"
        " unseen. soft: admit and mark. attendant: send to staff.",
    )
    unclosed_after_s: float = Field(
        900.0,
        ge=0,
        le=86_400,
        description="How long that while is.",
        json_schema_extra=SECONDS,
    )
    rest_s: float = Field(
        300.0,
        ge=60,
        le=3600,
        description="How long somebody warm rests before being measured again.",
        json_schema_extra=SECONDS,
    )
    keep_s: float = Field(
        3600.0,
        ge=0,
        le=2_678_400,
        description="How long a visit is remembered after its pass expired.",
        json_schema_extra=SECONDS,
    )
    allow_part: bool = Field(
        default=False,
        description="Whether a part of a party may enter where the whole does not fit.",
    )


class Screening(Section):
    """Whom a temperature stops. A pre-check, no medical device."""

    mode: Literal["hard", "soft", "off"] = Field(
        "hard",
        description="hard: warm people are sent to rest, then to staff. soft: everybody is"
        " measured and admitted, with it on record. off: nobody is measured; an exit lane needs"
        " this.",
    )
    limit_c: float = Field(
        37.3,
        ge=36.0,
        le=39.0,
        description="The limit, of the body-equivalent temperature.",
        json_schema_extra=CELSIUS,
    )
    guard_c: float | None = Field(
        None,
        ge=0.2,
        le=1.0,
        description="Half the band around the limit in which a person is measured once more."
        " Without it, the uncertainty of the thermometer's variant.",
        json_schema_extra=CELSIUS,
        examples=[0.4],
    )
    admit_floor_c: float = Field(
        34.5,
        ge=32.0,
        le=36.0,
        description="What is colder than this was no forehead: measure again.",
        json_schema_extra=CELSIUS,
    )
    site_offset_c: float = Field(
        0.0,
        ge=-1.0,
        le=2.0,
        description="Body-equivalent = skin + site_offset_c + site_k x (skin - ambient). 0 until"
        " the site has paired measurements.",
        json_schema_extra=CELSIUS,
    )
    site_k: float = Field(
        0.0,
        ge=0.0,
        le=0.2,
        description="See site_offset_c. 0 until the site has paired measurements.",
    )
    on_fault: Literal["attendant", "closed", "open_with_log"] = Field(
        "attendant",
        description="What a lost thermometer means: the attendant decides about each person, the"
        " entry is closed, or people enter unmeasured with that on record.",
    )
    person_within_s: float = Field(
        20.0,
        ge=5,
        le=120,
        description="How long the lane waits for the next forehead of a party.",
        json_schema_extra=SECONDS,
    )
    staff_within_s: float = Field(
        60.0,
        ge=5,
        le=600,
        description="How long it waits for the attendant.",
        json_schema_extra=SECONDS,
    )
    record_values: bool = Field(
        default=False,
        description="Whether the number that was decided on goes on record with what was decided,"
        " and to central. Else only the outcome does: the number is shown and forgotten.",
    )


class Limit(Section):
    """How many may be inside."""

    standalone_capacity: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="How many people this gate alone may have inside, at a site without a central"
        " server. Without it the right comes from central, and there is none before it has come;"
        " with it no quota of central's is looked at.",
        json_schema_extra=PEOPLE,
        examples=[500],
    )
    reserve: int = Field(
        0,
        ge=0,
        le=1000,
        description="Places of standalone_capacity that visitors do not get, kept for staff.",
        json_schema_extra=PEOPLE,
    )
