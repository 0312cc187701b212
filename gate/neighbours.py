"""Listens to the other gates of the venue, and asks central for what was missed. Pure.

1. Every gate numbers its events. Up to the *mark* of a gate all has been heard or asked for; what
   has a number up to there is a repetition.
2. A number that is not the next one, or a gate that begins with another number than 1, means that
   something was missed.
3. Central is asked whenever the link and central are there again, and when something was missed:
   at once, then after 10, 20, 40 and 60 seconds. A page is an answer to the last question only, and
   the next page is asked for from its mark.
4. What was missed of a gate has been made good when central's answer goes as far as what was heard.
5. The gate is cut off while the link is down, and until central has answered all of the first
   question on it. At a site without central the link is all there is.
6. Whatever is wrong in a message makes it say nothing, and is logged once a minute.

Who may speak on these topics is the broker's business (docs of `gate broker acl`).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gate.elsewhere import (
    LONGEST_VISIT_S,
    Account,
    CutOff,
    EventsHeard,
    Happened,
    Heard,
    PageHeard,
)
from gate.link import Arrived
from gate.model import Monotonic, Utc
from gate.payloads import Ans, Ask, Evt, EvtItem, KnownVisit, Malformed, Places, Upto, decode
from gate.rows import Kind
from gate.talk import Moment, Word
from gate.topics import Topics
from gate.visits import Told

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 60.0

QUIET_S = 60.0
"""Between two lines about one topic, and between two power cuts of one gate that are believed."""

MOST_GATES = 200
"""Gates of a venue that are listened to (as in `cfg`)."""

LARGEST_PARTY = 20
MOST_PASSAGES = 1000
"""Of one visit at one gate. More is a mistake of somebody's."""

