"""One step: so many gates, from their connections to the last sum."""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gate.commands.load.figures import Figures, median_and_p99_ms
from gate.commands.load.process import Vitals, machine, vitals
from gate.commands.load.servers import OnDisk, Servers
from gate.commands.load.site import Site
from gate.commands.load.traffic import Traffic, now, utc
from gate.model import Utc

PATIENCE_S = 180.0
"""For everything to come to rest."""

FIRST_PARTIES = 1
"""Stand at each way in when it opens, so that some are inside when others want to leave."""

CENTRAL_S = 30.0
"""For central to start and connect."""


class LoadError(Exception):
    """The step cannot go on; the text says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step is to be like."""

    a_minute: float
    warm_up_s: float
    """People come, and nothing is measured yet."""
    seconds: float
    """How long is measured."""
    down_s: float
    """How long central is away."""
    seed: int


def run_on_own(site: Site, wanted: Wanted, folder: Path, say: Callable[[str], None]) -> Figures:
    """With a broker and a central of its own. Raises LoadError, BrokerError."""
    with Servers(site, folder) as servers:
        servers.start_central()
        host, port = servers.broker.host, servers.broker.port
        return _Step(site, wanted, host, port, servers, say).run()


def run_on_others(
    site: Site, wanted: Wanted, host: str, port: int, say: Callable[[str], None]
) -> Figures:
    """With servers that are there, and go on. Raises LoadError."""
    return _Step(site, wanted, host, port, None, say).run()


