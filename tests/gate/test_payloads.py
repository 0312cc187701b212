"""The payloads byte for byte, and what comes from outside."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Direction, Utc, VisitId
from gate.payloads import (
    Ack,
    Ans,
    Ask,
    CentralState,
    Cfg,
    Cmd,
    Ctr,
    Evt,
    EvtItem,
    Keys,
    KnownVisit,
    Malformed,
    Meta,
    Occ,
    Payload,
    Places,
    Policy,
    Quota,
    Res,
    Revoked,
    Status,
    decode,
    format_utc,
)

AT = Utc(1_772_357_400.25)
VISIT = VisitId("5b1f9c0e77aa0c11d2e3f405")
MODELS: list[type[Payload]] = [
    *(Ack, Ans, Ask, CentralState, Cfg, Cmd, Ctr, Evt, Keys, Meta, Occ, Quota, Res, Status)
]


def test_ctr_reads_as_in_the_contract() -> None:
    ctr = Ctr(
        gate="t01-a",
        epoch="7f3c2a91",
        entered=1289,
        left=1104,
        pending=0,
        seq=2393,
        qv=41,
        ts=AT,
        clk="ntp",
        head="9c1e",
    )

    assert ctr.encode() == (
        b'{"s":"aman.ctr/1","gate":"t01-a","epoch":"7f3c2a91","in":1289,"out":1104,"pending":0,'
        b'"seq":2393,"qv":41,"uncertain":false,"ts":"2026-03-01T09:30:00.250Z","clk":"ntp",'
        b'"head":"9c1e"}'
    )


def test_evt_reads_as_in_the_contract_and_leaves_absent_fields_out() -> None:
    passage = EvtItem(
        seq=2392,
        at=AT,
        kind="passage",
        direction=Direction.IN,
        visit=VisitId("5b1f9c0e77aa0c11d2e3f405"),
        n=4,
        reason="ok",
    )
    alarm = EvtItem(seq=2393, at=AT, kind="alarm", reason="fault", detail="camera: no frame")

    assert Evt(gate="t01-a", epoch="7f3c2a91", events=(passage, alarm)).encode() == (
        b'{"s":"aman.evt/1","gate":"t01-a","epoch":"7f3c2a91","ev":['
        b'{"seq":2392,"t":"2026-03-01T09:30:00.250Z","k":"passage","d":"in",'
        b'"v":"5b1f9c0e77aa0c11d2e3f405","n":4,"r":"ok"},'
        b'{"seq":2393,"t":"2026-03-01T09:30:00.250Z","k":"alarm","r":"fault",'
        b'"x":"camera: no frame"}]}'
    )


def test_quota_reads_as_in_the_contract() -> None:
    quota = Quota(epoch="7f3c2a91", version=41, ceiling=1330, seen=1104, reserve=5, until=AT)

    assert quota.encode() == (
        b'{"s":"aman.quota/1","epoch":"7f3c2a91","qv":41,"ceil":1330,"seen":1104,"reserve":5,'
        b'"until":"2026-03-01T09:30:00.250Z"}'
    )


def test_the_last_will_knows_no_time_and_no_backlog() -> None:
    will = Status(gate="t01-a", state="lost", boot=7)

    assert will.encode() == b'{"s":"aman.status/1","gate":"t01-a","state":"lost","boot":7}'


@pytest.mark.parametrize(
    "payload",
    [
        Meta(
            gate="t01-a",
            venue="mall",
            district="jkt",
            epoch="7f3c2a91",
            software="0.1.0",
            hardware="Raspberry Pi Zero 2 W",
            ts=AT,
        ),
        Status(
            gate="t01-a", state="online", boot=3, backlog=2, faults=("camera",), mode="free", ts=AT
        ),
        Ctr(gate="t01-a", epoch="7f3c2a91", entered=1, left=0, pending=2, seq=3, ts=AT, clk="rtc"),
        Evt(gate="t01-a", epoch="7f3c2a91", events=(EvtItem(seq=1, at=AT, kind="recount"),)),
        Ack(epoch="7f3c2a91", seq=2380),
        CentralState(state="online"),
        Quota(epoch="7f3c2a91", version=41, ceiling=1330, seen=1104, reserve=5, until=AT),
        Ask(gate="t01-a", id="0123456789abcdef", since=12),
        Ans(
            id="0123456789abcdef",
            mark=40,
            more=True,
            visits=(
                KnownVisit(
                    visit=VISIT,
                    party=4,
                    by=(Places(gate="t01-b", granted=1, entered=2, left=1, at=AT),),
                ),
            ),
        ),
        Cmd(cose="0oRD"),
        Res(gate="t01-a", id="0123456789abcdef", ok=False, code="expired", detail="late", ts=AT),
        Cfg(
            version=3,
            gates=("t01-a", "t01-b"),
            capacity=500,
            policy=Policy(cut_off="deny"),
            revoked=(Revoked(visit=VISIT, until=AT), Revoked(visit=VISIT)),
        ),
        Keys(version=2, cose="0oRD"),
        Occ(inside=3, lower=3, upper=4, capacity=500, free=497, stale=("t01-b",), ts=AT),
    ],
)
def test_what_is_written_can_be_read(payload: Payload) -> None:
    assert decode(type(payload), payload.encode()) == payload


def test_unknown_fields_are_ignored_and_unknown_kinds_of_events_are_read() -> None:
    evt = decode(
        Evt,
        b'{"s":"aman.evt/1","gate":"t01-b","epoch":"7f3c2a91","later":{"deep":[1]},"ev":['
        b'{"seq":1,"t":"2026-03-01T09:30:00Z","k":"levitation","colour":"blue"}]}',
    )

    assert isinstance(evt, Evt)
    assert evt.events[0].kind == "levitation"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"null", "object"),
        (b"[]", "object"),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91"}', "seq: Field required"),
        (b'{"epoch":"7f3c2a91","seq":1}', "s: missing"),
        (b'{"s":"aman.ack/2","epoch":"7f3c2a91","seq":1}', "s: Input should be 'aman.ack/1'"),
        (b'{"s":"aman.ack/1","epoch":"7F3C2A91","seq":1}', "epoch: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91\\n","seq":1}', "epoch: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":-1}', "seq: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":"1"}', "seq: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":true}', "seq: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":1.5}', "seq: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":9223372036854775808}', "seq: "),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":1e400}', ""),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":' + b"9" * 900 + b"}", ""),
        (b"[" * 1000, ""),
        (b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":1}' + b" " * 1024, "bytes, more than 1024"),
    ],
)
def test_a_malformed_acknowledgement_is_a_value_with_a_reason(payload: bytes, reason: str) -> None:
    answer = decode(Ack, payload)

    assert isinstance(answer, Malformed)
    assert reason in answer.reason
    assert len(answer.reason) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(model=st.sampled_from(MODELS), payload=st.binary(max_size=200))
def test_no_bytes_cause_an_exception(model: type[Payload], payload: bytes) -> None:
    assert isinstance(decode(model, payload), Malformed)


@given(model=st.sampled_from(MODELS), fields=st.data())
def test_no_json_causes_an_exception(model: type[Payload], fields: st.DataObject) -> None:
    """Every known field with anything in it: mostly refused, never a traceback."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    document = {name: fields.draw(JSON) for name in names}

    answer = decode(model, json.dumps(document).encode())

    assert isinstance(answer, Malformed)


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01",
        "2026-13-01T00:00:00Z",
        "2026-03-01T09:30:00+07:00",
        "soon",
        "٢026-03-01T09:30:00Z",
    ],
)
def test_a_time_that_is_not_utc_is_malformed(time: str) -> None:
    payload = json.dumps(
        {"s": "aman.status/1", "gate": "a", "state": "online", "boot": 1, "ts": time}
    )

    assert isinstance(decode(Status, payload.encode()), Malformed)


@pytest.mark.parametrize(
    "time", ["NaN", "Infinity", "-Infinity", "1e300", "-1", "0", "1.5", "true"]
)
def test_a_time_that_is_a_number_is_malformed(time: str) -> None:
    """JSON has no NaN, and readers that take it all the same end up with no time at all."""
    payload = b'{"s":"aman.status/1","gate":"a","state":"online","boot":1,"ts":' + time.encode()

    assert isinstance(decode(Status, payload + b"}"), Malformed)


@given(ms=st.integers(0, 4_102_444_800_000))
def test_a_time_survives_to_the_millisecond(ms: int) -> None:
    status = Status(gate="a", state="online", boot=1, ts=Utc(ms / 1000))

    again = decode(Status, status.encode())

    assert isinstance(again, Status)
    assert again.ts is not None
    assert round(again.ts * 1000) == ms


def test_a_time_just_below_a_second_is_rounded_without_losing_it() -> None:
    assert format_utc(Utc(0.9996)) == "1970-01-01T00:00:01.000Z"