OF_A_VISIT = frozenset(
    {Kind.GRANTED, Kind.PASSAGE, Kind.LAPSED, Kind.WITHDRAWN, Kind.REFUSED, Kind.RECOVERED}
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a gate has been heard."""

    epoch: str
    seq: int


class Neighbours:
    """A conversation with the other gates and with central (`gate.talk.Talk`)."""

    def __init__(
        self,
        *,
        gate: str,
        topics: Topics,
        since: int,
        asks: bool,
        on_news: Callable[[Heard | CutOff], None],
        new_id: Callable[[], str],
        chance: Callable[[], float],
    ) -> None:
        """`gate` is our own id; `since` where the last page on disk ended; `asks`: the site has a
        central server. `new_id` makes a nonce, `chance` a number from 0 to 1.

        The gate counts as cut off before the first `CutOff`.
        """
        self.subscriptions = (topics.venue.evt, topics.ans)
        self._gate = gate
        self._topics = topics
        self._since = since
        self._asks = asks
        self._on_news = on_news
        self._new_id = new_id
        self._chance = chance
        self._marks: dict[str, Mark] = {}
        self._missed: set[str] = set()
        self._power_cuts: dict[str, Monotonic] = {}
        self._quiet_until: dict[str, Monotonic] = {}
        self._up = False
        self._central = False
        self._answered = False
        self._asked: str | None = None
        self._asked_at: Monotonic | None = None
        self._ask_at: Monotonic | None = None
        self._attempt = 0
        self._cut_off = True

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:
        """The link is up or down, and central there or not."""
        there = up and central and self._asks
        if not there:
            self._answered, self._asked, self._ask_at = False, None, None
        elif not self._central:
            self._attempt, self._ask_at = 0, moment.now
        self._up, self._central = up, there
        self._tell_cut_off()

    def hear(self, message: Arrived, moment: Moment) -> None:
        """Another gate, or central, or somebody who passes for them, has said something."""
        if message.topic == self._topics.ans:
            wrong = self._hear_answer(message.payload, moment)
        else:
            gate = message.topic.split("/")[-2]
            wrong = "" if gate == self._gate else self._hear_events(gate, message.payload, moment)
        if wrong and moment.now >= self._quiet_until.get(message.topic, moment.now):
            if len(self._quiet_until) >= MOST_GATES:
                self._quiet_until.clear()
            self._quiet_until[message.topic] = Monotonic(moment.now + QUIET_S)
            log.warning("%s: something is ignored: %s", message.topic, wrong)

    def due(self) -> Monotonic | None:
        """When it wants to ask."""
        return self._ask_at

    def say(self, moment: Moment) -> tuple[Word, ...]:
        """The question, when it is time for it."""
        if self._ask_at is None or moment.now < self._ask_at:
            return ()
        self._asked, self._asked_at = self._new_id(), moment.now
        self._ask_later(moment.now)
        ask = Ask(gate=self._gate, id=self._asked, since=self._since)
        return (Word(self._topics.ask, ask.encode()),)

    # --- the other gates ----------------------------------------------------------------------

    def _hear_events(self, gate: str, payload: bytes, moment: Moment) -> str:
        """Hand over what is new; returns what was wrong, if anything."""
        evt = decode(Evt, payload)
        if isinstance(evt, Malformed):
            return evt.reason
        if evt.gate != gate:
            return f"said in the name of {evt.gate}"
        if gate not in self._marks and len(self._marks) >= MOST_GATES:
            return f"more than {MOST_GATES} gates"
        wrong, happened = "", []
        for item in evt.events:
            if not self._is_new(gate, evt.epoch, item.seq, moment.now):
                continue
            event = _read_item(item, moment.utc)
            if isinstance(event, str):
                wrong = event
            elif event is not None and self._is_credible(gate, event, moment.now):
                happened.append(event)
        if happened:
            self._on_news(EventsHeard(gate, evt.epoch, tuple(happened)))
        return wrong

    def _is_new(self, gate: str, epoch: str, seq: int, now: Monotonic) -> bool:
        """Rules 1 and 2."""
        mark = self._marks.get(gate)
        known = mark.seq if mark is not None and mark.epoch == epoch else 0
        if seq <= known:
            return False
        self._marks[gate] = Mark(epoch, seq)
        if seq > known + 1 and self._asks:
            self._missed.add(gate)
            if self._answered and self._ask_at is None:
                last = self._asked_at
                soon = now if last is None else max(now, last + FIRST_PAUSE_S)
                self._attempt, self._ask_at = 0, Monotonic(soon)
        return True

    def _is_credible(self, gate: str, event: Happened, now: Monotonic) -> bool:
        """A power cut makes the desk go through all visits: no gate has two of them in a minute."""
        if event.visit is not None:
            return True
        last = self._power_cuts.get(gate)
        if last is not None and now < last + QUIET_S:
            return False
        self._power_cuts[gate] = now
        return True

    # --- central ------------------------------------------------------------------------------

    def _hear_answer(self, payload: bytes, moment: Moment) -> str:
        """Hand over a page; returns why not, if so."""
        ans = decode(Ans, payload)
        if isinstance(ans, Malformed):
            return ans.reason
        if self._asked is None or ans.id != self._asked:
            return "not an answer to our last question"
        if ans.more and ans.mark == self._since:
            return "a page that leads nowhere"
        upto = {it.gate: it for it in ans.upto}
        accounts = [_read_account(it, upto, self._gate, moment.utc) for it in ans.visits]
        self._asked, self._since = None, ans.mark
        some = tuple(it for it in accounts if not isinstance(it, str) and it.by)
        self._on_news(PageHeard(some, ans.mark))
        if ans.more:
            self._attempt, self._ask_at = 0, moment.now
        else:
            self._all_answered(upto, moment.now)
        # One visit that cannot be keeps the others of its page away from nobody.
        return next((it for it in accounts if isinstance(it, str)), "")

    def _all_answered(self, upto: dict[str, Upto], now: Monotonic) -> None:
        """Rule 4."""
        for gate, its in upto.items():
            mark = self._marks.get(gate)
            if mark is None and gate != self._gate and len(self._marks) < MOST_GATES:
                self._marks[gate] = Mark(its.epoch, its.seq)
            elif mark is not None and mark.epoch == its.epoch and mark.seq <= its.seq:
                self._marks[gate] = Mark(its.epoch, its.seq)
                self._missed.discard(gate)
        self._answered, self._ask_at = True, None
        if self._missed:
            self._ask_later(now)
        self._tell_cut_off()

    def _ask_later(self, now: Monotonic) -> None:
        """Longer each time, and each gate of a venue at another moment."""
        pause = FIRST_PAUSE_S * 2.0 ** min(self._attempt, 8) * (0.75 + 0.5 * self._chance())
        self._attempt += 1
        self._ask_at = Monotonic(now + min(LONGEST_PAUSE_S, pause))

    def _tell_cut_off(self) -> None:
        cut_off = not (self._answered if self._asks else self._up)
        if cut_off is not self._cut_off:
            self._cut_off = cut_off
            self._on_news(CutOff(cut_off))


def _read_item(item: EvtItem, now: Utc) -> Happened | str | None:
    """The event; None where it says nothing about visits, or a text where it cannot be."""
    if item.kind not in OF_A_VISIT:
        return None
    kind, at = Kind(item.kind), min(item.at, now)
    if kind is Kind.RECOVERED:
        ended = item.detail == "power" and item.n is not None
        return Happened(item.seq, at, kind, None) if ended else None
    if item.visit is None or at < now - LONGEST_VISIT_S:
        return None
    if item.n is None or not 1 <= item.n <= LARGEST_PARTY:
        return f"event {item.seq}: a party of {item.n}"
    if kind is Kind.PASSAGE and item.direction is None:
        return f"event {item.seq}: a passage without a direction"
    return Happened(item.seq, at, kind, item.visit, item.n, item.direction, item.reason or "")


def _read_account(known: KnownVisit, upto: dict[str, Upto], own: str, now: Utc) -> Account | str:
    """What the others made of the visit; a text where it cannot be."""
    by = []
    for places in known.by:
        if places.gate == own:
            continue
        its = upto.get(places.gate)
        if its is None:
            return f"nothing is said of how far {places.gate} was heard"
        if max(places.entered, places.left) > MOST_PASSAGES or places.granted > LARGEST_PARTY:
            return f"visit {known.visit}: {places.granted}, {places.entered}, {places.left} people"
        if places.at >= now - LONGEST_VISIT_S:
            by.append(_told(places, its, now))
    return Account(known.visit, known.party, tuple(by))


def _told(places: Places, upto: Upto, now: Utc) -> Told:
    return Told(
        gate=places.gate,
        epoch=upto.epoch,
        seq=upto.seq,
        at=Utc(min(places.at, now)),
        granted=places.granted,
        entered=places.entered,
        left=places.left,
    )
