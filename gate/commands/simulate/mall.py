"""A whole mall: a way in, a way out, a broker, central, its manager, and a listener.

Each lane is a daemon with a database and a world of its own; central is another process. Nobody
shares more with anybody than the broker.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from drivers.simulated.broker import Broker
from drivers.simulated.tally import Tally
from gate.commands.simulate.adapting import Changes, read_base
from gate.commands.simulate.issuer import Issuer
from gate.commands.simulate.lane import Lane, stays, wait_until
from gate.commands.simulate.manager import Manager
from gate.commands.simulate.server import USER, Server

LIMIT = 6
"""Few enough that a simulated morning reaches it."""

SOON_S = 20.0
DONE = "done"

ENTRY: Changes = {"gate": {"scan": "entry"}, "limit": None}
"""Central says how many may enter."""


def _exit(entry: str) -> Changes:
    return {
        "gate": {"scan": "exit", "id": f"{entry}-out"},
        "screening": {"mode": "off"},
        "limit": None,
    }


class Mall:
    """Sets everything up in `folder` from the configuration at `base`; a context manager."""

    def __init__(self, base: Path, folder: Path, *, limit: int = LIMIT) -> None:
        self.limit = limit
        name = str(read_base(base)["gate"]["id"])
        # The listener must miss nothing while it finds the way back, later than the lanes perhaps.
        self.broker = Broker(folder, keeps=True)
        issuer = Issuer(folder)
        self.entry = Lane(base, folder / "entry", broker=self.broker, issuer=issuer, changes=ENTRY)
        self.exit = Lane(
            base, folder / "exit", broker=self.broker, issuer=issuer, changes=_exit(name)
        )
        self.lanes = (self.entry, self.exit)
        site, self._root = self.entry.config.gate, self.entry.config.mqtt.root
        self._venue = site.venue
        self.server = Server(
            folder / "central",
            broker=self.broker,
            root=self._root,
            district=site.district,
            venue=site.venue,
            gates=[lane.id for lane in self.lanes],
            limit=limit,
        )
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for lane in self.lanes:
                opened.callback(lane.world.close)
            opened.enter_context(self.broker)
            self.tally = opened.enter_context(
                Tally(
                    host=self.broker.host,
                    port=self.broker.port,
                    root=self._root,
                    acknowledges=False,
                )
            )
            opened.enter_context(self.server)
            self.manager = opened.enter_context(
                Manager(
                    self.server.url, venue=self._venue, name=USER, password=self.server.password
                )
            )
            for lane in self.lanes:
                opened.callback(lane.stop_daemon)
                lane.launch_daemon()
            for lane in self.lanes:
                lane.await_daemon()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._opened.close()

    @property
    def walked(self) -> tuple[int, int]:
        """People who really went in and out."""
        return self._sum(lambda lane: (lane.visitors.walked["in"], lane.visitors.walked["out"]))

    @property
    def on_disk(self) -> tuple[int, int]:
        """People in and out by what both lanes have on disk."""
        return self._sum(Lane.on_disk)

    @property
    def heard(self) -> tuple[int, int]:
        """People in and out by the events that the listener heard."""
        return self.tally.passages("in"), self.tally.passages("out")

    @property
    def central_counts(self) -> tuple[int, int, int] | None:
        """In, out and inside, as the manager's page shows it; None where it shows nothing."""
        seen = self.manager.sees
        return None if seen is None else (seen.entered, seen.left, seen.inside)

    def has_room(self, people: int) -> bool:
        """Whether so many more may come in, as soon as central has said so."""
        return wait_until(lambda: self._right() >= people, SOON_S)

    def recount(self) -> bool:
        """Staff count everybody: central hears of it first, then both lanes."""
        entered, left = self.walked
        if not wait_until(lambda: self.manager.recount(entered - left) == DONE, SOON_S):
            return False
        for lane in self.lanes:
            lane.recount()
        return True

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is on its way any more: counted, on disk, heard, and at central."""
        return stays(self._is_quiet, timeout_s)

    def stop(self) -> list[str]:
        """End all processes in order; what is wrong with how they ended."""
        codes = {lane.id: lane.stop_daemon() for lane in self.lanes}
        codes["central"] = self.server.stop()
        return [f"{name} ended with exit code {code}" for name, code in codes.items() if code != 0]

    def last_words(self, lines_at_most: int) -> dict[str, str]:
        """The end of each log."""
        told = {lane.id: lane.last_words(lines_at_most) for lane in self.lanes}
        return {**told, "central": self.server.last_words(lines_at_most)}

    def _is_quiet(self) -> bool:
        entered, left = self.walked
        return (
            all(lane.has_counted_all() and lane.has_told_all(self.tally) for lane in self.lanes)
            and self.heard == (entered, left)
            and self.central_counts == (entered, left, entered - left)
        )

    def _right(self) -> int:
        status = self.entry.status()
        return 0 if status is None or status["right"] is None else int(status["right"])

    def _sum(self, of: Callable[[Lane], tuple[int, int]]) -> tuple[int, int]:
        came = [of(lane) for lane in self.lanes]
        return sum(entered for entered, _ in came), sum(left for _, left in came)