class _Step:
    def __init__(
        self,
        site: Site,
        wanted: Wanted,
        host: str,
        port: int,
        servers: Servers | None,
        say: Callable[[str], None],
    ) -> None:
        self._wanted = wanted
        self._servers = servers
        self._say = say
        self._traffic = Traffic(
            site, host=host, port=port, a_minute=wanted.a_minute, seed=wanted.seed
        )
        self._before: dict[str, int] = {}
        """People inside by other gates than ours."""
        self.figures = Figures(site.gates, site.venues, wanted.a_minute)

    def run(self) -> Figures:
        with closing(self._traffic):
            self._connect()
            self._measure()
            self._settle()
            if self._servers is not None:
                self._kill_and_start(self._servers)
                self.figures.database_mb = self._servers.database_mb
                self.figures.wrong += _differences(self._traffic, self._servers.on_disk())
            if self._traffic.tally.denied:
                self.figures.wrong.append(f"{self._traffic.tally.denied} words were refused")
            self.figures.lost = self._traffic.tally.losses
        return self.figures

    def _connect(self) -> None:
        traffic, figures = self._traffic, self.figures
        if not traffic.run(until=lambda: traffic.observer.heard.central, at_most_s=CENTRAL_S):
            raise LoadError(f"central is not online at the broker.{self._last_words()}")
        self._say(f"{figures.gates} gates in {figures.venues} venues connect")
        began = now()
        traffic.connect()
        if not traffic.run(until=lambda: traffic.all_up, at_most_s=PATIENCE_S):
            up = sum(gate.link.online for gate in traffic.gates)
            raise LoadError(f"only {up} of {figures.gates} gates are connected")
        figures.connect_s = now() - began
        began = now()
        if not traffic.run(until=lambda: traffic.all_may_admit, at_most_s=PATIENCE_S):
            raise LoadError(
                "central gives no quotas: does it run, and has it these venues"
                f" (gate load --print-config)?{self._last_words()}"
            )
        figures.ready_s = now() - began
        occ = traffic.observer.heard.occ
        traffic.run(until=lambda: len(occ) == figures.venues, at_most_s=PATIENCE_S)
        if self._servers is None:
            self._before = {venue: it.inside for venue, it in occ.items()}

    def _measure(self) -> None:
        traffic, figures, wanted = self._traffic, self.figures, self._wanted
        self._say(f"people come, {wanted.a_minute:g} a minute at each gate, {wanted.seconds:g} s")
        traffic.crowd.begin(now(), utc(), waiting=FIRST_PARTIES)
        traffic.run_for(wanted.warm_up_s)
        before, stood, began = self._count(), self._vitals(), now()
        traffic.tally.waits.clear()
        traffic.run_for(wanted.seconds)
        seconds = now() - began
        after, stands = self._count(), self._vitals()
        rates = [(a - b) / seconds for a, b in zip(after, before, strict=True)]
        figures.seconds = seconds
        figures.said, figures.heard, figures.events, figures.acknowledged, stored = rates
        figures.wait_ms, figures.wait_p99_ms = median_and_p99_ms(traffic.tally.waits)
        figures.load_cpu = _per_cent(stood["load"], stands["load"], seconds)
        figures.other_cpu = _per_cent(stood["all"], stands["all"], seconds) - figures.load_cpu
        if self._servers is not None:
            figures.stored = stored
            figures.central_mb = stands["central"].memory_mb
            figures.central_cpu = _per_cent(stood["central"], stands["central"], seconds)
            figures.broker_mb = stands["broker"].memory_mb
            figures.broker_cpu = _per_cent(stood["broker"], stands["broker"], seconds)
            figures.other_cpu -= figures.central_cpu + figures.broker_cpu

    def _settle(self) -> None:
        """Wait until all is acknowledged and central says the right numbers."""
        traffic = self._traffic
        self._stop_people()
        began, since = now(), Utc(0)
        if not self._agrees(since):
            self.figures.wrong += self._what_differs(since)
        self.figures.settle_s = now() - began
        self.figures.refused = traffic.crowd.refused

    def _kill_and_start(self, servers: Servers) -> None:
        traffic, figures = self._traffic, self.figures
        self._say(f"central is killed, people come for {self._wanted.down_s:g} s, it is started")
        servers.kill_central()
        traffic.crowd.begin(now(), utc())
        traffic.run_for(self._wanted.down_s)
        self._stop_people()
        figures.backlog = traffic.backlog
        began, since = now(), utc()
        servers.start_central()
        if not self._agrees(since):
            figures.wrong += self._what_differs(since)
        figures.restart_s = now() - began

    def _stop_people(self) -> None:
        crowd = self._traffic.crowd
        crowd.end()
        if not self._traffic.run(until=lambda: crowd.is_quiet, at_most_s=PATIENCE_S):
            raise AssertionError("people who never arrive")

    def _agrees(self, since: Utc) -> bool:
        traffic = self._traffic
        return traffic.run(
            until=lambda: (
                not (traffic.backlog or traffic.differing(since=since, before=self._before))
            ),
            at_most_s=PATIENCE_S,
        )

    def _what_differs(self, since: Utc) -> list[str]:
        traffic = self._traffic
        found = [
            f"{venue}: {traffic.inside(venue)} inside by its gates, central says"
            f" {traffic.observer.heard.occ.get(venue)}"
            for venue in traffic.differing(since=since, before=self._before)
        ]
        if traffic.backlog:
            found.append(f"{traffic.backlog} events are not acknowledged")
        return [*found, *filter(None, [self._last_words()])]

    def _count(self) -> tuple[int, int, int, int, int]:
        traffic = self._traffic
        stored = 0 if self._servers is None else self._servers.events_on_disk()
        said, heard = traffic.tally.said, traffic.tally.heard
        return said, heard, traffic.events, traffic.acknowledged, stored

    def _vitals(self) -> dict[str, Vitals]:
        pids = {"load": os.getpid()}
        if self._servers is not None:
            pids |= {
                "broker": self._servers.broker.pid or 0,
                "central": self._servers.central_pid or 0,
            }
        try:
            return {"all": machine()} | {name: vitals(pid) for name, pid in pids.items()}
        except OSError as error:
            raise LoadError(f"broker or central has ended.{self._last_words()}") from error

    def _last_words(self) -> str:
        words = "" if self._servers is None else self._servers.last_words()
        return f"\nCentral's log ends with\n{words}" if words else ""


def _per_cent(before: Vitals, after: Vitals, seconds: float) -> float:
    return 100 * (after.cpu_s - before.cpu_s) / seconds


def _differences(traffic: Traffic, disk: Mapping[tuple[str, str], OnDisk]) -> list[str]:
    """Between the gates and central's database."""
    wrong = []
    for gate in traffic.gates:
        lane = gate.lane
        ours = OnDisk(lane.totals.entered, lane.totals.left, lane.seq, lane.seq)
        theirs = disk.get((gate.place.gate, lane.epoch))
        if theirs != ours:
            wrong.append(f"{gate.place.gate}: {ours} at the gate, {theirs} at central")
    return wrong
