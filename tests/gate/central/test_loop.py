"""`gate.central.loop`: in which order a batch becomes safe and words go out. The link is a fake."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from gate.central.loop import EVERY_S, RETRY_S, Loop
from gate.central.site import Site
from gate.central.store import Store
from gate.central.voice import NO_PROGRESS_S
from gate.central.wishes import Recount, SendOrder, SetLimit
from gate.model import Direction, Monotonic, Utc
from gate.payloads import Ack, Cfg, Ctr, Evt, Res
from tests.gate.central.benches import EPOCH, MORNING, PLACE, Bench, event, passage

NONCE = "8f0c1d52a7e94b36b1c0d9e8f7a6b5c4"


class FakeLink:
    """Notes what is asked of it, and hands in what a broker would deliver."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, Any]] = []
        self.on: dict[str, Callable[..., None]] = {}
        self.online = True
        self.renewed = 0
        self._number = 0

    def start(self, *, subscriptions: Sequence[str], **on: Any) -> None:
        self.notes.append(("subscribed", tuple(subscriptions)))
        self.on = on

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> int | None:
        if not self.online:
            return None
        assert (qos, retain) == (0, True) if topic.endswith("/occ") else qos == 1
        self.notes.append((topic, payload))
        self._number += 1
        return self._number

    def acknowledge(self, receipt: int) -> None:
        self.notes.append(("acknowledged", receipt))

    def renew(self) -> None:
        self.renewed += 1

    def close(self, *, with_will: bool) -> None:
        self.notes.append(("closed", with_will))

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.notes]


class Stage:
    """A loop that is turned by hand: its thread is never started."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.link = FakeLink()
        self.crashed: SimpleQueue[BaseException] = SimpleQueue()
        self.store = Store(folder / "central.db", now=Utc(MORNING))
        plan = Bench().plan
        self.site = Site(self.store, [plan], quota_s=3600.0, now=Utc(MORNING))
        self.loop = Loop(
            site=self.site,
            link=self.link,
            root="aman",
            utc=lambda: Utc(MORNING + self.now),
            clock=lambda: Monotonic(self.now),
            on_crash=self.crashed.put,
        )
        self.loop.listen()
        self.link.on["on_connected"]()
        self.turn()

    def turn(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.loop.step(wait=False)

    def deliver(self, gate: str, word: str, payload: bytes, receipt: int = 1) -> None:
        self.link.on["on_delivery"](f"{PLACE}{gate}/{word}", payload, False, receipt)  # noqa: FBT003 - as the link calls it

    def entered(self, seq: int) -> bytes:
        return Evt(gate="a", epoch=EPOCH, events=(passage(seq, Direction.IN),)).encode()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    assert stage.crashed.empty()


def test_a_message_is_acknowledged_after_the_commit_and_the_gate_hears_after_that(
    stage: Stage,
) -> None:
    committed: list[int] = []
    stage.store.db.set_trace_callback(
        lambda statement: committed.append(len(stage.link.notes)) if statement == "COMMIT" else None
    )
    stage.link.notes.clear()
    stage.deliver("a", "evt", stage.entered(1), receipt=77)
    stage.turn()

    assert committed == [0], "nothing was said before the commit"
    assert stage.link.notes[0] == ("acknowledged", 77)
    assert f"{PLACE}a/ack" in stage.link.topics()[1:]


def test_after_a_connection_everything_that_is_retained_is_said_again(stage: Stage) -> None:
    stage.deliver("a", "evt", stage.entered(1))
    stage.turn(2)
    stage.link.notes.clear()
    stage.link.on["on_connected"]()
    stage.turn()

    said = stage.link.topics()
    assert said[0] == "aman/v1/central/state"
    assert {"aman/v1/jkt/mall/cfg", "aman/v1/jkt/mall/occ", f"{PLACE}a/ack"} <= {*said}


def test_while_the_broker_is_away_nothing_is_lost_and_said_at_the_next_connection(
    stage: Stage,
) -> None:
    stage.link.online = False
    stage.link.on["on_disconnected"]("cut")
    stage.deliver("a", "evt", stage.entered(1))
    stage.turn()
    stage.link.online = True
    stage.link.notes.clear()
    stage.link.on["on_connected"]()
    stage.turn()

    acks = [payload for topic, payload in stage.link.notes if topic == f"{PLACE}a/ack"]
    assert [Ack.parse(it).seq for it in acks] == [1]


class Full:
    """A connection to a disk that takes nothing while it is `full`; SQLite's own error."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        (self._pages,) = db.execute("PRAGMA page_count").fetchone()

    def fill(self) -> None:
        self._db.execute(f"PRAGMA max_page_count = {self._pages}")

    def empty(self) -> None:
        self._db.execute("PRAGMA max_page_count = 1000000")


