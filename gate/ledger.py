"""What the deciding thread keeps account of: people counted, the right, and visits.

All in memory, so that no decision waits for a disk; the writer puts the same on disk by the same
functions (`gate.occupancy`, `gate.allowance`, `gate.visits`), in the same order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

from gate.allowance import Allowance, Quota, Room, adopted, allowance_after, room
from gate.desk import Desk
from gate.elsewhere import CutOff, EventsHeard, Heard, PageHeard
from gate.events import (
    CheckOutShown,
    PassAccepted,
    PassRefused,
    PlacesLeft,
    Record,
    RoomChanged,
)
from gate.kept import CFG, KEYS, QUOTA
from gate.keys import KeySet
from gate.lists import Lists
from gate.model import RefusalCode, Utc
from gate.occupancy import Totals, totals_after
from gate.state import Gate, Idle
from gate.venue import Policy


@dataclass(frozen=True, slots=True)
class QuotaHeard:
    """Central gave a quota."""

    quota: Quota
    payload: bytes
    """As it came, for the disk."""


@dataclass(frozen=True, slots=True)
class PolicyHeard:
    """Central said what the gates of the venue have in common."""

    policy: Policy
    payload: bytes


@dataclass(frozen=True, slots=True)
class KeysHeard:
    """Central said who issues passes, and the site's root key has signed it."""

    keys: KeySet
    payload: bytes


News = Lists | QuotaHeard | PolicyHeard | KeysHeard | EventsHeard | PageHeard | CutOff
"""What changes the account without anything happening in the lane."""


class Recorder(Protocol):
    """What is needed of the writer."""

    def submit(self, record: Record, at: Utc) -> None:
        """Queue a record for the disk; returns at once."""

    def keep(self, name: str, version: int, payload: bytes) -> None:
        """Queue a word of central for the disk, after all that was submitted before."""

    def hear(self, heard: Heard) -> None:
        """Queue what others told of visits, after all that was submitted before."""


class Ledger:
    """Belongs to the deciding thread; `totals` is an immutable value that any thread may read.

    `timed` says whether the gate can tell what time it is.
    """

    def __init__(
        self,
        *,
        totals: Totals,
        allowance: Allowance,
        desk: Desk,
        recorder: Recorder,
        timed: Callable[[], bool],
    ) -> None:
        self._totals = totals
        self._allowance = allowance
        self._desk = desk
        self._recorder = recorder
        self._timed = timed

    @property
    def totals(self) -> Totals:
        """People counted."""
        return self._totals

    def judge(
        self, raw: bytes, now: Utc, *, sure: bool
    ) -> PassAccepted | PassRefused | CheckOutShown:
        """The event that showing these bytes at `now` is (`gate.desk`)."""
        return self._desk.judge(raw, now, sure=sure)

    def note(self, record: Record, at: Utc) -> None:
        """Something happened: it counts from now on, and is on its way to the disk."""
        self._totals = totals_after(self._totals, record)
        self._allowance = allowance_after(self._allowance, record, self._totals)
        self._desk.note(record, at)
        self._recorder.submit(record, at)

    def learn(self, news: News, now: Utc) -> None:
        """Somebody said something that counts from now on.

        A quota counts before it is on disk, and central hears of it after: a lower one must bind
        at once, and the right under a higher one is only lost by a power cut.
        """
        match news:
            case Lists():
                self._desk.adopt(news)
            case QuotaHeard(quota, payload):
                allowance = adopted(self._allowance, quota)
                if allowance is not None:
                    self._allowance = allowance
                    self._recorder.keep(QUOTA, quota.version, payload)
            case PolicyHeard(policy, payload):
                if self._desk.adopt_policy(policy):
                    self._recorder.keep(CFG, policy.version, payload)
            case KeysHeard(keys, payload):
                if self._desk.adopt_keys(keys):
                    self._recorder.keep(KEYS, keys.version, payload)
            case EventsHeard() | PageHeard():
                self._desk.hear(news, now)
                self._recorder.hear(news)
            case CutOff(cut_off):
                self._desk.cut_off = cut_off
            case _:
                assert_never(news)

    def room(self, now: Utc) -> Room:
        """What the limit leaves at `now`."""
        return room(self._allowance, self._totals, now, timed=self._timed())

    def room_changed(self, gate: Gate, now: Utc) -> tuple[RoomChanged, ...]:
        """What the limit leaves, where the machine in this state takes it for something else."""
        left = self.room(now)
        changed = RoomChanged(left.places, left.reserve, left.why)
        known = RoomChanged(gate.room, gate.reserve, gate.no_right)
        return () if changed == known else (changed,)

    def left_of_party(self, gate: Gate, now: Utc) -> tuple[PlacesLeft, ...]:
        """What others have left of the party that the machine in this state serves."""
        pass_ = None if isinstance(gate.dialog, Idle) else gate.dialog.party.pass_
        if pass_ is None:
            return ()
        answer = self._desk.admission(pass_, now)
        if isinstance(answer, PassRefused):
            return (PlacesLeft(0, answer.code),)
        return (PlacesLeft(answer.places, RefusalCode.PARTY_COMPLETE),)
