"""Proof of life: each part shows that it goes round, and who watches from outside is told.

1. A part proves itself alive by going round: at each round its own thread notes the time. Nobody
   notes it for a part, or a part that hangs would look alive for ever.
2. Each part has a budget, the longest that an honest round of it can take. A part that is lost
   (no camera, the broker away) goes round all the same: it is broken, not dead.
3. The deciding thread proves itself by being the one that looks: a sign of life follows a look
   that found nobody overdue, and nothing else makes one.

The budgets are long where ending the process would not help: it is there for a bug, a thread that
waits for ever, and not for a slow disk, whose grants are refused by then (rule 3 of
`gate.machine`), nor for a slow network, for which nothing waits.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gate.model import Monotonic

log = logging.getLogger(__name__)

OPENING_S = 20.0
"""Closing a camera and opening it, which on a small Pi begins with reading picamera2 from the
card. A frame may take its time-out besides."""

BUS_S = 10.0
"""A round of the thermometer has at most eight transfers that fail, and the kernel gives up one on
a bus that hangs after a second (i2c-core-base.c). The pause between samples comes on top."""

DISK_S = 75.0
"""The kernel gives an SD card a minute for one request (mmc/core/queue.c) before it fails, and
the writer rests up to five seconds before it tries again."""

NETWORK_S = 90.0
"""Connecting waits for three name servers, each asked twice for five seconds and maybe for two
names (resolv.conf(5)), then five seconds for each address and for TLS."""

MOMENT_S = 10.0
"""Nothing in a round waits for anything but the processor, and for a card that has to read a
page of the program back."""


class Watcher(Protocol):
    """Who ends this process when there are no signs of life (`drivers.systemd`)."""

    def watchdog(self) -> None:
        """A sign of life."""

    def status(self, text: str) -> None:
        """How the lane is, in one line."""


@dataclass(frozen=True, slots=True)
class Vital:
    """A part that has to prove itself alive, at least every `budget_s`."""

    name: str
    """The name of its thread."""
    alive_at: Callable[[], Monotonic]
    """When it last began a round, by its own thread."""
    budget_s: float


class Pulse:
    """Belongs to the deciding thread, which calls `beat` at least once a second.

    `line` makes the line for people; it is given the names of those who are overdue.
    """

    def __init__(
        self,
        *,
        vitals: Sequence[Vital],
        watcher: Watcher,
        line: Callable[[tuple[str, ...]], str],
        clock: Callable[[], Monotonic],
    ) -> None:
        self._vitals = tuple(vitals)
        self._watcher = watcher
        self._line = line
        self._clock = clock
        self._overdue: tuple[str, ...] = ()
        self._said = ""

    def beat(self) -> None:
        """Look at everybody; a sign of life where nobody is overdue; the line when it changes.

        The clock is read here and not handed in: a moment from before the loop waited would
        make everybody look alive.
        """
        now = self._clock()
        silent_s = {vital.name: now - vital.alive_at() for vital in self._vitals}
        before = self._overdue
        self._overdue = tuple(v.name for v in self._vitals if silent_s[v.name] > v.budget_s)
        for name in self._overdue:
            if name not in before:  # once, for who reads the log after a restart
                log.error("%s hangs: no round for %.0f s", name, silent_s[name])
        for name in before:
            if name not in self._overdue:
                log.warning("%s goes round again", name)
        if not self._overdue:
            self._watcher.watchdog()
        if (line := self._line(self._overdue)) != self._said:
            self._watcher.status(line)
            self._said = line
