"""The chain over the events, as anybody on the other side can work it out."""

import json
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from gate.chain import Fields, link, origin
from gate.events import Count, RaiseAlarm, RecordGrant, RecordRefusal
from gate.model import (
    Alarm,
    Direction,
    GrantId,
    Part,
    Pass,
    Reason,
    RefusalCode,
    Utc,
    VisitId,
)
from gate.opening import open_store
from gate.payloads import Evt
from gate.reader import Reader
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.257)
PASS = Pass(VisitId("5b1f9c0e77aa0c11d2e3f405"), 4, NOW, Utc(NOW + 3600))
EVENT: Fields = (2392, 1_772_357_400_257, "passage", "in", PASS.visit, 4, "ok", None)


def test_an_event_is_hashed_as_these_bytes() -> None:
    """Written down from RFC 8949, not from the program."""
    cbor = bytes.fromhex(
        "88"  # array of 8
        "190958"  # 2392
        "1b0000019ca8bbb6c1"  # 1772357400257
        "67" + b"passage".hex() + "62" + b"in".hex() + "7818" + PASS.visit.encode().hex() + "04"
        "62" + b"ok".hex() + "f6"
    )

    assert link(b"p" * 32, EVENT) == sha256(b"p" * 32 + cbor).digest()
    assert origin("7f3c2a91") == sha256(b"aman.chain/1 7f3c2a91").digest()


@pytest.mark.parametrize("place", range(len(EVENT)))
def test_each_field_is_in_the_link(place: int) -> None:
    other = list(EVENT)
    other[place] = 7 if isinstance(EVENT[place], int) else "other"

    assert link(bytes(32), tuple(other)) != link(bytes(32), EVENT)  # type: ignore[arg-type] # by place


def cbor(value: object) -> bytes:
    """A second encoder, of what an event may hold: somebody else's, in another language."""
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    assert isinstance(value, str)
    return head(3, len(value.encode())) + value.encode()


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4, 8) if number < 1 << 8 * size)
    return bytes([major << 5 | 24 + size.bit_length() - 1]) + number.to_bytes(size, "big")


def test_who_has_the_evt_payloads_can_work_out_the_head(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    store, loaded = open_store(
        path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
    )
    with closing(store):
        store.apply_all(
            [
                *((Count(Direction.OUT, Reason.OK), Utc(NOW + n / 7)) for n in range(300)),
                (RecordGrant(GrantId(1), Reason.OK, PASS), NOW),
                (Count(Direction.IN, Reason.OK, GrantId(1), PASS), Utc(NOW + 0.0004)),
                (
                    RecordRefusal(RefusalCode.NOT_A_PASS, 'héé "\\\u2028\x01 😀' * 15),
                    Utc(NOW + 7.1),
                ),
                (RaiseAlarm(Alarm.FAULT, Part.CAMERA, "no frame"), Utc(NOW + 86_400)),
            ]
        )
    with closing(Reader(path)) as reader:
        standing = reader.standing()
        payloads = [
            Evt(gate="t01-a", epoch=loaded.epoch, events=reader.events_after(mark, 50)).encode()
            for mark in range(0, standing.seq, 50)
        ]

    at = sha256(f"aman.chain/1 {loaded.epoch}".encode()).digest()
    for event in (event for payload in payloads for event in json.loads(payload)["ev"]):
        moment = datetime.fromisoformat(event["t"])
        t = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
        fields = [event["seq"], t, *(event.get(name) for name in "kdvnrx")]
        at = sha256(at + b"\x88" + b"".join(map(cbor, fields))).digest()

    assert (standing.seq, standing.head) == (304, at)
