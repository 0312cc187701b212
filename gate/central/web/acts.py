"""What a manager does: a form becomes a wish, and what came of it an answer."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from gate.central.view import VenueView
from gate.central.web.asked import (
    CorrectionAsked,
    Form,
    KeyAsked,
    LimitAsked,
    OrderAsked,
    Problem,
    RecountAsked,
    read_form,
)
from gate.central.web.sessions import Session
from gate.central.wishes import Central, Correct, Outcome, Recount, SendOrder, SetLimit, Wish
from gate.issuing import Jwk, signing_key
from gate.model import Mode, Monotonic, Utc
from gate.orders import NONCE_BYTES, Verb, give_order

WITHIN_S = 20.0
"""Central answers within 15 s whatever becomes of a wish."""
LOOK_S = 0.25
"""So often somebody who waits looks whether the page's server is to stop."""
GOOD_FOR_S = 15
"""A command is not to be obeyed after its sender has been told that nobody answers."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it."""

    ok: bool
    code: str
    detail: str = ""
    gates: dict[str, str] = field(default_factory=dict)
    """What each gate that was told has answered: a code."""


class Acts:
    """One method for each form; each may be asked for by several people at once."""

    def __init__(
        self,
        central: Central,
        *,
        clock: Callable[[], Monotonic],
        wall: Callable[[], Utc],
        stopping: Callable[[], bool],
    ) -> None:
        self._central = central
        self._clock = clock
        self._wall = wall
        self._stopping = stopping

    async def limit(self, session: Session, form: Form) -> Reply | Problem:
        """Set how many may be inside."""
        asked = read_form(LimitAsked, form)
        if isinstance(asked, Problem):
            return asked
        return await self._reply(SetLimit(asked.venue, asked.limit, by=session.name))

    async def correct(self, session: Session, form: Form) -> Reply | Problem:
        """Add people who were not counted, or take away who was counted wrongly."""
        asked = read_form(CorrectionAsked, form)
        if isinstance(asked, Problem):
            return asked
        return await self._reply(
            Correct(asked.venue, asked.change, by=session.name, reason=asked.reason)
        )

    async def recount(self, session: Session, form: Form) -> Reply | Problem:
        """People have been counted: central takes it first, then each gate that is uncertain."""
        asked = read_form(RecountAsked, form)
        if isinstance(asked, Problem):
            return asked
        venue = self._venue(asked.venue)
        if venue is None:
            return Reply(ok=False, code="unknown_venue")
        unsure = [gate.id for gate in venue.gates if gate.uncertain and asked.gates == "tell"]
        key = session.key(self._clock())
        if unsure and key is None:
            return Problem("no_key")
        reply = await self._reply(
            Recount(asked.venue, asked.inside, by=session.name, reason=asked.reason)
        )
        if not reply.ok or key is None:
            return reply
        session.hold(key, self._clock())
        orders = [self._order(session, key, venue.id, gate, Verb.RECOUNT) for gate in unsure]
        outcomes = await asyncio.gather(*map(self._outcome, orders))
        gates = {gate: outcome.code for gate, outcome in zip(unsure, outcomes, strict=True)}
        every = all(outcome.ok for outcome in outcomes)
        return Reply(ok=True, code="done" if every else "gates_uncertain", gates=gates)

    async def order(self, session: Session, form: Form) -> Reply | Problem:
        """Sign a command for a gate, and wait for its answer."""
        asked = read_form(OrderAsked, form)
        if isinstance(asked, Problem):
            return asked
        venue = self._venue(asked.venue)
        if venue is None:
            return Reply(ok=False, code="unknown_venue")
        if asked.gate not in {gate.id for gate in venue.gates}:
            return Reply(ok=False, code="unknown_gate")
        key = session.key(self._clock())
        if key is None:
            return Problem("no_key")
        session.hold(key, self._clock())
        return await self._reply(
            self._order(session, key, venue.id, asked.gate, asked.verb, asked.mode)
        )

    async def key(self, session: Session, form: Form) -> Reply | Problem:
        """Keep an operator's key for this session."""
        asked = read_form(KeyAsked, form)
        if isinstance(asked, Problem):
            return asked
        try:
            key = signing_key(asked.key.encode("utf-8", "replace"))
        except ValueError:
            return Problem("not_a_key", "key")
        session.hold(key, self._clock())
        return Reply(ok=True, code="done", detail=key["kid"])

    def kid(self, session: Session) -> str:
        """Whose key the session holds; empty: none."""
        key = session.key(self._clock())
        return key["kid"] if key else ""

    async def forget(self, session: Session, _form: Form) -> Reply | Problem:
        """Keep it no longer."""
        session.hold(None, self._clock())
        return Reply(ok=True, code="done")

    def _venue(self, name: str) -> VenueView | None:
        return next((one for one in self._central.view().venues if one.id == name), None)

    def _order(
        self,
        session: Session,
        key: Jwk,
        venue: str,
        gate: str,
        verb: Verb,
        mode: Mode | None = None,
    ) -> SendOrder:
        nonce = secrets.token_bytes(NONCE_BYTES)
        payload = give_order(
            verb,
            gate=gate,
            key=key,
            nonce=nonce,
            issued_at=self._wall(),
            mode=mode,
            good_for_s=GOOD_FOR_S,
        )
        words = " ".join((verb, *((mode,) if mode else ()), "by", key["kid"]))
        return SendOrder(venue, gate, payload, nonce.hex(), words, by=session.name)

    async def _reply(self, wish: Wish) -> Reply:
        outcome = await self._outcome(wish)
        return Reply(outcome.ok, outcome.code, outcome.detail)

    async def _outcome(self, wish: Wish) -> Outcome:
        """Wait for it; never cancel it, which would be a surprise to whom it belongs."""
        answer = asyncio.wrap_future(self._central.wish(wish))
        give_up_at = self._clock() + WITHIN_S
        while self._clock() < give_up_at:
            await asyncio.wait({answer}, timeout=LOOK_S)
            if answer.done():
                return answer.result()
            if self._stopping():
                return Outcome(ok=False, code="no_connection")
        return Outcome(ok=False, code="no_answer")
