"""What the outbox costs: from a record handed to the writer to the acknowledgement of central.

The gate's database, writer, publisher and link are the product's own, in this process; broker and
subscriber are processes. Beside it plain paho with the same payloads and nothing on disk, which
forgets all of it at a power cut: the price of not forgetting is the ratio.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.simulated.broker import Broker
from gate.events import Count
from gate.model import Direction, Pass, Reason, Utc, VisitId
from gate.opening import open_store
from gate.outbox import BATCH
from gate.payloads import Evt
from gate.reader import Reader
from gate.visits import VisitRules
from tests.assembled import TOPICS, Gate, utc
from tests.bench.subscriber import Heard, Subscriber
from tests.bench.tables import median_and_p99, table

ROUNDS = 3
"""Each run so often, in turns; the best counts, because a busy neighbour only makes it worse."""

SINGLY = 3_000
TOGETHER = 20_000
BACKLOG = 100_000
RATE = 200
SECONDS = 10
PATIENCE_S = 60.0
GATE = "t01-a"
LIKE_CENTRAL = ("set_tcp_nodelay true", "max_queued_messages 100000", "max_inflight_messages 100")
"""As config/mosquitto/gate.conf has it."""

PASS = Pass(VisitId("5b1f9c0e77aa0c11d2e3f405"), 4, Utc(0), Utc(4e9))
PASSAGE = Count(Direction.IN, Reason.OK, None, PASS)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds from the first hand-over to the last arrival, and what was seen."""

    events: int
    took: float
    heard: Heard
    handed: Sequence[float] = ()

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.took


def outbox() -> None:
    """Events a second, and how late an event comes."""
    load = os.getloadavg()[0]
    rates: dict[str, Callable[[], Run]] = {
        "plain paho, one event a packet": lambda: _plain(TOGETHER, 1),
        "plain paho, 50 events a packet": lambda: _plain(BACKLOG, BATCH),
        "one commit an event": _singly,
        "records handed over together": _together,
        f"a backlog of {BACKLOG}": _backlog,
    }
    runs = [{name: run() for name, run in rates.items()} for _ in range(ROUNDS)]
    best = {name: max((taken[name] for taken in runs), key=lambda it: it.rate) for name in rates}
    one, fifty = (best[name].rate for name in list(rates)[:2])
    table(
        f"The outbox: best of {ROUNDS}, load {load:.1f} before",
        (
            *("what", "events", "s", "events/s", "beside paho, one", "beside paho, 50"),
            *("subscriber busy", "duplicates"),
        ),
        *(
            (
                *(name, run.events, f"{run.took:.2f}", f"{run.rate:.0f}"),
                *(f"{run.rate / one:.2f}", f"{run.rate / fifty:.2f}"),
                *(f"{run.heard.busy:.0%}", run.heard.duplicates),
            )
            for name, run in best.items()
        ),
    )
    late = {"plain paho": _plain_latency, "outbox": _latency}
    sets = [{name: _ms(run()) for name, run in late.items()} for _ in range(ROUNDS)]
    least = {name: min(taken[name] for taken in sets) for name in late}
    table(
        f"From the hand-over to the subscriber, {RATE} events/s for {SECONDS} s",
        ("what", "median ms", "p99 ms", "ratio of medians"),
        *(
            (name, f"{median:.2f}", f"{p99:.2f}", f"{median / least['plain paho'][0]:.1f}")
            for name, (median, p99) in least.items()
        ),
    )


def _ms(run: Run) -> tuple[float, float]:
    late = [run.heard.at[seq] - handed for seq, handed in enumerate(run.handed, 1)]
    median, p99 = median_and_p99(late)
    return median * 1000, p99 * 1000


