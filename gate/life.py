"""Who has to prove to be alive, and when a sign of life is due. Pure; `now` is an argument.

1. A part proves itself alive by going round: at each round its own thread notes the time. Nobody
   notes it for a part, or a part that hangs would look alive for ever.
2. Each part has a budget, the longest that an honest round of it can take. A part that is lost
   (no camera, the broker away) goes round all the same: it is broken, not dead.
3. The deciding thread proves itself by being the one that looks: a sign of life follows a look
   that found nobody overdue, and nothing else makes one.
4. There are three looks in the time after which somebody watching gives up, so that one may come
   late; and enough of them for a status line that is fresh.

The budgets are long where ending the process would not help: it is there for a bug, a thread that
waits for ever, and not for a slow disk, whose grants are refused by then (rule 3 of
`gate.machine`), nor for a slow network, for which nothing waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gate.model import Monotonic

OPENING_S = 20.0
"""Closing a camera and opening it, which on a small Pi begins with reading picamera2 from the
card. A frame may take its time-out besides."""

BUS_S = 10.0
"""A round of the thermometer has at most eight transfers, and the kernel gives up one on a bus
that hangs after a second (i2c-core-base.c). The pause between samples comes on top."""

DISK_S = 75.0
"""The kernel gives an SD card a minute for one request (mmc/core/queue.c) before it fails, and
the writer rests up to five seconds before it tries again."""

NETWORK_S = 90.0
"""Connecting waits for three name servers, each asked twice for five seconds and maybe for two
names (resolv.conf(5)), then five seconds for each address and for TLS."""

MOMENT_S = 10.0
"""Nothing in a round waits for anything but the processor, and for a card that has to read a
page of the program back."""

LOOK_EVERY_S = 3.0
"""The longest time between two looks: so old may a status line be."""

LOOKS = 3


def look_every_s(watchdog_s: float | None) -> float:
    """How often to look, for somebody who gives up after `watchdog_s` (None: for nobody)."""
    return LOOK_EVERY_S if watchdog_s is None else min(LOOK_EVERY_S, watchdog_s / LOOKS)


@dataclass(frozen=True, slots=True)
class Proof:
    """What one part shows for itself."""

    name: str
    alive_at: Monotonic
    """When it last began a round, by its own thread."""
    budget_s: float


def overdue(proofs: Iterable[Proof], now: Monotonic) -> tuple[str, ...]:
    """Who has been silent for longer than the budget."""
    return tuple(proof.name for proof in proofs if now - proof.alive_at > proof.budget_s)


@dataclass(frozen=True, slots=True)
class Heart:
    """When the next look is due, and what the last one found."""

    every_s: float
    due_at: Monotonic
    overdue: tuple[str, ...] = ()
    """While there is somebody, no sign of life goes out."""


def look(heart: Heart, proofs: Iterable[Proof], now: Monotonic) -> Heart:
    """The heart after a look at `now`, for when one is due."""
    return replace(heart, due_at=Monotonic(now + heart.every_s), overdue=overdue(proofs, now))
