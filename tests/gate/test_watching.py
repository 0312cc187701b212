from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from gate.acl import Place
from gate.commands.watch.screen import picture
from gate.link import Arrived
from gate.model import Utc
from gate.payloads import CentralState, Ctr, Evt, EvtItem, Occ, Payload, Status
from gate.watching import Known, connected, disconnected, heard, in_words, sums

NOW = Utc(1_800_000_000.0)
A, B = Place("jkt", "mall", "t01-a"), Place("jkt", "mall", "t01-b")


def begin() -> Known:
    return connected(Known("aman"), NOW)[0]


def topic(place: Place, word: str) -> str:
    return f"aman/v1/{place.district}/{place.venue}/g/{place.gate}/{word}"


def take(known: Known, where: str, what: Payload | bytes, *, kept: bool = False) -> Known:
    payload = what if isinstance(what, bytes) else what.encode()
    return heard(known, Arrived(where, payload, kept), NOW)[0]


def ctr(gate: str, entered: int, left: int, **more: object) -> Ctr:
    words = {"epoch": "0000000a", "pending": 0, "seq": entered + left, **more}
    return Ctr.model_validate(
        {"gate": gate, "in": entered, "out": left, "ts": NOW, "clk": "ntp", **words}
    )


def evt(*seqs: int, epoch: str = "0000000a") -> Evt:
    events = tuple(EvtItem(seq=seq, at=NOW, kind="refused", reason="expired") for seq in seqs)
    return Evt(gate="t01-a", epoch=epoch, events=events)


def shown(known: Known) -> str:
    text = StringIO()
    Console(file=text, width=200).print(picture(known, Utc(NOW + 90)))
    return text.getvalue()


def test_the_sums_are_over_all_gates_and_all_their_epochs() -> None:
    known = begin()
    for place, said in [
        (A, ctr("t01-a", 10, 4)),
        (A, ctr("t01-a", 3, 0, epoch="0000000b", pending=2)),
        (B, ctr("t01-b", 0, 5)),
    ]:
        known = take(known, topic(place, "ctr"), said)

    total = sums(*known.gates.values())

    assert (total.entered, total.left, total.lower, total.upper) == (13, 9, 4, 6)


def test_a_late_word_takes_no_total_back_but_pending_may_fall() -> None:
    known = take(begin(), topic(A, "ctr"), ctr("t01-a", 10, 4, pending=3))
    known = take(known, topic(A, "ctr"), ctr("t01-a", 9, 4, pending=1))
    assert sums(known.gates[A]).entered == 10
    assert sums(known.gates[A]).pending == 3

    known = take(known, topic(A, "ctr"), ctr("t01-a", 11, 4, pending=0))

    assert sums(known.gates[A]).pending == 0
    assert known.gates[A].ctr == ctr("t01-a", 11, 4)


def test_an_event_is_told_once_however_often_it_comes() -> None:
    known = take(begin(), topic(A, "evt"), evt(1, 2))
    known, news = heard(known, Arrived(topic(A, "evt"), evt(2, 3).encode(), retained=False), NOW)
    assert [it.event.seq for it in news if it.event] == [3]

    _, news = heard(
        known, Arrived(topic(A, "evt"), evt(1, epoch="0000000b").encode(), retained=False), NOW
    )

    assert len(news) == 1  # another epoch numbers anew


def test_while_the_broker_is_away_all_is_stale_and_afterwards_until_the_gate_speaks() -> None:
    known = take(begin(), topic(A, "ctr"), ctr("t01-a", 1, 0))
    known = take(known, topic(B, "ctr"), ctr("t01-b", 1, 0))
    assert not known.stale(A)

    known, news = disconnected(known, "no answer", NOW)
    assert [it.what for it in news] == ["away: no answer"]
    assert disconnected(known, "no answer", NOW)[1] == ()
    assert known.stale(A)
    assert "THE BROKER IS AWAY (no answer)" in shown(known)

    known = take(connected(known, NOW)[0], topic(A, "ctr"), ctr("t01-a", 1, 0), kept=True)
    assert (known.stale(A), known.stale(B)) == (False, True)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (topic(A, "ctr"), b"garbage"),
        (topic(A, "ctr"), b"[" * 100_000),
        (topic(A, "status"), b"\x00\xff"),
        (topic(A, "evt"), b'{"s":"aman.evt/1"}'),
        (topic(A, "ctr"), ctr("t01-b", 1, 0)),  # of another gate
        ("aman/v1/jkt/mall/occ", b""),
        ("aman/v1/central/state", b"{}"),
    ],
)
def test_what_is_malformed_is_counted_and_changes_nothing(
    where: str, what: Payload | bytes
) -> None:
    known = begin()

    after = take(known, where, what)

    assert replace(after, malformed=0, news=known.news) == known
    assert after.malformed == 1
    assert "malformed messages: 1" in shown(after)


def test_a_topic_that_is_none_of_ours_is_nothing() -> None:
    for where in ("", "aman", "other/v1/central/state", "aman/v2/central/state", "a" * 60_000):
        assert take(begin(), where, b"x") == begin()


def test_a_state_is_news_once_and_how_old_it_is_stands_in_the_word_itself() -> None:
    early = Utc(NOW - 600)
    online = Status(gate="t01-a", state="online", boot=1, backlog=7, mode="normal", ts=early)
    known = take(begin(), topic(A, "status"), online, kept=True)
    assert known.gates[A].since == early
    known, news = heard(known, Arrived(topic(A, "status"), online.encode(), retained=False), NOW)
    assert news == ()

    lost = Status(gate="t01-a", state="lost", boot=1)
    assert take(known, topic(A, "status"), lost).gates[A].since == NOW
    assert take(known, topic(A, "status"), lost, kept=True).gates[A].since is None


def test_the_table_says_what_central_says_and_whose_number_counts() -> None:
    known = take(begin(), topic(A, "ctr"), ctr("t01-a", 10, 4, pending=1, qv=41, head="9c1e0a" * 4))
    text = shown(known)
    assert "jkt/mall: 10 in, 4 out, 6 to 7 inside by the gates heard" in text
    assert "central's number is the authority" in text
    assert "9c1e0a9c " in text

    occ = Occ(inside=6, lower=6, upper=8, capacity=500, free=492, ts=NOW)
    known = take(known, "aman/v1/jkt/mall/occ", occ)
    assert "6 inside (6 to 8), 492 of 500 free" in shown(known)
    known = take(known, "aman/v1/central/state", CentralState(state="offline"))
    assert "492 of 500 free, stale" in shown(known)


@pytest.mark.parametrize("kind", ["drift", "of-a-newer-gate"])
def test_an_alarm_is_told_whatever_it_is_about(kind: str) -> None:
    alarm = EvtItem(seq=1, at=NOW, kind="alarm", reason=kind, detail="thermometer: 0.28 C above")
    assert in_words(alarm) == f"ALARM ({kind}, thermometer: 0.28 C above)"


def test_no_text_from_outside_moves_the_cursor() -> None:
    nasty = EvtItem(seq=1, at=NOW, kind="alarm", reason="fault", detail="\x1b[2J[red]")
    assert in_words(nasty) == "ALARM (fault, ?[2J[red])"
    known = take(begin(), topic(A, "evt"), Evt(gate="t01-a", epoch="0000000a", events=(nasty,)))
    assert "?[2J[red]" in shown(known)
