"""What an operator on the device may say to a running lane: by its socket, or by a signal."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial

from gate import events as ev
from gate.clock import Timekeeper
from gate.control import Ending, Inbox, StopAsked
from gate.model import Mode
from gate.reloading import Reloading
from gate.report import Report
from gate.status import Answer

log = logging.getLogger(__name__)


def questions(
    inbox: Inbox,
    report: Report,
    reloading: Reloading,
    timekeeper: Timekeeper,
    lines: Callable[[], Mapping[int, bool]],
) -> dict[str, Callable[[], Answer]]:
    """What people on the device may ask and say (`gate status` and its like).

    `lines` says which line is high, by BCM number.
    """

    def say(event: ev.Event) -> Answer:
        inbox.put(event)
        return {"ok": True}

    def trust_clock() -> Answer:
        timekeeper.vouch()
        return {"ok": True}

    return {
        "status": report.now,
        "pins": lambda: {"high": {str(bcm): high for bcm, high in lines().items()}},
        "recount": partial(say, ev.Recounted()),
        **{f"mode {mode}": partial(say, ev.ModeChanged(mode)) for mode in Mode},
        "trust-clock": trust_clock,
        "reload": lambda: {"problems": reloading.ask()},
    }


def obey_signals(inbox: Inbox, reloading: Reloading) -> None:
    """SIGTERM and SIGINT drain and end, SIGHUP reloads."""

    def reload(*_: object) -> None:  # its own thread: reading the file must not hold up the lane
        threading.Thread(target=_reload_aloud, args=(reloading,), name="reload").start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(StopAsked()))
    signal.signal(signal.SIGHUP, reload)


def _reload_aloud(reloading: Reloading) -> None:
    for problem in reloading.ask():
        log.error("not reloaded: %s", problem)


def stop_was_asked(inbox: Inbox, ending: Ending) -> bool:
    """Whether this is the end, also when that was said while the parts were being closed."""
    while not inbox.empty():
        fact = inbox.get_nowait()
        if isinstance(fact, StopAsked) and ending is not Ending.STOP:
            ending = fact.ending
    return ending is Ending.STOP
