"""How soon the lane decides: from a text on the inbox to the coil of the relay, and back.

The deciding thread, the desk, the turnstile's driver and the writer are the product's own; the
wires end in mock pins. It is measured where the daemon lives: beside a thread that decodes frames
without a pause, in the same interpreter.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Protocol

from drivers import qr
from drivers.lines import InputLine, OutputLine, TurnstileError
from drivers.simulated.disk import SimulatedDisk
from drivers.simulated.frames import Scene
from drivers.simulated.pins import SimulatedPins
from drivers.turnstile import Turnstile, TurnstilePins
from gate import events as ev
from gate.allowance import Allowance, Share
from gate.control import CodeSeen, Control, Inbox, StopAsked
from gate.desk import Desk
from gate.elsewhere import Heard
from gate.events import Record, RecordGrant
from gate.hardware import Outputs
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.ledger import Ledger
from gate.model import Direction, Monotonic, Utc
from gate.occupancy import Totals
from gate.opening import open_store
from gate.passage import PassageSettings
from gate.relay import RelaySettings
from gate.revocations import Revocations
from gate.showing import Showing
from gate.state import Gate, Settings
from gate.visits import VisitRules
from gate.writer import Retention, Writer
from tests.bench.tables import median_and_p99, table

NOW = Utc(1_800_000_000.0)
RELAY = 17
VISITORS = 300
OPEN_FOR_S = 0.1
SLOW_S = 0.05
KEY = new_key("bench")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="bench")


def monotonic() -> Monotonic:
    """The clock of all parts."""
    return Monotonic(time.monotonic())


class Recorder(Protocol):
    """Where the deciding thread leaves its records."""

    def submit(self, record: Record, at: Utc) -> None:
        """Take one."""

    def keep(self, name: str, version: int, payload: bytes) -> None:
        """Take a word of central's."""

    def hear(self, heard: Heard) -> None:
        """Take what other gates told."""

    def flush(self, timeout_s: float) -> bool:
        """Wait until all of them are where they belong."""


@dataclass
class AtOnce:
    """No disk: a grant is stored as soon as it is handed over."""

    inbox: Inbox

    def submit(self, record: Record, at: Utc) -> None:
        """Answer as the writer does."""
        del at
        if isinstance(record, RecordGrant):
            self.inbox.put(ev.GrantStored(record.grant))

    def keep(self, name: str, version: int, payload: bytes) -> None:
        """Nobody gives a quota here."""

    def hear(self, heard: Heard) -> None:
        """There are no other gates here."""

    def flush(self, timeout_s: float) -> bool:
        """Nothing ever waits."""
        del timeout_s
        return True


@dataclass
class Coil:
    """The relay's line, and when it changed."""

    changes: SimpleQueue[float] = field(default_factory=SimpleQueue)

    def moved(self, pin: int, high: bool | None) -> None:
        """Any line has changed."""
        if pin == RELAY and high is not None:
            self.changes.put(time.perf_counter())


def latency() -> None:
    """Text to relay, with and without the disk in the way, alone and beside a decoder."""
    rows, alone = [], 0.0
    for beside in (False, True):
        for disk in ("none", "file", "file, each sync 50 ms longer"):
            freed, late = _run(disk, beside=beside)
            median, p99 = median_and_p99(freed)
            alone = alone or median
            deciding = (*_ms(median, p99), f"{median / alone:.1f}")
            shutting = _ms(*median_and_p99(late), max(late))
            rows.append((disk, "yes" if beside else "no", *deciding, *shutting))
    table(
        f"Deciding: {VISITORS} visitors, from the text to the relay, and from its deadline to shut",
        (
            *("store", "decoding", "free: median ms", "p99 ms", "beside the first row"),
            *("shut late: median ms", "p99 ms", "worst ms"),
        ),
        *rows,
    )


def _ms(*seconds: float) -> tuple[str, ...]:
    return tuple(f"{value * 1000:.2f}" for value in seconds)


