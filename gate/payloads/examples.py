"""One message of each kind, as they follow each other on a morning. For documents and tests."""

from gate.model import Direction, Utc, VisitId
from gate.payloads.base import Payload
from gate.payloads.central import (
    Ack,
    Ans,
    CentralState,
    Cfg,
    Cmd,
    Keys,
    KnownVisit,
    Occ,
    Places,
    Policy,
    Quota,
    Revoked,
    Upto,
)
from gate.payloads.gate import Ask, Ctr, Evt, EvtItem, Lane, Meta, Res, Status

_NOW = Utc(1_772_357_400.25)
_EPOCH = "7f3c2a91"
_VISIT = VisitId("5b1f9c0e77aa0c11d2e3f405")
_NONCE = "8f0c1d52a7e94b36b1c0d9e8f7a6b5c4"
_LINK = "9c1e0d6fb52a7c43e8815f6a0b9d2c7e4f103a8d5c6b7e9f0a1b2c3d4e5f6071"
_COSE = "0oRKogEnBEVvcHMtMaBYL6UDZXQwMS1h"

EXAMPLES: dict[type[Payload], Payload] = {
    type(example): example
    for example in (
        Meta(
            gate="t01-a",
            venue="mall-t01",
            district="pusat",
            epoch=_EPOCH,
            software="aman-gate 0.1.0",
            hardware="Linux-6.12.34+rpt-rpi-v8-aarch64-with-glibc2.41",
            lane=Lane(scan="entry", sensors="two_beams"),
            ts=_NOW,
        ),
        Status(
            gate="t01-a",
            state="online",
            boot=17,
            backlog=0,
            faults=("thermometer",),
            mode="normal",
            ts=_NOW,
        ),
        Ctr(
            gate="t01-a",
            epoch=_EPOCH,
            entered=1289,
            left=1104,
            pending=0,
            seq=2393,
            qv=41,
            ts=_NOW,
            clk="ntp",
            head=_LINK,
        ),
        Evt(
            gate="t01-a",
            epoch=_EPOCH,
            events=(
                EvtItem(
                    seq=2392,
                    at=_NOW,
                    kind="passage",
                    direction=Direction.IN,
                    visit=_VISIT,
                    n=4,
                    reason="ok",
                ),
                EvtItem(seq=2393, at=_NOW, kind="alarm", reason="fault", detail="thermometer"),
            ),
        ),
        Ask(gate="t01-a", id=_NONCE, since=812),
        Res(
            gate="t01-a",
            id=_NONCE,
            ok=False,
            code="expired",
            detail="open_once by ops-1, 12 s ago",
            ts=_NOW,
        ),
        Ack(epoch=_EPOCH, seq=2380),
        Quota(epoch=_EPOCH, version=41, ceiling=1330, seen=1104, reserve=5, until=_NOW),
        Ans(
            id=_NONCE,
            mark=840,
            upto=(
                Upto(gate="t01-a", epoch=_EPOCH, seq=2393),
                Upto(gate="t01-b", epoch="1b90c4de", seq=871),
            ),
            visits=(
                KnownVisit(
                    visit=_VISIT,
                    party=4,
                    by=(
                        Places(gate="t01-a", entered=2, at=_NOW),
                        Places(gate="t01-b", granted=1, entered=1, at=_NOW),
                    ),
                ),
            ),
        ),
        Cmd(cose=_COSE),
        Cfg(
            version=12,
            gates=("t01-a", "t01-b"),
            capacity=500,
            policy=Policy(cut_off="soft"),
            revoked=(Revoked(visit=_VISIT, until=_NOW),),
        ),
        Keys(version=7, cose=_COSE),
        Occ(inside=185, lower=185, upper=186, capacity=500, free=315, stale=("t01-b",), ts=_NOW),
        CentralState(state="online"),
    )
}
