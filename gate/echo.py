"""What the gate hears of itself over the broker: is its database behind what it has published?

1. The database is behind when its epoch has a `ctr` or an `ack` with a number that it never gave,
   or a `ctr` whose head is not the link of the event with that number here: somebody put an older
   copy in its place, and maybe the gate has gone on counting since.
2. A start on a database that is not new says nothing until it has heard its own retained `ctr`,
   or for two seconds: what it says would take the place of what it has to hear.
3. Who is behind says nothing more in this epoch; a new one begins (`gate.epochs`).
4. That happens once in the life of a process. A second time is told and does nothing: somebody may
   be forging.

Our own words come back to us as they were said, and do nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gate.model import Monotonic
from gate.payloads import Ctr, Malformed, decode
from gate.reader import Records

_log = logging.getLogger(__name__)

LISTEN_S = 2.0


class Renewal:
    """Whether this process may begin a new epoch; lives as long as it does."""

    def __init__(self) -> None:
        self.spent = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody has this event of our epoch; with the link of it, where that was said."""

    seq: int
    head: str | None = None


class Echo:
    """Belongs to the publisher's thread."""

    def __init__(
        self,
        *,
        reader: Records,
        epoch: str,
        listen_first: bool,
        on_behind: Callable[[str], bool],
    ) -> None:
        """`listen_first`: rule 2. `on_behind` hears why, once; whether a new epoch begins."""
        self._reader = reader
        self._epoch = epoch
        self._listening = listen_first
        self._on_behind = on_behind
        self._listens_until: Monotonic | None = None
        self._claims: list[_Claim] = []
        self._told = False
        self._behind = False

    @property
    def behind(self) -> bool:
        """Nothing more is to be said."""
        return self._behind

    @property
    def listens_until(self) -> Monotonic | None:
        """When it is time to speak although nothing was heard; None where that is no question."""
        return self._listens_until

    def connected(self, now: Monotonic) -> None:
        """A connection begins."""
        if self._listening:
            self._listens_until = Monotonic(now + LISTEN_S)

    def hear_ctr(self, payload: bytes) -> None:
        """Totals of this gate, kept by the broker or just published."""
        self._stop_listening()
        ctr = decode(Ctr, payload)
        if isinstance(ctr, Malformed):
            _log.warning("own totals ignored: %s", ctr.reason)
        elif ctr.epoch == self._epoch:
            self._claims.append(_Claim(ctr.seq, ctr.head))

    def hear_ack(self, seq: int) -> None:
        """Central has the events of our epoch up to this one."""
        self._claims.append(_Claim(seq))

    def may_speak(self, now: Monotonic) -> bool:
        """Whether anything may be said now. Raises DiskError where that cannot be found out."""
        while self._claims and not self._behind:
            self._weigh(self._claims[0])
            self._claims.pop(0)
        if self._behind:
            return False
        if self._listens_until is not None and now < self._listens_until:
            return False
        self._stop_listening()
        return True

    def _stop_listening(self) -> None:
        self._listening = False
        self._listens_until = None

    def _weigh(self, claim: _Claim) -> None:
        """Rule 1."""
        if self._told:
            return
        newest = self._reader.standing().seq
        if claim.seq > newest:
            self._say_behind(f"event {claim.seq} of ours is known, and {newest} is the newest here")
        elif claim.head is not None:
            link = self._reader.link_of(claim.seq)
            if link is not None and link.hex() != claim.head:
                self._say_behind(f"event {claim.seq} of ours was another one when it was published")

    def _say_behind(self, why: str) -> None:
        self._told = True
        self._behind = self._on_behind(why)
