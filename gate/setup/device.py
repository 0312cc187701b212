"""The device as set-up sees it: what the provisioner makes of a small file, and of a network."""

from collections.abc import Callable, Collection
from typing import Protocol

from gate.config import Problem
from gate.model import Utc
from gate.provision.report import Outcome
from gate.provision.sections import Wifi as Network
from gate.setup.wifi import Wifi


class Provisioner(Protocol):
    """`gate.provision.applying.Provisioner`; all raise OSError."""

    def problems(self, small: bytes) -> tuple[Problem, ...]:
        """Everything wrong with a small file for this device."""

    def apply(self, small: bytes, now: Utc) -> Outcome:
        """Take it over."""

    def join(self, wifi: Network, *, sae: bool = False) -> tuple[str, ...]:
        """Store a network and join it. Says what failed."""


class Provisioned:
    """Hands on what was held up, and says what became of it, a line each."""

    def __init__(
        self, provisioner: Provisioner, *, now: Callable[[], Utc], say: Callable[[str], None]
    ) -> None:
        self._provisioner = provisioner
        self._now = now
        self._say = say

    def apply(self, file: bytes, before: Callable[[], None]) -> Collection[str]:
        """Configure the device, or return all that is wrong with the file."""
        problems = self._provisioner.problems(file)
        if not problems:
            before()
            outcome = self._provisioner.apply(file, self._now())
            for line in (*outcome.done, *(f"FAILED: {what}" for what in outcome.failed)):
                self._say(f"- {line}")
            problems = outcome.problems
        return [str(problem) for problem in problems]

    def join(self, wifi: Wifi) -> None:
        """Store a network and join it."""
        network = Network(ssid=wifi.ssid, password=wifi.password, hidden=wifi.hidden)
        for failed in self._provisioner.join(network, sae=wifi.sae):
            self._say(f"- FAILED: {failed}")
