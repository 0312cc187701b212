"""Proof of life over the real carriers, each of which is made to hang."""

import json
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import Condition, Event

import numpy as np
import pytest

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Will
from gate.eyes.decoding import Grey
from gate.eyes.scanner import Camera, Scanner
from gate.issuing import new_key, public_jwks
from gate.life import Pulse, Vital
from gate.lists import Files, ListKeeper, Versions, read_lists
from gate.model import Mode, Monotonic, Utc
from gate.opening import open_store
from gate.payloads import Meta
from gate.publisher import Publisher
from gate.settings import budgets
from gate.status import Answer, StatusServer
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.sampler import Sampler
from gate.topics import topics
from gate.visits import VisitRules
from gate.writer import Retention, Writer
from tests.gate.configs import ROOT, config_of
from tests.gate.eyes.reads import Reads

SOON_S = 5.0
"""Longer than anything here takes; only a failing test waits for it."""

NOW = Utc(1_772_357_400.0)
BUDGETS = budgets(config_of(ROOT, {}))


class Lost(Exception):  # noqa: N818 - a state of affairs
    """A part is away."""


class Clock:
    """Stands until it is set; a test waits on it for what happens between two readings."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._read = Condition()

    def __call__(self) -> Monotonic:
        with self._read:
            self._read.notify_all()
        return Monotonic(self.now)

    def until(self, happened: Callable[[], bool]) -> None:
        with self._read:
            assert self._read.wait_for(happened, SOON_S)


class Hang:
    """A place where a thread stays for ever, once it is told to."""

    def __init__(self) -> None:
        self.wanted, self.reached, self.over = Event(), Event(), Event()

    def here(self) -> None:
        if self.wanted.is_set():
            self.reached.set()
            self.over.wait()


@dataclass
class Outside:
    """Who watches: counts the signs of life, and shows the last line."""

    signs: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return self.lines[-1]

    def watchdog(self) -> None:
        self.signs += 1

    def status(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Rig:
    """One real carrier that goes round, and the pulse over it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    hang: Hang = field(default_factory=Hang)
    outside: Outside = field(default_factory=Outside)
    opened: ExitStack = field(default_factory=ExitStack)
    poke: Callable[[], object] = lambda: None
    """What it takes that the thread comes to the place where it hangs."""
    vital: Vital = field(init=False)
    pulse: Pulse = field(init=False)

    def watch(self, name: str, alive_at: Callable[[], float]) -> None:
        self.vital = Vital(name, lambda: Monotonic(alive_at()), BUDGETS[name])
        self.pulse = Pulse(
            vitals=[self.vital],
            watcher=self.outside,
            line=lambda overdue: f"hangs: {' '.join(overdue)}",
            clock=self.clock,
        )

    def signs_after(self, seconds: float) -> int:
        """How many signs of life one look makes, so much later."""
        before = self.outside.signs
        self.clock.now += seconds
        self.pulse.beat()
        return self.outside.signs - before

    def goes_round(self) -> None:
        self.clock.until(lambda: self.vital.alive_at() == self.clock.now)

    def close(self) -> None:
        self.hang.over.set()
        self.opened.close()


def nothing(*_: object) -> None:
    """Nobody listens."""


def crash(error: BaseException) -> None:
    raise AssertionError("no carrier crashes here") from error


def scanner(rig: Rig) -> None:
    class Hanging:
        def frame(self, timeout_s: float) -> Grey:  # noqa: ARG002 - as a camera has it
            rig.hang.here()
            return np.zeros((2, 2), dtype=np.uint8)

        def close(self) -> None: ...

    carrier = Scanner(
        open_camera=Hanging,
        decoder=Reads(),
        same_phone_s=1.0,
        look_every_s=0.0,
        read_every=1,
        clock=rig.clock,
        on_code=nothing,
        on_lost=nothing,
        on_back=nothing,
        on_crash=crash,
        broken=Lost,
    )
    start(rig, carrier)
    rig.watch("scanner", lambda: carrier.alive_at)


