"""The outbox of one gate as the daemon assembles it: database, writer, publisher and link."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Will
from gate.events import Record
from gate.model import Mode, Monotonic, Utc
from gate.opening import open_store
from gate.payloads import Meta, Status
from gate.publisher import Publisher
from gate.talk import Talk
from gate.topics import topics
from gate.visits import VisitRules
from gate.writer import Retention, Writer

SOON_S = 10.0
TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")


def utc() -> Utc:
    return Utc(time.time())


def clock() -> Monotonic:
    return Monotonic(time.monotonic())


class Gate:
    """Database, writer, publisher and link of one gate, assembled as the daemon does it."""

    def __init__(
        self,
        path: Path,
        port: int,
        *,
        name: str = "t01-a",
        talks: Sequence[Talk] = (),
        central: bool = True,
        version: Literal["5", "3.1.1"] = "5",
        keepalive_s: int = 30,
        purge_every_s: float | None = None,
        on_written: Callable[[int], None] = lambda _seq: None,
    ) -> None:
        """`purge_every_s` lets acknowledged rows go; `on_written` hears what is on disk."""
        own = topics(root="aman", district="jkt", venue="mall", gate=name)
        self.store, self.loaded = open_store(
            path, venue="mall", gate=name, rules=VisitRules(), now=lambda _newest: utc()
        )
        self._closed = False
        self._tell_written = on_written
        self.acknowledged: SimpleQueue[int] = SimpleQueue()
        self.crashed: SimpleQueue[BaseException] = SimpleQueue()
        self.told: SimpleQueue[str] = SimpleQueue()
        self.behind: SimpleQueue[str] = SimpleQueue()
        """Why the next gate on this database begins a new epoch, once that is on disk."""
        self.writer = Writer(
            store=self.store,
            retention=Retention(by_age=False, purge_every_s=purge_every_s or 3600.0),
            clock=clock,
            purge_at=lambda: utc() if purge_every_s else None,
            on_stored=lambda _: None,
            on_written=self._on_written,
            on_lost=self.told.put,
            on_back=lambda: None,
            on_crash=self.crashed.put,
        )
        will = Status(gate=name, state="lost", boot=self.loaded.boot)
        self.publisher = Publisher(
            link=Mqtt(
                Endpoint(
                    host="127.0.0.1",
                    port=port,
                    client_id=name,
                    will=Will(own.status, will.encode(), delay_s=0),
                    version=version,
                    keepalive_s=keepalive_s,
                ),
                retry_first_s=0.01,
                retry_longest_s=0.05,
            ),
            store_path=path,
            topics=own,
            meta=Meta(
                gate=name,
                venue="mall",
                district="jkt",
                epoch=self.loaded.epoch,
                software="test",
                hardware="test",
                ts=utc(),
            ),
            boot=self.loaded.boot,
            stored=self.loaded.seq,
            mode=Mode.NORMAL,
            acknowledged_by_central=central,
            clock=clock,
            utc=utc,
            clock_state=lambda: "ntp",
            acknowledge=self._acknowledge,
            note_sent=self.writer.note_sent,
            note_told=self.writer.note_told,
            listen_first=not self.loaded.is_new,
            on_behind=self._begin_anew,
            on_lost=self.told.put,
            on_back=lambda: self.told.put("back"),
            on_crash=self.crashed.put,
            talks=talks,
        )
        self.writer.start()
        self.publisher.start()

    def record(self, *records: Record) -> None:
        for record in records:
            self.writer.submit(record, utc())

    def close(self) -> None:
        """Stop in order; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        assert self.writer.flush(SOON_S)
        self.publisher.stop()
        self.writer.stop()
        self.store.close()
        assert self.crashed.empty()

    def _on_written(self, seq: int) -> None:
        self.publisher.wake(seq)
        self._tell_written(seq)

    def _begin_anew(self, why: str) -> bool:
        self.writer.mark_behind(then=lambda: self.behind.put(why))
        return True

    def _acknowledge(self, epoch: str, seq: int) -> None:
        self.writer.acknowledge(epoch, seq)
        self.acknowledged.put(seq)