def a_lot(first: int) -> bytes:
    events = tuple(passage(seq, Direction.IN, detail="x" * 250) for seq in range(first, first + 50))
    return Evt(gate="a", epoch=EPOCH, events=events).encode()


def test_a_full_disk_keeps_the_batch_acknowledges_nothing_and_goes_on_when_there_is_room(
    stage: Stage,
) -> None:
    disk = Full(stage.store.db)
    disk.fill()
    stage.link.notes.clear()
    for number in range(4):
        stage.deliver("a", "evt", a_lot(1 + 50 * number), receipt=number)
    stage.turn()
    wish = stage.loop.wish(SetLimit("mall", 7, by="ani"))
    stage.turn(RETRY_S)

    assert not [note for note in stage.link.notes if note[0] in {"acknowledged", f"{PLACE}a/ack"}]
    assert wish.result(0).code == "disk"
    stage.turn(1)
    assert "full" in stage.loop.view().trouble

    disk.empty()
    stage.turn(RETRY_S)
    stage.turn(1)

    assert [note for note in stage.link.notes if note[0] == "acknowledged"] == [
        ("acknowledged", number) for number in range(4)
    ]
    (venue,) = stage.loop.view().venues
    assert (venue.inside, stage.loop.view().trouble) == (200, "")
    assert venue.limit == 100, "a wish that was refused is not obeyed later"


def test_a_wish_is_done_when_it_is_on_disk(stage: Stage) -> None:
    wish = stage.loop.wish(Recount("mall", 12, by="ani", reason=""))
    assert not wish.done()
    stage.turn()

    assert wish.result(0).ok
    assert stage.loop.wish(SetLimit("elsewhere", 7, by="ani")).done() is False


def test_a_command_is_sent_and_answered_by_the_gate_that_it_is_for(stage: Stage) -> None:
    order = SendOrder("mall", "a", b"signed", NONCE, "mode locked by ops-1", by="ani")
    wish = stage.loop.wish(order)
    stage.turn()
    assert (f"{PLACE}a/cmd", b"signed") in stage.link.notes

    other = Res(gate="b", id=NONCE, ok=True, code="done", ts=Utc(MORNING))
    stage.deliver("b", "res", other.encode())
    stage.turn()
    assert not wish.done()
    stage.deliver("a", "res", other.model_copy(update={"gate": "a", "ok": False}).encode())
    stage.turn()
    assert (wish.result(0).ok, wish.result(0).code) == (False, "done")


def test_a_command_that_nobody_answers_is_given_up(stage: Stage) -> None:
    wish = stage.loop.wish(SendOrder("mall", "a", b"signed", NONCE, "recount", by="ani"))
    stage.turn()
    stage.turn(14)
    assert not wish.done()
    stage.turn(2)

    assert wish.result(0).code == "no_answer"


def test_a_command_while_the_broker_is_away_is_not_sent_later(stage: Stage) -> None:
    stage.link.online = False
    stage.link.on["on_disconnected"]("cut")
    wish = stage.loop.wish(SendOrder("mall", "a", b"signed", NONCE, "recount", by="ani"))
    stage.turn()

    assert wish.result(0).code == "offline"


def test_a_link_on_which_nothing_is_confirmed_is_given_up(stage: Stage) -> None:
    stage.link.on["on_published"](1, True, "")  # noqa: FBT003 - as the link calls it
    stage.turn()
    stage.turn(NO_PROGRESS_S - 1)
    assert stage.link.renewed == 0
    stage.turn(2)
    assert stage.link.renewed == 1


def test_the_number_inside_is_said_once_a_second_at_most_and_once_a_minute_at_least(
    stage: Stage,
) -> None:
    topic = "aman/v1/jkt/mall/occ"
    stage.link.notes.clear()
    for seq in range(1, 6):
        stage.deliver("a", "evt", stage.entered(seq))
        stage.turn(0.1)
    assert stage.link.topics().count(topic) == 0
    stage.turn(EVERY_S)
    assert stage.link.topics().count(topic) == 1
    for _ in range(59):
        stage.turn(EVERY_S)
    assert stage.link.topics().count(topic) == 1
    stage.turn(EVERY_S)
    stage.turn(EVERY_S)
    assert stage.link.topics().count(topic) == 2


