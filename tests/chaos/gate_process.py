"""A gate that counts people as fast as it is told to, until it is killed.

`python -m tests.chaos.gate_process DATABASE PORT VERSION EVENTS_A_SECOND WRITTEN`: how many events
are on disk stands in the file WRITTEN, as eight bytes, whatever becomes of the process. Once there
is a file WRITTEN.quiet, nobody is counted any more. SIGTERM: stop in order.
"""

import os
import random
import signal
import sys
import threading
from pathlib import Path
from typing import Literal

from gate.events import Count, RaiseAlarm, Record
from gate.model import Alarm, Direction, Reason
from tests.assembled import Gate

TICK_S = 0.02
WIDTH = 8


def main() -> None:
    """Count until the end."""
    database, port, version, rate, written = sys.argv[1:6]
    quiet, over = Path(f"{written}.quiet"), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    file = os.open(written, os.O_RDWR | os.O_CREAT)
    gate = Gate(
        Path(database),
        int(port),
        version=_version(version),
        keepalive_s=1,
        purge_every_s=0.2,
        on_written=lambda seq: _note(file, seq),
    )
    draw = random.Random()  # noqa: S311 - people, not secrets
    number, owed = 0, 0.0
    while not over.wait(TICK_S):
        owed += 0.0 if quiet.exists() else float(rate) * TICK_S
        while owed >= 1:
            owed, number = owed - 1, number + 1
            gate.record(_somebody(draw, f"{os.getpid()}-{number}"))
    gate.close()


def _version(text: str) -> Literal["5", "3.1.1"]:
    return "5" if text == "5" else "3.1.1"


def _note(file: int, seq: int) -> None:
    os.pwrite(file, seq.to_bytes(WIDTH), 0)


def _somebody(draw: random.Random, token: str) -> Record:
    """Somebody walks in or out, or stands in the lane."""
    if draw.random() < 0.1:
        return RaiseAlarm(Alarm.HELD, detail=token)
    return Count(draw.choice((Direction.IN, Direction.OUT)), Reason.ATTENDANT)


if __name__ == "__main__":
    main()
