"""One venue: what its gates say, what becomes of it on disk, and what there is to say then.

Belongs to the deciding thread. Every method is called within a transaction of the store; the words
that it leaves in `words` are published after the commit, and only if that succeeded. Where it did
not, the venue is made again from the disk.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import time
from typing import Literal
from zoneinfo import ZoneInfo

from gate.central import lane as lanes
from gate.central.day import day_began
from gate.central.demand import demand_after
from gate.central.epoch import NEVER, Epoch, begun_at, seen, told
from gate.central.gaps import Gap, gap_after
from gate.central.journal import Journal
from gate.central.lane import LaneState
from gate.central.link import Word
from gate.central.marks import Mark, Since, mark
from gate.central.occupancy import Occupancy, occupancy
from gate.central.people import People
from gate.central.quotas import Quotas
from gate.central.settings import Settings
from gate.central.visits import Visits
from gate.model import Utc
from gate.payloads import Ack, Ask, Cfg, Ctr, Evt, EvtItem, Meta, Occ, Policy, Status
from gate.topics import Topics, topics
from gate.topics import Venue as VenueTopics

JAKARTA = ZoneInfo("Asia/Jakarta")

STRANGERS = 20
"""Gates that are not listed, of which it is told."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the site says of a venue."""

    id: str
    district: str
    name: str
    gates: tuple[str, ...]
    licensed: int
    """The highest limit that may be set, and the first."""
    reserve: int = 0
    """Places for staff."""
    cut_off: Literal["soft", "deny"] = "soft"
    zone: ZoneInfo = JAKARTA
    day_ends: time = time(3)
    """On the venue's wall clock."""
    empty_at_day_end: bool = True
    """Nobody is inside then, whatever was counted; else the number is carried on."""
    keys: bytes = b""
    """Keys of passes for its gates, signed, as `V/keys` carries them; empty: none."""
    root: str = "aman"


