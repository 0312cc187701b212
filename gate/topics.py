"""The topics on MQTT: who says what where. Pure.

`{root}/v1/{district}/{venue}` is a venue, `.../g/{gate}` a gate; gate ids are unique over the whole
broker. The major version stands in the topic: another one is another tree.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Venue:
    """What central says to all gates of a venue; retained."""

    cfg: str
    keys: str
    occ: str
    evt: str
    """Not central: what happens at each of its gates."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one gate."""

    meta: str
    status: str
    ctr: str
    evt: str
    ask: str
    res: str
    ack: str
    quota: str
    ans: str
    cmd: str
    discovery: str
    """Of Home Assistant, outside our tree."""
    venue: Venue
    central: str
    """Not the gate's own: whether central is there."""


def topics(*, root: str, district: str, venue: str, gate: str) -> Topics:
    """The topics of the gate with this id; `root` is `aman` unless the broker is shared."""
    mall = f"{root}/v1/{district}/{venue}"
    own = f"{mall}/g/{gate}"
    return Topics(
        meta=f"{own}/meta",
        status=f"{own}/status",
        ctr=f"{own}/ctr",
        evt=f"{own}/evt",
        ask=f"{own}/ask",
        res=f"{own}/res",
        ack=f"{own}/ack",
        quota=f"{own}/quota",
        ans=f"{own}/ans",
        cmd=f"{own}/cmd",
        discovery=f"homeassistant/device/{gate}/config",
        venue=Venue(
            cfg=f"{mall}/cfg", keys=f"{mall}/keys", occ=f"{mall}/occ", evt=f"{mall}/g/+/evt"
        ),
        central=f"{root}/v1/central/state",
    )
