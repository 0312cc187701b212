"""Central as `gate central` assembles it: database, site, link and loop, in this process."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, Self

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Will
from gate.central.loop import Loop
from gate.central.site import Site
from gate.central.store import Store
from gate.central.venue import Plan
from gate.central.view import VenueView
from gate.central.wishes import Outcome, Wish
from gate.model import Monotonic, Utc
from gate.payloads import CentralState

SOON_S = 10.0
LOOK_EVERY_S = 0.02


def plan(*gates: str, capacity: int = 100, name: str = "mall") -> Plan:
    return Plan(name, "jkt", name, gates, licensed=capacity)


class Central:
    """Runs from its making until it is closed; on the same folder it goes on where it ended."""

    def __init__(
        self,
        folder: Path,
        port: int,
        plans: Sequence[Plan],
        *,
        version: Literal["5", "3.1.1"] = "5",
        utc: Callable[[], Utc] = lambda: Utc(time.time()),
    ) -> None:
        self.crashed: SimpleQueue[BaseException] = SimpleQueue()
        self.store = Store(folder / "central.db", now=utc())
        state = CentralState(state="offline").encode()
        self._link = Mqtt(
            Endpoint(
                host="127.0.0.1",
                port=port,
                client_id="central",
                will=Will("aman/v1/central/state", state, delay_s=0),
                version=version,
                keepalive_s=5,
            ),
            retry_first_s=0.01,
            retry_longest_s=0.05,
        )
        self._loop = Loop(
            site=Site(self.store, plans, quota_s=3600.0, now=utc()),
            link=self._link,
            root="aman",
            utc=utc,
            clock=lambda: Monotonic(time.monotonic()),
            on_crash=self.crashed.put,
        )
        self._loop.start()

    def venue(self, name: str = "mall") -> VenueView:
        """As the manager sees it now."""
        return next(it for it in self._loop.view().venues if it.id == name)

    def sees(self, seen: Callable[[VenueView], bool], name: str = "mall") -> VenueView:
        """Wait until the manager sees this."""
        give_up_at = time.monotonic() + SOON_S
        while not seen(self.venue(name)):
            assert self.crashed.empty(), self.crashed.get()
            assert time.monotonic() < give_up_at, self._loop.view()
            time.sleep(LOOK_EVERY_S)
        return self.venue(name)

    def wish(self, wish: Wish) -> "Future[Outcome]":
        """Something that the manager wants."""
        return self._loop.wish(wish)

    def close(self) -> None:
        """Stop in order; a second time does nothing."""
        self._loop.stop()
        self._link.close(with_will=True)
        self.store.close()
        assert self.crashed.empty(), self.crashed.get()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