def test_a_picture_is_the_same_object_until_something_happens(stage: Stage) -> None:
    stage.turn(1)
    before = stage.loop.view()
    stage.turn(1)
    assert stage.loop.view() is before

    stage.deliver("a", "evt", stage.entered(1))
    stage.turn(1)
    assert stage.loop.view() is not before
    assert stage.loop.view().venues[0].inside == 1


def test_a_bug_of_the_links_reaches_the_loop(stage: Stage) -> None:
    stage.link.on["on_crash"](ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        stage.turn()


def test_old_totals_that_the_broker_kept_make_nobody_heard_of(stage: Stage) -> None:
    ctr = Ctr(
        gate="a",
        epoch=EPOCH,
        entered=3,
        left=0,
        pending=0,
        seq=3,
        ts=Utc(MORNING - 7200),
        clk="ntp",
    )
    stage.link.on["on_delivery"](f"{PLACE}a/ctr", ctr.encode(), True, 0)  # noqa: FBT003 - as the link calls it
    stage.turn(1)

    (venue,) = stage.loop.view().venues
    assert (venue.inside, venue.stale) == (3, ("a",))


def test_a_connection_while_the_disk_is_full_tells_nothing_that_is_not_on_disk(
    stage: Stage,
) -> None:
    disk = Full(stage.store.db)
    disk.fill()
    for number in range(4):
        stage.deliver("a", "evt", a_lot(1 + 50 * number), receipt=number)
    stage.loop.wish(SetLimit("mall", 7, by="ani"))
    stage.turn()
    stage.link.notes.clear()
    stage.link.on["on_connected"]()
    stage.turn(0.1)
    assert stage.link.notes == []

    disk.empty()
    stage.turn(RETRY_S)
    assert f"{PLACE}a/ack" in stage.link.topics()
    assert "aman/v1/central/state" in stage.link.topics()
    (cfg,) = (Cfg.parse(it) for topic, it in stage.link.notes if topic.endswith("/cfg"))
    assert cfg.capacity == 100


def test_a_message_that_no_code_can_take_is_let_go_and_the_others_are_heard(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug that is in no code yet, played by a trigger."""
    stage.store.db.execute(
        "CREATE TRIGGER bug BEFORE INSERT ON events WHEN new.kind = 'poison'"
        " BEGIN SELECT RAISE(ABORT, 'cannot be'); END"
    )
    stage.link.notes.clear()
    poison = Evt(gate="b", epoch=EPOCH, events=(event(1, "poison"),)).encode()
    stage.deliver("a", "evt", stage.entered(1), receipt=1)
    stage.deliver("b", "evt", poison, receipt=2)
    stage.deliver("a", "evt", stage.entered(2), receipt=3)
    wish = stage.loop.wish(SetLimit("mall", 7, by="ani"))
    stage.turn(1)

    assert [what for what in stage.link.notes if what[0] == "acknowledged"] == [
        ("acknowledged", number) for number in (1, 2, 3)
    ]
    assert f"{PLACE}b/evt cannot be taken" in caplog.text
    assert wish.result(0).ok
    assert stage.site.by_id["mall"].occupancy(Utc(MORNING)).inside == 2
    assert f"{PLACE}b/ack" not in stage.link.topics(), "the gate keeps it"


def test_who_waits_no_longer_can_cancel_nothing(stage: Stage) -> None:
    wish = stage.loop.wish(SetLimit("mall", 7, by="ani"))
    assert not wish.cancel()
    stage.turn()

    assert wish.result(0).ok


def test_who_still_waits_when_central_ends_hears_of_it(stage: Stage) -> None:
    order = stage.loop.wish(SendOrder("mall", "a", b"signed", NONCE, "recount", by="ani"))
    stage.turn()
    stage.loop._stopping.set()
    wish = stage.loop.wish(SetLimit("mall", 7, by="ani"))
    stage.loop._run()

    assert (order.result(0).code, wish.result(0).code) == ("offline", "offline")


def test_half_a_character_in_a_reason_is_on_record_as_a_question_mark(stage: Stage) -> None:
    wish = stage.loop.wish(Recount("mall", 12, by="ani", reason="\ud800"))
    stage.turn()

    assert wish.result(0).ok