class Venue:
    """See above."""

    def __init__(
        self, plan: Plan, db: sqlite3.Connection, *, opened_at: Utc, quota_s: float, now: Utc
    ) -> None:
        self.plan = plan
        self.words: list[Word] = []
        self.topics: dict[str, Topics] = {
            gate: topics(root=plan.root, district=plan.district, venue=plan.id, gate=gate)
            for gate in plan.gates
        }
        self.settings = Settings(db, plan.id, licensed=plan.licensed, opened_at=opened_at)
        self.people = People(db, plan.id, plan.gates)
        self.visits = Visits(db, plan.id, opened_at=opened_at)
        self.journal = Journal(db, plan.id)
        self.quotas = Quotas(db, opened_at=opened_at, valid_s=quota_s, gates=plan.gates)
        newest = self.people.newest
        self.lanes: dict[str, LaneState] = {
            gate: LaneState(gate, heard_at=newest[gate].heard_at if gate in newest else None)
            for gate in plan.gates
        }
        self._gaps: dict[str, Gap] = {}
        self._known: tuple[tuple[object, ...], Occupancy] | None = None
        """The number inside, and all that it was made from."""
        self.purged_at = NEVER
        self._strangers: set[str] = set()
        self.was_full = False
        """Nobody else was let in, and nobody has been told since that there is room again."""
        if Since.COUNT not in self.people.marks:
            self.people.set_mark(Mark(Since.COUNT, NEVER, 0, 0, {}))
            began = day_began(now, at=plan.day_ends, zone=plan.zone)
            self.people.set_mark(Mark(Since.DAY, began, 0, 0, {}))
        self.cfg()  # a changed plan is a new version
        if Since.RELEASE in self.people.marks:
            for gate in self.journal.released(plan.gates):
                self.lanes[gate] = replace(self.lanes[gate], released=True)

    # --- what the gates say -------------------------------------------------------------------

    def hear_ctr(self, ctr: Ctr, now: Utc, *, heard_at: Utc) -> None:
        """Totals of one gate; `heard_at`: they are no older than that."""
        before = self._life(ctr.gate, ctr.epoch)
        after = replace(told(before, ctr), heard_at=Utc(max(min(before.heard_at, now), heard_at)))
        self.people.update(after)
        if after.qv != before.qv:
            by = now if ctr.clk == "unsure" else heard_at
            self.quotas.confirmed(after, given_by=by, limit=self.plan.licensed)
            if self.quotas.is_foreign(after) and not self.settings.uncertain:
                self.settings.uncertain = f"{ctr.gate} goes by a quota of another disk of central's"
                self.journal.alarm("uncertain", now, gate=ctr.gate, detail=self.settings.uncertain)

    def hear_evt(self, evt: Evt, now: Utc) -> None:
        """A batch of one gate, maybe again, maybe behind a gap."""
        epoch = self._life(evt.gate, evt.epoch)
        new = [
            event
            for event in (_not_later(event, now) for event in evt.events)
            if event.seq > epoch.reached and self.journal.keep(evt.gate, evt.epoch, event)
        ]
        first = evt.events[0].seq
        if first > epoch.reached + 1:
            gap = gap_after(self._gaps.get(evt.gate), epoch, first, now)
            self._gaps[evt.gate] = gap
            if gap.is_lost:
                detail = f"events {epoch.reached + 1} to {first - 1} are lost"
                self.journal.alarm("gap", now, gate=evt.gate, detail=detail)
                epoch = begun_at(epoch, first - 1)
                self.people.update(epoch)
        if new and new[0].seq == epoch.reached + 1:
            for event in new:
                if event.seq != epoch.reached + 1:
                    break
                epoch = self._take(epoch, event, now)
        for event in self.journal.after(epoch):
            epoch = self._take(epoch, event, now)
        self.say_ack(epoch)

    def hear_ack(self, gate: str, ack: Ack, now: Utc) -> None:
        """Our own, from before this disk: what it says is gone at the gate."""
        epoch = self._life(gate, ack.epoch)
        if ack.seq > epoch.reached:
            detail = f"another disk of central's had events up to {ack.seq}"
            self.journal.alarm("gap", now, gate=gate, detail=detail)
            epoch = begun_at(epoch, ack.seq)
            self.people.update(epoch)
            for event in self.journal.after(epoch):
                epoch = self._take(epoch, event, now)

    def hear_status(self, gate: str, status: Status, now: Utc) -> None:
        """How a gate is; told when it changes."""
        before = self.lanes[gate]
        self.lanes[gate] = lanes.with_status(before, status)
        if status.state == "lost" and before.state != "lost":
            self.journal.alarm("lost", now, gate=gate)

    def hear_meta(self, gate: str, meta: Meta) -> None:
        """What a gate is."""
        self.lanes[gate] = lanes.with_meta(self.lanes[gate], meta)

    def hear_ask(self, ask: Ask) -> None:
        """A gate wants to know what it missed."""
        answer = self.visits.answer(ask, self.people.newest.values())
        self.words.append(Word(self.topics[ask.gate].ans, answer.encode(), retain=False))

    def hear_stranger(self, gate: str, now: Utc) -> None:
        """A gate that the venue does not list speaks in its name: told once, and not counted."""
        if gate not in self._strangers and len(self._strangers) < STRANGERS:
            self._strangers.add(gate)
            self.journal.alarm("unlisted", now, gate=gate)

    def heard_from(self, gate: str, at: Utc) -> None:
        """A gate has said something."""
        self.lanes[gate] = lanes.heard(self.lanes[gate], at)

    # --- what there is to say -----------------------------------------------------------------

    def say_ack(self, epoch: Epoch) -> None:
        """The gate may forget what is on disk here."""
        self.words.append(self.ack_word(epoch))

    def ack_word(self, epoch: Epoch) -> Word:
        """Up to which event everything of a gate is on disk."""
        ack = Ack(epoch=epoch.epoch, seq=epoch.reached)
        return Word(self.topics[epoch.gate].ack, ack.encode())

    def occ(self, now: Utc) -> Occ:
        """The number inside, for who listens."""
        known = self.occupancy(now)
        limit = self.settings.limit
        return Occ(
            inside=known.inside,
            lower=known.lower,
            upper=known.upper,
            capacity=limit,
            free=max(0, limit - max(0, known.inside)),
            stale=tuple(sorted(self.stale(now))),
            ts=now,
        )

    def cfg(self) -> Word:
        """What the gates have in common; with a new version where that has changed."""
        cfg = Cfg(
            version=1,
            gates=self.plan.gates,
            capacity=self.settings.limit,
            policy=Policy(cut_off=self.plan.cut_off),
        )
        version = self.settings.cfg_version(cfg.encode())
        payload = cfg.model_copy(update={"version": version}).encode()
        return Word(venue_topics(self.plan).cfg, payload)

    # --- what is known ------------------------------------------------------------------------

    def stale(self, now: Utc) -> frozenset[str]:
        """The gates that may count people without anybody hearing of it."""
        return frozenset(it.id for it in self.lanes.values() if lanes.is_stale(it, now))

    def occupancy(self, now: Utc) -> Occupancy:
        """People inside."""
        count, release = self.people.marks[Since.COUNT], self.people.marks.get(Since.RELEASE)
        doubtful = self.journal.tailgates_since(count.at) + self.visits.extra_since(count.at)
        stale, limit = self.stale(now), self.settings.limit
        told = self.people.version, self.quotas.version
        made_from = (count, release, doubtful, stale, limit, *told)
        if self._known is None or self._known[0] != made_from:
            known = occupancy(
                count,
                self.people.epochs,
                self.quotas.reach,
                stale=stale,
                doubtful=doubtful,
                release=release,
            )
            self._known = made_from, known
        return self._known[1]

    # --- one event ----------------------------------------------------------------------------

    def _life(self, gate: str, epoch: str) -> Epoch:
        """What is known of it; in a new one no grant of an older one is open."""
        if not self.people.knows(gate, epoch):
            self.visits.end_grants(gate)
        return self.people.epoch(gate, epoch)

    def _take(self, epoch: Epoch, event: EvtItem, now: Utc) -> Epoch:
        """The next event of a gate; everything that follows from it but quotas."""
        if event.kind == "release":
            self._released(epoch, event, now)
        epoch = seen(epoch, event)
        self.people.note(epoch, event)
        lane = self.lanes[epoch.gate]
        self.lanes[epoch.gate] = replace(lane, demand=demand_after(lane.demand, event, now))
        suspect = self.visits.note(epoch.gate, event)
        if suspect is not None:
            self.visits.suspect(suspect, event.at)
        if event.kind == "alarm":
            detail = event.detail or ""
            self.journal.alarm(event.reason or "", event.at, gate=epoch.gate, detail=detail)
        if event.kind in {"release", "recount"}:
            self.quotas.ended_at_the_gate(epoch)
        return epoch

    def _released(self, epoch: Epoch, event: EvtItem, now: Utc) -> None:
        """The fire panel: who was inside then is the muster list's number."""
        active = event.reason == "active"
        lane = self.lanes[epoch.gate]
        self.lanes[epoch.gate] = replace(lane, released=active)
        kind = "release" if active else "release_over"
        self.journal.alarm(kind, event.at, gate=epoch.gate, detail="")
        release = self.people.marks.get(Since.RELEASE)
        if active and release is None:
            known = self.occupancy(now)
            at = Utc(min(event.at, now))
            self.people.set_mark(
                mark(Since.RELEASE, at, self.people.epochs, value=known.inside, upper=known.upper)
            )
        elif release is not None:
            still = any(it.released for it in self.lanes.values())
            self.people.end_release(None if still else event.at)


def _not_later(event: EvtItem, now: Utc) -> EvtItem:
    """A time in the future counts as now: the clock of the gate is wrong."""
    return event if event.at <= now else event.model_copy(update={"at": now})


def venue_topics(plan: Plan) -> VenueTopics:
    """What central says to all gates of a venue."""
    return topics(root=plan.root, district=plan.district, venue=plan.id, gate="+").venue