def _run(disk: str, *, beside: bool) -> tuple[list[float], list[float]]:
    """Of each visitor: seconds until free, and how much too late it shut."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        if disk.endswith("longer"):
            opened.enter_context(SimulatedDisk(folder, slow_s=SLOW_S)).fault = "slow"
        coil, inbox = Coil(), Inbox()
        recorder = AtOnce(inbox) if disk == "none" else _writer(opened, folder, inbox)
        _lane(opened, coil, inbox, recorder)
        if beside:
            opened.enter_context(_decoding())
        freed, late = [], []
        for _ in range(VISITORS):
            text = _a_pass()
            asked = time.perf_counter()
            inbox.put(CodeSeen(text))
            free = coil.changes.get(timeout=10)
            shut = coil.changes.get(timeout=10)
            freed.append(free - asked)
            late.append(max(0.0, shut - free - OPEN_FOR_S))
            recorder.flush(10)  # one visitor's records do not hold up the next one's
    return freed, late


def _a_pass() -> bytes:
    return issue(
        key=KEY, venue="mall", issued_at=NOW, valid_from=NOW, expires=Utc(NOW + 3600), party=1
    ).encode()


def _writer(opened: ExitStack, folder: Path, inbox: Inbox) -> Writer:
    store, _ = open_store(
        folder / "gate.db", venue="mall", gate="a", rules=VisitRules(), now=lambda _: NOW
    )
    opened.callback(store.close)
    writer = Writer(
        store=store,
        retention=Retention(),
        clock=monotonic,
        purge_at=lambda: None,
        on_stored=lambda grant: inbox.put(ev.GrantStored(grant)),
        on_written=_nobody,
        on_lost=_nobody,
        on_back=lambda: None,
        on_crash=_nobody,
    )
    writer.start()
    opened.callback(writer.stop)
    return writer


def _nobody(_news: object) -> None:
    """Nobody listens."""


def _lane(opened: ExitStack, coil: Coil, inbox: Inbox, recorder: Recorder) -> None:
    """The deciding thread, over mock pins."""
    pins = SimulatedPins(on_output=coil.moved)
    turnstile = opened.enter_context(
        Turnstile(
            TurnstilePins(
                relay=OutputLine(RELAY, active_high=True),
                sensor_a=InputLine(22, active_high=True, pull="down"),
                sensor_b=InputLine(23, active_high=True, pull="down"),
                release=InputLine(24, active_high=True, pull="down"),
            ),
            open_factory=lambda: pins.factory,
            on_inputs=_nobody,
            on_broken=_nobody,
            on_crash=_nobody,
            clock=monotonic,
        )
    )
    settings = Settings(screening="off", open_for_s=OPEN_FOR_S, grace_s=0.0, notice_s=0.0)
    control = Control(
        inbox=inbox,
        gate=Gate(),
        settings=settings,
        passage=PassageSettings(),
        ledger=Ledger(
            totals=Totals(),
            allowance=Allowance(Share(10 * VISITORS)),
            desk=Desk(
                venue="mall",
                gate="t01-a",
                scan=Direction.IN,
                keys=KEYS,
                skew_s=60,
                rules=VisitRules(),
                revoked=Revocations(),
                visits={},
            ),
            recorder=recorder,
            timed=lambda: True,
        ),
        showing=Showing(
            Outputs(turnstile), broken=TurnstileError, settings=settings, relay=RelaySettings()
        ),
        thermometer=None,
        look_again=_nobody,
        on_condition=lambda _mode, _faults: None,
        beat=lambda: None,
        on_end=lambda _ending: None,
        drain_s=0.0,
        monotonic=monotonic,
        utc=lambda: NOW,
    )
    thread = threading.Thread(target=control.run, name="deciding")
    thread.start()
    opened.callback(thread.join)
    opened.callback(inbox.put, StopAsked())
    while not coil.changes.empty():  # opening the line
        coil.changes.get()


@contextmanager
def _decoding() -> Iterator[None]:
    """A camera's frames, decoded one after the other."""
    scene = Scene(width=640, height=480, seed=1)
    scene.show(_a_pass().decode())
    frame, ended = scene.view[:480, :640].copy(), threading.Event()

    def decode() -> None:
        while not ended.is_set():
            qr.read_all(frame)

    thread = threading.Thread(target=decode, name="decoding")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