@contextmanager
def _site(events: int) -> Iterator[tuple[Path, Broker, Subscriber]]:
    """A broker of its own for each run: what an earlier one left retained is not there."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        broker = opened.enter_context(Broker(folder, settings=LIKE_CENTRAL))
        own = TOPICS.evt.removesuffix("/evt")
        yield folder, broker, opened.enter_context(Subscriber(broker.port, own, events=events))


@contextmanager
def _gate(events: int) -> Iterator[tuple[Gate, SimpleQueue[int], Subscriber]]:
    """A gate that has delivered its first event; `events` more will come. And what is on disk."""
    written: SimpleQueue[int] = SimpleQueue()
    with (
        _site(events + 1) as (folder, broker, subscriber),
        closing(Gate(folder / "gate.db", broker.port, on_written=written.put)) as gate,
    ):
        gate.record(PASSAGE)
        written.get()
        _until_acknowledged(gate, 1)
        yield gate, written, subscriber


def _until_acknowledged(gate: Gate, seq: int) -> None:
    while gate.acknowledged.get(timeout=PATIENCE_S) < seq:
        pass


def _singly() -> Run:
    """The next record is handed over when the one before it is on disk."""
    with _gate(SINGLY) as (gate, written, subscriber):
        began = time.monotonic()
        for _ in range(SINGLY):
            gate.record(PASSAGE)
            written.get()
        _until_acknowledged(gate, SINGLY + 1)
        return Run(SINGLY, time.monotonic() - began, subscriber.heard())


def _together() -> Run:
    """All records are handed over at once; the writer takes as many as wait."""
    with _gate(TOGETHER) as (gate, _, subscriber):
        began = time.monotonic()
        gate.record(*[PASSAGE] * TOGETHER)
        _until_acknowledged(gate, TOGETHER + 1)
        return Run(TOGETHER, time.monotonic() - began, subscriber.heard())


def _backlog() -> Run:
    """From the start of the publisher; the events were on disk before."""
    with _site(BACKLOG) as (folder, broker, subscriber):
        path = folder / "gate.db"
        _fill(path, BACKLOG)
        began = time.monotonic()
        with closing(Gate(path, broker.port)) as gate:
            _until_acknowledged(gate, BACKLOG)
            return Run(BACKLOG, time.monotonic() - began, subscriber.heard())


def _latency() -> Run:
    with _gate(RATE * SECONDS) as (gate, _, subscriber):
        handed = _at_the_rate(lambda _: gate.record(PASSAGE))
        heard = subscriber.heard()
        return Run(len(handed), time.monotonic() - handed[0], heard, (handed[0], *handed))


def _plain(events: int, each: int) -> Run:
    """Nothing but paho's own queue and window."""
    with _site(events) as (folder, broker, subscriber), _paho(broker) as client:
        payloads = _payloads(folder, events, each)
        began = time.monotonic()
        for payload in payloads:
            client.publish(TOPICS.evt, payload, qos=1)
        heard = subscriber.heard()
        return Run(events, max(heard.at.values()) - began, heard)


def _plain_latency() -> Run:
    with _site(RATE * SECONDS) as (folder, broker, subscriber), _paho(broker) as client:
        payloads = _payloads(folder, RATE * SECONDS, 1)
        handed = _at_the_rate(lambda number: client.publish(TOPICS.evt, payloads[number], qos=1))
        heard = subscriber.heard()
        return Run(len(handed), time.monotonic() - handed[0], heard, handed)


def _at_the_rate(hand_over: Callable[[int], object]) -> list[float]:
    """When each of the events was handed over."""
    began, handed = time.monotonic(), []
    for number in range(RATE * SECONDS):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        handed.append(time.monotonic())
        hand_over(number)
    return handed


@contextmanager
def _paho(broker: Broker) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2, client_id=GATE)
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _payloads(folder: Path, events: int, each: int) -> list[bytes]:
    """What the gate would say of them."""
    path = folder / "payloads.db"
    _fill(path, events)
    with closing(Reader(path)) as reader:
        epoch = reader.standing().epoch
        return [
            Evt(gate=GATE, epoch=epoch, events=reader.events_after(before, each)).encode()
            for before in range(0, events, each)
        ]


def _fill(path: Path, events: int) -> None:
    store, _ = open_store(
        path, venue="mall", gate=GATE, rules=VisitRules(), now=lambda _newest: utc()
    )
    with closing(store):
        for _ in range(0, events, 1000):
            store.apply_all([(PASSAGE, utc())] * min(events, 1000))
