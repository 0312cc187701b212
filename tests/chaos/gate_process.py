"""A gate that counts people as fast as it is told to, until it is killed.

`python -m tests.chaos.gate_process DATABASE PORT VERSION EVENTS_A_SECOND WRITTEN NAME`: how many
events are on disk stands in the file WRITTEN, as eight bytes, whatever becomes of the process; and
who walked by them in WRITTEN.walked: a line for each with number, `in` or `out`, and visit. Once
there is a file WRITTEN.quiet, nobody is counted any more. SIGTERM: stop in order.
"""

import os
import random
import secrets
import signal
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Literal

from gate.events import Count, RaiseAlarm, Record, RecordGrant
from gate.model import Alarm, Direction, GrantId, Pass, Reason, Utc, VisitId
from tests.assembled import Gate, utc

TICK_S = 0.02
WIDTH = 8
VALID_S = 3600.0


class Walkers:
    """People who come, each with a pass of their own, and leave; and what they know to be kept."""

    def __init__(self, written: str) -> None:
        self._written = os.open(written, os.O_RDWR | os.O_CREAT)
        self._walked = os.open(f"{written}.walked", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._draw = random.Random()  # noqa: S311 - people, not secrets
        self._inside: list[Pass] = []
        self._grant = 0
        self._number = 0
        self._unkept: deque[tuple[int, bytes]] = deque()
        """Passages that are not known to be on disk."""

    def begin(self, *, after: int, grant: int) -> None:
        """The next event has the number `after` + 1, and the next grant this one."""
        self._number, self._grant = after, grant

    def walk(self) -> list[Record]:
        """Somebody walks in or out, or stands in the lane."""
        if self._draw.random() < 0.1:
            self._number += 1
            return [RaiseAlarm(Alarm.HELD, detail=f"{os.getpid()}-{self._number}")]
        if self._inside and self._draw.random() < 0.4:
            pass_ = self._inside.pop(self._draw.randrange(len(self._inside)))
            return [self._passage(Direction.OUT, None, pass_)]
        now = utc()
        pass_ = Pass(VisitId(secrets.token_hex(12)), 1, now, Utc(now + VALID_S))
        self._inside.append(pass_)
        grant, self._grant = GrantId(self._grant), self._grant + 1
        self._number += 1
        given = RecordGrant(grant, Reason.OK, pass_)
        return [given, self._passage(Direction.IN, grant, pass_)]

    def kept(self, seq: int) -> None:
        """Events up to here are on disk. On the writer's thread."""
        lines = b""
        while self._unkept and self._unkept[0][0] <= seq:
            lines += self._unkept.popleft()[1]
        os.write(self._walked, lines)
        os.pwrite(self._written, seq.to_bytes(WIDTH), 0)

    def _passage(self, way: Direction, grant: GrantId | None, pass_: Pass) -> Record:
        self._number += 1
        line = f"{self._number} {way} {pass_.visit}\n"
        self._unkept.append((self._number, line.encode()))
        return Count(way, Reason.OK, grant, pass_)


def main() -> None:
    """Count until the end."""
    database, port, version, rate, written, name = sys.argv[1:7]
    quiet, over = Path(f"{written}.quiet"), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    walkers = Walkers(written)
    gate = Gate(
        Path(database),
        int(port),
        name=name,
        version=_version(version),
        keepalive_s=1,
        purge_every_s=0.2,
        on_written=walkers.kept,
    )
    walkers.begin(after=gate.loaded.seq, grant=gate.loaded.next_grant)
    owed = 0.0
    while not over.wait(TICK_S):
        owed += 0.0 if quiet.exists() else float(rate) * TICK_S
        while owed >= 1:
            records = walkers.walk()
            owed -= len(records)
            gate.record(*records)
    gate.close()


def _version(text: str) -> Literal["5", "3.1.1"]:
    return "5" if text == "5" else "3.1.1"


if __name__ == "__main__":
    main()
