"""Central's signs of life: made by the thread that decides, so that none comes where it hangs."""

from collections.abc import Callable
from typing import Protocol

from gate.central.view import View
from gate.model import Monotonic

EVERY_S = 1.0


class Watcher(Protocol):
    """Who ends this process when there are no signs of life (`drivers.systemd`)."""

    def watchdog(self) -> None:
        """A sign of life."""

    def status(self, text: str) -> None:
        """How central is, in one line."""


class Pulse:
    """Told of each round of the deciding thread, it passes on one a second."""

    def __init__(
        self, watcher: Watcher, *, view: Callable[[], View], clock: Callable[[], Monotonic]
    ) -> None:
        """`view` is asked at most once a second, for the line that people read."""
        self._watcher = watcher
        self._view = view
        self._clock = clock
        self._next = Monotonic(0.0)
        self._said = ""

    def beat(self) -> None:
        """The thread has gone round."""
        now = self._clock()
        if now < self._next:
            return
        self._next = Monotonic(now + EVERY_S)
        self._watcher.watchdog()
        line = line_of(self._view())
        if line != self._said:
            self._said = line
            self._watcher.status(line)


def line_of(view: View) -> str:
    """How central is, for `systemctl status`."""
    venues = len(view.venues)
    gates = [gate for venue in view.venues for gate in venue.gates]
    online = sum(gate.state == "online" for gate in gates)
    line = (
        f"{'1 venue' if venues == 1 else f'{venues} venues'},"
        f" {sum(venue.inside for venue in view.venues)} inside,"
        f" {online} of {len(gates)} gates online"
    )
    return f"{view.trouble}; {line}" if view.trouble else line