def lost_scanner(rig: Rig) -> None:
    def open_camera() -> Camera:
        rig.hang.here()
        raise Lost("unplugged")

    carrier = Scanner(
        open_camera=open_camera,
        decoder=Reads(),
        same_phone_s=1.0,
        look_every_s=0.0,
        read_every=1,
        clock=rig.clock,
        on_code=nothing,
        on_lost=nothing,
        on_back=nothing,
        on_crash=crash,
        broken=Lost,
        retry_from_s=0.001,
        retry_to_s=0.001,
    )
    start(rig, carrier)
    rig.watch("scanner", lambda: carrier.alive_at)


def thermometer(rig: Rig) -> None:
    class Chip:
        celsius = count(30)

        def object_c(self) -> float:
            rig.hang.here()
            return next(self.celsius)

        def ambient_c(self) -> float:
            return 25.0

        def identity(self) -> "Chip":
            return self

        cells = (0xFFFF,) * 8

        def close(self) -> None: ...

    carrier = Sampler(
        open_thermometer=Chip,
        broken=Lost,
        failures={},
        record=None,
        variant="DCC",
        settings=ScreeningSettings(),
        sample_every_s=0.001,
        warm_up_s=0.0,
        clock=rig.clock,
        on_measured=nothing,
        on_lost=nothing,
        on_back=nothing,
        on_crash=crash,
    )
    start(rig, carrier)
    rig.watch("thermometer", lambda: carrier.alive_at)


def writer(rig: Rig) -> None:
    store, _ = open_store(
        rig.folder / "gate.db", venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW
    )
    rig.opened.callback(store.close)

    def purge_at() -> None:
        rig.hang.here()

    carrier = Writer(
        store=store,
        retention=Retention(),
        clock=rig.clock,
        purge_at=purge_at,
        on_stored=nothing,
        on_written=nothing,
        on_lost=nothing,
        on_back=nothing,
        on_crash=crash,
        idle_s=0.001,
    )
    start(rig, carrier)
    rig.watch("writer", lambda: carrier.alive_at)


def publisher(rig: Rig) -> None:
    class Wire:
        alive_at = 0.0

        def start(self, *, subscriptions: Sequence[str], **_: object) -> None: ...

        def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None: ...

        def renew(self) -> None: ...

        def close(self, *, with_will: bool) -> None: ...

    def clock_state() -> str:
        rig.hang.here()
        return "ntp"

    path = rig.folder / "gate.db"
    store, loaded = open_store(
        path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW
    )
    rig.opened.callback(store.close)
    carrier = Publisher(
        link=Wire(),
        store_path=path,
        topics=topics(root="aman", district="jkt", venue="mall", gate="t01-a"),
        meta=Meta(
            gate="t01-a",
            venue="mall",
            district="jkt",
            epoch=loaded.epoch,
            software="0",
            hardware="test",
            ts=NOW,
        ),
        boot=1,
        stored=0,
        mode=Mode.NORMAL,
        acknowledged_by_central=True,
        clock=rig.clock,
        utc=lambda: NOW,
        clock_state=clock_state,
        acknowledge=nothing,
        note_sent=nothing,
        note_told=nothing,
        listen_first=False,
        on_behind=lambda _: False,
        on_lost=nothing,
        on_back=nothing,
        on_crash=crash,
    )
    start(rig, carrier)
    rig.watch("publisher", lambda: carrier.alive_at)


def mqtt(rig: Rig) -> None:
    will = Will(topic="status", payload=b"lost")
    nobody = Endpoint(host="127.0.0.1", port=1, client_id="t01-a", will=will)
    link = Mqtt(nobody, retry_first_s=0.001, retry_longest_s=0.001, clock=rig.clock)
    link.start(
        subscriptions=(),
        on_connected=nothing,
        on_disconnected=lambda _: rig.hang.here(),
        on_message=nothing,
        on_published=nothing,
        on_denied=nothing,
        on_crash=crash,
    )
    rig.opened.callback(link.close, with_will=False)
    rig.watch("mqtt", lambda: link.alive_at)


