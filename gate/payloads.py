"""The JSON payloads on MQTT: their one home. Pure.

Major versions stand in `s` and in the topic (`gate.topics`); within one major only additions are
made, so unknown fields are ignored at reading. Times are RFC 3339 in UTC with milliseconds. A
payload from outside is bytes until `decode` has looked at it: it answers with a model or with
`Malformed`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)

from gate.model import Direction, Utc, VisitId

LARGEST_SEQ = 2**63 - 1
"""SQLite's largest row number."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def format_utc(at: Utc) -> str:
    """`2026-03-01T09:30:00.250Z`."""
    seconds, ms = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def parse_utc(text: object) -> object:
    """The moment that `format_utc` wrote; whatever is no text is left for the model to judge.

    Raises ValueError where the text is no such time.
    """
    if not isinstance(text, str):
        return text
    if not _TIME.fullmatch(text):
        raise ValueError("not a time like 2026-03-01T09:30:00.250Z")
    return datetime.fromisoformat(text).timestamp()


Time = Annotated[
    Utc,
    BeforeValidator(parse_utc),
    PlainSerializer(format_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Epoch = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ)]
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]  # what every JSON reader keeps exactly
Code = Annotated[str, Field(max_length=32)]


class Payload(BaseModel):
    """What all payloads have in common; `LIMIT` is the size in bytes that is looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)
    LIMIT: ClassVar[int] = 4096
    s: str

    def encode(self) -> bytes:
        """JSON, UTF-8, absent fields left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """The model. Raises ValueError where the bytes are not it; most want `decode`."""
        if len(payload) > cls.LIMIT:
            raise ValueError(f"{len(payload)} bytes, more than {cls.LIMIT}")
        model = cls.model_validate_json(payload)
        if "s" not in model.model_fields_set:
            raise ValueError("s: missing")
        return model


class Lane(BaseModel):
    """What the lane is: birth certificate, part of `Meta`."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    scan: Literal["entry", "exit"]
    sensors: Code
    """`two_beams`, `contacts`, `one`: how passages are seen."""


class Meta(Payload):
    """`G/meta`, retained: birth certificate."""

    s: Literal["aman.meta/1"] = "aman.meta/1"
    gate: Slug
    venue: Slug
    district: Slug
    epoch: Epoch
    software: Annotated[str, Field(max_length=64)]
    hardware: Annotated[str, Field(max_length=128)]
    lane: Lane | None = None
    schemas: tuple[Code, ...] = ("aman.status/1", "aman.ctr/1", "aman.evt/1", "aman.ack/1")
    ts: Time


class Status(Payload):
    """`G/status`, retained, and the last will (which knows no time and no backlog)."""

    s: Literal["aman.status/1"] = "aman.status/1"
    gate: Slug
    state: Literal["online", "offline", "lost"]
    boot: Number
    backlog: Number | None = None
    """Events that central (without one: the broker) does not have yet."""
    faults: tuple[Code, ...] | None = None
    mode: Code | None = None
    ts: Time | None = None


class Ctr(Payload):
    """`G/ctr`, retained: cumulative totals; merged per (gate, epoch) by maximum."""

    s: Literal["aman.ctr/1"] = "aman.ctr/1"
    gate: Slug
    epoch: Epoch
    entered: Annotated[Number, Field(alias="in")]
    left: Annotated[Number, Field(alias="out")]
    pending: Number
    """Grants open or of unknown end: the bound is [in, in + pending]."""
    seq: Seq
    qv: Number | None = None
    """The quota version that the gate has adopted."""
    uncertain: bool = False
    ts: Time
    clk: Code
    """State of the gate's clock: `ntp`, `rtc`, `unsure`."""
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")] | None = None
    """Head of the hash chain over the events."""


class EvtItem(BaseModel):
    """One event in a batch."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)
    seq: Seq
    at: Annotated[Time, Field(alias="t")]
    kind: Annotated[Code, Field(alias="k")]
    """`gate.rows.Kind`; plain text here, because a newer gate may know more kinds."""
    direction: Annotated[Direction | None, Field(alias="d")] = None
    visit: Annotated[VisitId | None, Field(alias="v", pattern=r"^[0-9a-f]{24}$")] = None
    n: Number | None = None
    """Size of the party; for `recovered` after a power cut, the grants of unknown end."""
    reason: Annotated[Code | None, Field(alias="r")] = None
    detail: Annotated[str | None, Field(alias="x", max_length=256)] = None


class Evt(Payload):
    """`G/evt`: a batch. The key of an event is (gate, epoch, seq); de-duplicate by it."""

    LIMIT: ClassVar[int] = 65536
    s: Literal["aman.evt/1"] = "aman.evt/1"
    gate: Slug
    epoch: Epoch
    events: Annotated[tuple[EvtItem, ...], Field(alias="ev", min_length=1, max_length=50)]


class Ack(Payload):
    """`G/ack`, retained, from central: all events up to `seq` are on its disk."""

    LIMIT: ClassVar[int] = 1024
    s: Literal["aman.ack/1"] = "aman.ack/1"
    epoch: Epoch
    seq: Seq


class CentralState(Payload):
    """`{root}/v1/central/state`, retained, once per connection of central; and its last will."""

    LIMIT: ClassVar[int] = 1024
    s: Literal["aman.central/1"] = "aman.central/1"
    state: Literal["online", "offline"]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes from outside that are not the payload they should be: a value, not an exception."""

    reason: str


P = TypeVar("P", bound=Payload)


def decode(model: type[P], payload: bytes) -> P | Malformed:
    """Read `payload` as `model`; whatever is wrong with it is in the `Malformed`."""
    try:
        return model.parse(payload)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        return Malformed(f"{where}: {first['msg']}" if where else first["msg"])
    except ValueError as error:
        return Malformed(str(error))
