"""The deciding thread of central: facts in, one transaction (`gate.central.turn`), words out.

1. What the broker has delivered goes to disk, with all that follows from it.
2. After the commit the broker hears that the messages are safe.
3. Then the words are published: acknowledgements (retained), quotas, answers, `occ`.

So a crash between two steps repeats what may be repeated. Where the disk takes nothing, the batch
is kept and tried again, everything that is known is read anew from the disk, and the broker keeps
what comes meanwhile. A message that no code here can take is let go, with a traceback in the
log: the broker would bring it again for ever, and nobody else would be heard.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import assert_never

from gate.central.hearing import subscriptions
from gate.central.link import Answered, Connected, Delivered, Denied, Disconnected, Link
from gate.central.orders import Orders
from gate.central.site import Site
from gate.central.turn import KEEP_S, Turned, turn
from gate.central.view import View
from gate.central.viewing import Viewing
from gate.central.voice import Voice
from gate.central.wishes import Outcome, SendOrder, Wish
from gate.model import Monotonic, Utc

log = logging.getLogger(__name__)

BATCH = 500
"""Facts in one transaction, at most."""

EVERY_S = 1.0
"""How often is looked at what nobody tells: deadlines, stale gates, the day."""

RETRY_S = 2.0
"""After a disk that took nothing."""

IGNORED_TOLD = 200
"""Topics of which it is told, once each, that they are ignored."""

Fact = Connected | Disconnected | Denied | Answered | Delivered | BaseException | None
"""None: somebody wishes something, or it is time to stop."""


class Loop:
    """See above. What may be called from any thread is `view`, `wish` and `stop`."""

    def __init__(
        self,
        *,
        site: Site,
        link: Link,
        root: str,
        utc: Callable[[], Utc],
        clock: Callable[[], Monotonic],
        on_crash: Callable[[BaseException], None],
        keep_s: float = KEEP_S,
    ) -> None:
        """`root` is the first word of every topic; `keep_s`: how long events stay on disk."""
        self._site = site
        self._link = link
        self._root = root
        self._utc = utc
        self._clock = clock
        self._on_crash = on_crash
        self._keep_s = keep_s
        self._on_round: Callable[[], None] = lambda: None
        self._inbox: SimpleQueue[Fact] = SimpleQueue()
        self._wished: SimpleQueue[tuple[Wish, Future[Outcome]]] = SimpleQueue()
        self._stopping = threading.Event()
        self._kept: list[Delivered] = []
        """Delivered, and not on disk yet."""
        self._due_at = Monotonic(0.0)
        self._retry_at: Monotonic | None = None
        self._online = False
        self._introduced = False
        """Whether everything that is retained was said on this connection."""
        self._trouble = "not connected yet"
        self._orders = Orders()
        self._voice = Voice(link, root)
        self._viewing = Viewing(site)
        self._ignored: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="central", daemon=True)

    def start(self, on_round: Callable[[], None] = lambda: None) -> None:
        """Begin, on a thread of its own; once. It calls `on_round` each second or more often."""
        self._on_round = on_round
        self.listen()
        self._thread.start()

    def listen(self) -> None:
        """Look at what is due, and begin to hear; what comes waits for `step`."""
        self._take([])
        self._link.start(
            subscriptions=subscriptions(self._root),
            on_connected=lambda: self._inbox.put(Connected()),
            on_disconnected=lambda reason: self._inbox.put(Disconnected(reason)),
            on_message=lambda *_: None,
            on_published=lambda *answer: self._inbox.put(Answered(*answer)),
            on_denied=lambda reason: self._inbox.put(Denied(reason)),
            on_crash=self._inbox.put,
            on_delivery=lambda *message: self._inbox.put(Delivered(*message)),
        )

    def stop(self, timeout_s: float = 5.0) -> None:
        """Finish the batch at hand, and end. What was not acknowledged will come again."""
        self._stopping.set()
        self._inbox.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def view(self) -> View:
        """The newest picture; the same object as long as nothing has changed."""
        return self._viewing.view(self._clock())

    def wish(self, wish: Wish) -> "Future[Outcome]":
        """Hand it over; done when it is on disk, or when the gate has answered, or in 15 s."""
        outcome: Future[Outcome] = Future()
        outcome.set_running_or_notify_cancel()  # from now on nobody can cancel it
        self._wished.put((wish, outcome))
        self._inbox.put(None)
        return outcome

    # --- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self.step(wait=True)
                self._on_round()
        except Exception as bug:
            self._on_crash(bug)
        finally:
            self._end_wishes()

    def step(self, *, wait: bool) -> None:
        """Take what has come, and do what is due; `wait`: until there is something of either."""
        self._take(self._waiting(max(0.0, self._due_at - self._clock()) if wait else 0.0))

    def _waiting(self, pause_s: float) -> list[Fact]:
        facts: list[Fact] = []
        try:
            facts.append(self._inbox.get(timeout=pause_s))
            while len(facts) < BATCH:
                facts.append(self._inbox.get_nowait())
        except Empty:
            pass
        return facts

    def _take(self, facts: list[Fact]) -> None:
        now = self._clock()
        for fact in facts:
            self._note(fact, now)
        self._orders.give_up(now)
        due = now >= self._due_at
        if due:
            self._due_at = Monotonic(now + EVERY_S)
            self._voice.check(now)
        try:
            if self._retry_at is None or now >= self._retry_at:
                self._turn(now, due=due)
            self._show(now)
        except sqlite3.Error as problem:
            if not _is_of_the_disk(problem):
                raise
            self._introduced = False  # what was not said after the commit is said again
            self._disk_failed(problem, now)
            self._show(now)

    def _show(self, now: Monotonic) -> None:
        self._viewing.refresh(
            self._utc(),
            now,
            online=self._online,
            trouble=self._trouble,
            readable=self._retry_at is None,
        )

    def _note(self, fact: Fact, now: Monotonic) -> None:
        match fact:
            case Delivered():
                self._kept.append(fact)
            case Connected():
                self._online, self._introduced = True, False
                self._trouble = "" if self._retry_at is None else self._trouble
                log.info("connected")
            case Disconnected(reason):
                if self._online or self._trouble != reason:
                    log.warning("no connection to the broker: %s", reason)
                self._online, self._trouble = False, reason
            case Denied(reason):
                log.error("the broker does not let us listen to %s", reason)
                self._trouble = f"the broker does not let us listen to {reason}"
            case Answered(_, taken, reason):
                self._voice.answered(now)
                if not taken:
                    log.error("the broker has refused a word of ours: %s", reason)
            case BaseException():
                raise fact
            case None:
                pass
            case _:
                assert_never(fact)

    def _turn(self, now: Monotonic, *, due: bool) -> None:
        wishes, outcomes = self._wishes()
        try:
            if self._retry_at is not None:
                self._site.load(self._utc())
            try:
                done = self._turned(self._kept, wishes, due=due)
            except Exception as bug:
                if not self._kept or _is_of_the_disk(bug):
                    raise
                self._one_by_one(now)
                done = self._turned([], wishes, due=due)
        except sqlite3.Error as problem:
            if not _is_of_the_disk(problem):
                raise
            self._disk_failed(problem, now)
            for outcome in outcomes:
                outcome.set_result(Outcome(ok=False, code="disk", detail=str(problem)))
            return
        if self._retry_at is not None:
            log.info("the disk takes records again")
            self._retry_at, self._trouble = None, ""
        self._kept = []
        self._do(done, wishes, outcomes, now)

    def _turned(self, kept: Sequence[Delivered], wishes: Sequence[Wish], *, due: bool) -> Turned:
        return turn(self._site, kept, wishes, self._utc(), due=due, keep_s=self._keep_s)

    def _one_by_one(self, now: Monotonic) -> None:
        """One of the messages is a bug's: that one is let go, and no other."""
        self._site.load(self._utc())
        while self._kept:
            delivery = self._kept[0]
            try:
                done = self._turned([delivery], [], due=False)
            except Exception as bug:
                if _is_of_the_disk(bug):
                    raise
                log.exception("%s cannot be taken, and is let go", delivery.topic)
                done = Turned(receipts=[delivery.receipt])
                self._site.load(self._utc())
            self._kept.pop(0)
            self._do(done, [], [], now)

    def _do(
        self, done: Turned, wishes: list[Wish], outcomes: list["Future[Outcome]"], now: Monotonic
    ) -> None:
        """After the commit."""
        for receipt in done.receipts:
            self._link.acknowledge(receipt)
        for wish, outcome, came in zip(wishes, outcomes, done.outcomes, strict=True):
            if came is not None:
                outcome.set_result(came)
            elif not self._online:
                outcome.set_result(Outcome(ok=False, code="offline", detail=self._trouble))
            elif isinstance(wish, SendOrder):
                self._orders.sent(wish, outcome, now)
        for res in done.answers:
            self._orders.answered(res)
        if self._online and not self._introduced:
            self._voice.connected(self._site, self._utc(), now)
            self._introduced = True
        for word in done.words:
            self._voice.say(word, now)
        for venue in done.touched:
            self._voice.say_occ(venue, self._utc(), now)
        for ignored in done.ignored:
            if ignored.topic not in self._ignored and len(self._ignored) < IGNORED_TOLD:
                self._ignored.add(ignored.topic)
                log.warning("%s is ignored: %s", ignored.topic, ignored.why)
        self._viewing.changed(done.touched)

    def _wishes(self) -> tuple[list[Wish], list["Future[Outcome]"]]:
        wished = []
        while not self._wished.empty():
            wished.append(self._wished.get())
        return [wish for wish, _ in wished], [outcome for _, outcome in wished]

    def _end_wishes(self) -> None:
        """Who still waits hears that nothing comes any more."""
        for outcome in (*self._wishes()[1], *self._orders.all_given_up()):
            outcome.set_result(Outcome(ok=False, code="offline", detail="central ends"))

    def _disk_failed(self, problem: sqlite3.Error, now: Monotonic) -> None:
        if self._retry_at is None:
            log.error("the disk takes nothing, the broker keeps what comes: %s", problem)
        self._retry_at = Monotonic(now + RETRY_S)
        self._trouble = f"the disk takes nothing: {problem}"


def _is_of_the_disk(problem: Exception) -> bool:
    """Full, locked or damaged. Any other error, also of SQLite, is a bug's."""
    return isinstance(problem, sqlite3.OperationalError) or type(problem) is sqlite3.DatabaseError
