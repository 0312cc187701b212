"""Waits in front of the camera until the device is configured, and says what it sees.

What the scanner's thread tells comes through one inbox; only `wait` acts on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol, assert_never

from gate.setup.taking import Said

LOOK_S = 1.0
"""How often the clock is looked at, and a sign of life given."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code was held up."""

    text: bytes


@dataclass(frozen=True, slots=True)
class CameraLost:
    """There is no picture, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class CameraBack:
    """There is a picture (again)."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A bug in a thread."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants this to end."""


Inbox = SimpleQueue[Shown | CameraLost | CameraBack | Crashed | Stop]


class Takes(Protocol):
    """Takes what is held up (`gate.setup.taking.Taking`)."""

    def take(self, text: bytes) -> Said:
        """What becomes of it."""


def wait(
    inbox: Inbox, taking: Takes, *, say: Callable[[str], None], beat: Callable[[], object]
) -> bool:
    """Take codes until the device is configured: True; False where it was told to stop.

    `say` gets what a technician wants to read, one line or more; `beat` is called about once a
    second. Raises what a thread met, if it met a bug.
    """
    while True:
        beat()
        try:
            event = inbox.get(timeout=LOOK_S)
        except Empty:
            continue
        match event:
            case Shown(text):
                said = taking.take(text)
                say(said.text)
                if said.configured:
                    return True
            case CameraLost(why):
                say(f"NO CAMERA: {why}. gate doctor says more; the card works without one")
            case CameraBack():
                say("the camera sees again")
            case Crashed(error):
                raise error
            case Stop():
                return False
            case _:
                assert_never(event)
