"""Has commands from afar carried out: by the lane, or by a thread that ends with the errand.

Reload and selftest read files and wait for the disk, and neither the lane nor the publisher may
wait for that.
"""

import threading
from collections.abc import Callable

from gate.control import Inbox, Noted
from gate.events import RecordCommand
from gate.obeying import DONE, OrderHeard, Outcome
from gate.orders import Code, Order, Verb

Answer = Callable[[Outcome], None]


class Errands:
    """One errand at a time; a second one is told that we are busy."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        reload: Callable[[Callable[[], None]], list[str]],
        troubles: Callable[[], list[str]],
        disk_takes: Callable[[], bool],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        """`reload` takes the configuration over and returns what is wrong with it; `troubles`
        says which parts are not well, `disk_takes` whether the disk does when it is asked.
        """
        self._inbox = inbox
        self._reload = reload
        self._troubles = troubles
        self._disk_takes = disk_takes
        self._on_crash = on_crash
        self._busy = threading.Lock()

    def obey(self, order: Order, answer: Answer) -> None:
        """Begin; the answer comes when it is done. Never waits."""
        if order.verb not in {Verb.RELOAD, Verb.SELFTEST}:
            self._inbox.put(OrderHeard(order, answer))
        elif self._busy.acquire(blocking=False):
            threading.Thread(
                target=self._run, args=(order, answer), name="errand", daemon=True
            ).start()
        else:
            self._finish(order, answer, Outcome(Code.BUSY))

    def _run(self, order: Order, answer: Answer) -> None:
        try:
            if order.verb is Verb.RELOAD:
                self._take_over(order, answer)
            else:
                self._finish(order, answer, *self._look())
        except Exception as bug:
            self._on_crash(bug)
        finally:
            self._busy.release()

    def _take_over(self, order: Order, answer: Answer) -> None:
        """Where all is good the loop ends: the record has to be on the inbox before."""
        if problems := self._reload(lambda: self._finish(order, answer, DONE)):
            self._finish(order, answer, Outcome(Code.PROBLEMS, "; ".join(problems)))

    def _look(self) -> tuple[Outcome, str]:
        """The outcome of a selftest, and what it found."""
        problems = self._troubles()
        if not self._disk_takes():
            problems.append("the disk takes nothing")
        found = "; ".join(problems) or "all parts are there, and the disk takes what it is given"
        return Outcome(Code.PROBLEMS if problems else Code.DONE, found), found

    def _finish(
        self, order: Order, answer: Answer, outcome: Outcome, found: str | None = None
    ) -> None:
        self._inbox.put(Noted(RecordCommand(outcome.code, order.words, found)))
        answer(outcome)
