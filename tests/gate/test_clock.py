"""The gate's time as its threads ask for it, on a machine whose clocks are set by hand."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate import RELEASED
from gate.clock import Timekeeper
from gate.desk import Desk
from gate.events import PartBack, PartLost, PassAccepted, PassRefused, RecordRecount
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import Direction, Part, RefusalCode, Utc
from gate.opening import open_store
from gate.revocations import Revocations
from gate.store import Store
from gate.visits import VisitRules
from tests.gate.configs import ROOT

NOON = Utc(1_800_000_000.0)
HOUR = 3600.0
LOST = PartLost(Part.CLOCK, "set ahead by 3 h, and nobody vouches for it")
BACK = PartBack(Part.CLOCK)
KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")


@dataclass
class Machine:
    """A wall clock that anybody may set, and what the kernel says of who keeps it."""

    clock: float = NOON
    kept: bool = False
    up_s: float = 50.0
    meanwhile: Callable[[], None] = field(default=lambda: None)
    """What happens between the first question to the kernel and the wall clock's answer."""

    def __post_init__(self) -> None:
        self.time = Timekeeper(self, released=Utc(RELEASED.timestamp()))

    def monotonic(self) -> float:
        return self.up_s

    def wall(self) -> float:
        self.meanwhile()
        return self.clock

    def synchronised(self) -> bool:
        return self.kept

    def passes(self, seconds: float) -> None:
        self.clock += seconds
        self.up_s += seconds

    def is_set(self, by_s: float) -> None:
        self.clock, self.kept = self.clock + by_s, False


def a_desk() -> Desk:
    return Desk(
        venue="mall",
        gate="t01-a",
        scan=Direction.IN,
        keys=KEYS,
        skew_s=60,
        rules=VisitRules(),
        revoked=Revocations(),
        visits={},
    )


def a_pass(at: float) -> bytes:
    return issue(
        key=KEY,
        venue="mall",
        issued_at=Utc(at),
        valid_from=Utc(at),
        expires=Utc(at + HOUR),
        party=1,
    ).encode()


def an_opened_store(path: Path, time: Timekeeper) -> Store:
    store, _ = open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=time.begin)
    return store


@pytest.mark.parametrize("kept", [False, True])
def test_a_clock_that_jumped_ahead_and_was_set_right_again_does_not_refuse_passes_for_ever(
    kept: bool,
) -> None:
    machine, desk = Machine(kept=kept), a_desk()
    machine.passes(1.0)
    machine.is_set(by_s=3 * HOUR)
    assert machine.time.look() == (LOST,)
    desk.note(RecordRecount(), machine.time.now())
    refused = desk.judge(a_pass(NOON), machine.time.now(), sure=machine.time.state != "unsure")
    assert isinstance(refused, PassRefused)
    assert refused.code is RefusalCode.CLOCK_UNSURE

    machine.passes(60.0)
    machine.is_set(by_s=-3 * HOUR)

    assert machine.time.look() == (BACK,)
    shown = desk.judge(a_pass(NOON), machine.time.now(), sure=machine.time.state != "unsure")
    assert isinstance(shown, PassAccepted)


def test_records_of_a_gate_that_started_ahead_do_not_refuse_passes_for_ever(
    tmp_path: Path,
) -> None:
    """A bad RTC, then a time service, and the next start without one."""
    path, bad = tmp_path / "gate.db", Machine(clock=NOON + 3 * HOUR)
    store = an_opened_store(path, bad.time)
    store.apply(RecordRecount(), bad.time.now())
    bad.clock, bad.kept = NOON, True
    assert bad.time.look() == ()
    assert bad.time.state == "ntp"
    store.apply(RecordRecount(), bad.time.now())
    store.close()

    again = Machine(clock=NOON + 60)
    an_opened_store(path, again.time).close()

    assert again.time.look() == ()
    assert again.time.state == "rtc"
    assert again.time.now() == NOON + 60


def test_a_start_before_the_newest_record_goes_on_from_that_record(tmp_path: Path) -> None:
    path, before = tmp_path / "gate.db", Machine()
    store = an_opened_store(path, before.time)
    store.apply(RecordRecount(), NOON)
    store.close()

    early = Machine(clock=1000.0)
    an_opened_store(path, early.time).close()
    early.passes(10.0)

    (lost,) = early.time.look()
    assert isinstance(lost, PartLost)
    assert early.time.now() == NOON + 10


def test_the_clock_is_lost_once_and_back_once_however_often_one_looks() -> None:
    machine = Machine()
    told: list[PartLost | PartBack] = []
    for by_s in (0.0, 3 * HOUR, 0.0, HOUR, 0.0, -4 * HOUR, 0.0):
        machine.is_set(by_s)
        told += machine.time.look()
        machine.passes(1.0)
    assert told == [LOST, BACK]


def test_what_the_wall_clock_does_between_two_looks_moves_nothing() -> None:
    machine = Machine(kept=True)
    machine.clock = 0.0
    assert machine.time.now() == NOON
    machine.up_s += 5
    assert machine.time.now() == NOON + 5


@pytest.mark.parametrize("kept_before", [False, True])
def test_who_sets_the_clock_just_while_the_gate_looks_is_not_vouched_for(
    kept_before: bool,
) -> None:
    """By hand, or a service that comes between a wrong answer and the kernel's good word."""
    machine = Machine(kept=kept_before)

    def meanwhile() -> None:
        machine.clock, machine.kept = NOON + 3 * HOUR, not kept_before

    machine.meanwhile = meanwhile
    machine.time.look()
    assert machine.time.now() == NOON
    assert machine.time.state == "unsure"


def test_a_person_vouches_for_the_clock_as_it_is_now_and_not_for_ever() -> None:
    """Where no time service is to be had: set it with `date`, then `gate trust-clock`."""
    machine = Machine()
    machine.is_set(by_s=-HOUR)
    machine.time.look()

    machine.time.vouch()

    assert machine.time.look() == (BACK,)
    assert machine.time.now() == NOON - HOUR
    machine.is_set(by_s=3 * HOUR)
    assert machine.time.look() == (LOST,)


def test_a_correction_is_on_the_log(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    machine.clock, machine.kept = NOON - 90, True
    with caplog.at_level(logging.WARNING):
        machine.time.look()
        machine.time.look()
    assert [record.getMessage() for record in caplog.records] == [
        "the time was set back by 1 min 30 s"
    ]


def test_the_release_is_that_of_the_changelog_and_has_passed() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dates = re.findall(r"^## \[[^]]+\] - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert datetime.now(UTC) > RELEASED
    assert dates[:1] in ([], [f"{RELEASED:%Y-%m-%d}"])
