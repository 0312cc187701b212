"""What a gate says. Pure."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from gate.model import Direction, VisitId
from gate.payloads.base import Code, Epoch, Nonce, Number, Payload, Piece, Seq, Slug, Time

SCHEMAS = (
    *("aman.status/1", "aman.ctr/1", "aman.evt/1", "aman.ask/1", "aman.res/1"),
    *("aman.ack/1", "aman.quota/1", "aman.ans/1", "aman.cmd/1", "aman.cfg/1", "aman.keys/1"),
)


class Lane(Piece):
    """What the lane is: birth certificate, part of `Meta`."""

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
    schemas: tuple[Code, ...] = SCHEMAS
    """The payloads that this gate says or understands."""
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
    """Head of the hash chain over the events: the link of event `seq` (docs/audit.md)."""


class EvtItem(Piece):
    """One event in a batch."""

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


class Ask(Payload):
    """`G/ask`: which visits have changed since `since`?"""

    LIMIT: ClassVar[int] = 1024
    s: Literal["aman.ask/1"] = "aman.ask/1"
    gate: Slug
    id: Nonce
    """The answer carries the same."""
    since: Number
    """The `mark` of the last page that came; 0 for all visits."""


class Res(Payload):
    """`G/res`: what became of a command."""

    s: Literal["aman.res/1"] = "aman.res/1"
    gate: Slug
    id: Nonce | None = None
    """The command's nonce (claim `cti`), where one could be read."""
    ok: bool
    code: Code
    """`done`, or the stable code of why not."""
    detail: Annotated[str | None, Field(max_length=1024)] = None
    ts: Time