def lists(rig: Rig) -> None:
    path, key = rig.folder / "keys.json", new_key("a")

    def write(version: int) -> None:
        path.write_text(json.dumps({**public_jwks(key), "version": version}))

    write(1)
    files = Files(path, None)
    keeper = ListKeeper(
        files,
        read_lists(files, Versions()),
        Versions(),
        clock=rig.clock,
        on_new=lambda _: rig.hang.here(),
        on_crash=crash,
        look_every_s=0.001,
    )
    start(rig, keeper)
    rig.poke = partial(write, 2)
    rig.watch("lists", lambda: keeper.alive_at)


def status(rig: Rig) -> None:
    def answer() -> Answer:
        rig.hang.here()
        return {}

    path = rig.folder / "status.sock"
    window = StatusServer(
        path=path,
        questions={"status": answer},
        on_crash=crash,
        clock=rig.clock,
    )
    rig.opened.callback(window.close)
    window.start()

    def ask_and_leave() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"status\n")

    rig.poke = ask_and_leave
    rig.watch("status", lambda: window.alive_at)


def start(rig: Rig, carrier: Scanner | Sampler | Writer | Publisher | ListKeeper) -> None:
    rig.opened.callback(carrier.stop)
    carrier.start()


CARRIERS = [scanner, lost_scanner, thermometer, writer, publisher, mqtt, lists, status]


@pytest.fixture(params=CARRIERS, ids=lambda carrier: carrier.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    request.param(rig)
    yield rig
    rig.close()


def test_an_alarm_that_cannot_fire_because_the_clock_is_read_in_the_wrong_place(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Seen in kvmd: its heartbeat never fails. Here a thread that hangs ends the signs of life.

    The carriers are real, the lost ones too; each goes round, hangs, and goes on.
    """
    for _ in range(3):
        rig.clock.now += 10 * rig.vital.budget_s
        rig.goes_round()
        assert rig.signs_after(1.0) == 1

    rig.hang.wanted.set()
    rig.poke()
    assert rig.hang.reached.wait(SOON_S)
    left_s = rig.vital.alive_at() + rig.vital.budget_s - rig.clock.now
    assert rig.signs_after(left_s - 0.1) == 1, "an honest round may take so long"
    for _ in range(100):
        assert rig.signs_after(1.0) == 0
    assert rig.outside.line == f"hangs: {rig.vital.name}"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert f"{rig.vital.name} hangs" in caplog.text

    rig.hang.wanted.clear()
    rig.hang.over.set()
    rig.goes_round()
    assert rig.signs_after(1.0) == 1
    assert rig.outside.line == "hangs: "
    assert [record.levelno for record in caplog.records][1:] == [logging.WARNING]


# --- the deciding thread's side -------------------------------------------------------------


def test_each_look_is_a_sign_of_life_and_a_line_is_said_when_it_changes() -> None:
    clock, outside, lines = Clock(), Outside(), iter(["open", "open", "full"])
    pulse = Pulse(vitals=[], watcher=outside, line=lambda _: next(lines), clock=clock)

    for _ in range(3):
        pulse.beat()

    assert (outside.signs, outside.lines) == (3, ["open", "full"])


def test_a_part_is_overdue_when_its_budget_is_over_and_not_before() -> None:
    clock, outside = Clock(), Outside()
    vital = Vital("writer", lambda: Monotonic(1000.0), 10.0)
    pulse = Pulse(vitals=[vital], watcher=outside, line=" ".join, clock=clock)

    clock.now = 1010.0
    pulse.beat()
    clock.now = 1010.1
    pulse.beat()

    assert (outside.signs, outside.line) == (1, "writer")


def test_one_part_of_many_is_enough_to_end_the_signs_of_life() -> None:
    clock, outside = Clock(), Outside()
    alive = {"scanner": clock.now, "writer": clock.now}
    pulse = Pulse(
        vitals=[
            Vital("scanner", lambda: Monotonic(alive["scanner"]), 10.0),
            Vital("writer", lambda: Monotonic(alive["writer"]), 20.0),
        ],
        watcher=outside,
        line=" ".join,
        clock=clock,
    )
    clock.now += 15
    pulse.beat()
    assert (outside.signs, outside.line) == (0, "scanner")

    alive["scanner"] = clock.now = clock.now + 6
    pulse.beat()
    assert (outside.signs, outside.line) == (0, "writer")
