"""What central says. Pure."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from gate.model import VisitId
from gate.payloads.base import (
    Epoch,
    Nonce,
    Number,
    Payload,
    Piece,
    Sealed,
    Seq,
    Slug,
    Time,
    Version,
)


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


class Quota(Payload):
    """`G/quota`, retained, from central: how many this gate may let in.

    The right is `ceiling + out - seen - in - open - pending`, with the gate's own totals.
    """

    LIMIT: ClassVar[int] = 1024
    s: Literal["aman.quota/1"] = "aman.quota/1"
    epoch: Epoch
    version: Annotated[Version, Field(alias="qv")]
    ceiling: Annotated[Number, Field(alias="ceil")]
    """The most that the gate's `in` may become while nobody has left since."""
    seen: Number
    """The gate's `out` that central has counted in `ceiling` already."""
    reserve: Number = 0
    """Places that visitors do not get, kept for staff."""
    until: Time


class Places(Piece):
    """What one gate has told of one visit, from its first event to its last."""

    gate: Slug
    granted: Annotated[Number, Field(alias="g")] = 0
    """Grants of the visit that are open there."""
    entered: Annotated[Number, Field(alias="in")] = 0
    left: Annotated[Number, Field(alias="out")] = 0
    at: Annotated[Time, Field(alias="t")]
    """Its newest event about the visit."""


class KnownVisit(Piece):
    """One visit in a page of an answer."""

    visit: Annotated[VisitId, Field(alias="v", pattern=r"^[0-9a-f]{24}$")]
    party: Annotated[int, Field(alias="n", ge=1, le=20)]
    by: Annotated[tuple[Places, ...], Field(max_length=200)]


class Upto(Piece):
    """How far central has the events of one gate."""

    gate: Slug
    epoch: Epoch
    """The newest that central knows of."""
    seq: Seq
    """Central has all events of this epoch up to here."""


class Ans(Payload):
    """`G/ans`, from central: a page of visits. More pages are asked for with its `mark`."""

    LIMIT: ClassVar[int] = 262_144
    s: Literal["aman.ans/1"] = "aman.ans/1"
    id: Nonce
    mark: Number
    """Everything that central knew up to this mark is in this page and those before it."""
    more: bool = False
    upto: Annotated[tuple[Upto, ...], Field(max_length=200)] = ()
    """`visits` are what events up to these numbers made of them, and without `more` nothing is
    left out. A gate of which `visits` tells stands here."""
    visits: Annotated[tuple[KnownVisit, ...], Field(max_length=200)] = ()


class Cmd(Payload):
    """`G/cmd`, never retained: a signed command (docs/commands.md)."""

    LIMIT: ClassVar[int] = 4096
    s: Literal["aman.cmd/1"] = "aman.cmd/1"
    cose: Sealed
    """COSE_Sign1 by an operator's key."""


class Policy(Piece):
    """What the venue wants of its gates."""

    cut_off: Literal["soft", "deny"] = "soft"
    """A gate that does not hear the others admits and marks, or admits only whom it knows."""


class Revoked(Piece):
    """A visit whose pass counts no more."""

    visit: Annotated[VisitId, Field(alias="v", pattern=r"^[0-9a-f]{24}$")]
    until: Time | None = None
    """When its pass expires by itself, and the entry may go."""


class Cfg(Payload):
    """`V/cfg`, retained, from central: what the gates of a venue have in common."""

    LIMIT: ClassVar[int] = 262_144
    s: Literal["aman.cfg/1"] = "aman.cfg/1"
    version: Annotated[Version, Field(alias="ver")]
    gates: Annotated[tuple[Slug, ...], Field(max_length=200)]
    capacity: Number
    policy: Policy = Policy()
    revoked: Annotated[tuple[Revoked, ...], Field(max_length=3000)] = ()


class Keys(Payload):
    """`V/keys`, retained: the keys of passes, signed by the site's root key (docs/mqtt.md)."""

    LIMIT: ClassVar[int] = 131_072
    s: Literal["aman.keys/1"] = "aman.keys/1"
    version: Annotated[Version, Field(alias="ver")]
    cose: Sealed
    """COSE_Sign1 by the root key over venue, version and JWKS; its version counts."""


class Occ(Payload):
    """`V/occ`, retained, QoS 0, from central: how many are inside."""

    s: Literal["aman.occ/1"] = "aman.occ/1"
    inside: int
    lower: int
    upper: int
    """Passages not seen for certain and grants of unknown end make the bound wide."""
    capacity: Number
    free: Number
    stale: tuple[Slug, ...] = ()
    """Gates that have not been heard of for too long."""
    ts: Time
