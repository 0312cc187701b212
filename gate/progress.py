"""Whether the link makes progress: it may look well and be dead. Pure.

A network thread can hang for ever in a call, a broker can answer pings and confirm nothing, a
middle box can swallow one direction. What shows is the same: nothing is heard. Then the link is
given up and made anew (`Link.renew`).

1. While the link is up, something that was published is confirmed within ANSWER_S of the last
   confirmation, or of the publishing where none was outstanding.
2. While it is down, there is news of an attempt within ATTEMPT_S: the longest pause between two
   attempts, and the longest that one can take.
"""

from dataclasses import dataclass

from gate.link import Answered, Connected, Disconnected
from gate.model import Monotonic

ANSWER_S = 30.0
ATTEMPT_S = 180.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What the link has shown of itself."""

    up: bool
    since: Monotonic
    """When it last showed that it lives, or when something of it was due first."""
    outstanding: int = 0
    """Messages without an answer."""


def on_published(progress: Progress, now: Monotonic) -> Progress:
    """A message was handed over."""
    since = progress.since if progress.outstanding else now
    return Progress(progress.up, since, progress.outstanding + 1)


def on_fact(
    progress: Progress, fact: Connected | Disconnected | Answered, now: Monotonic
) -> Progress:
    """The link said something of itself."""
    match fact:
        case Connected():
            return Progress(up=True, since=now)
        case Disconnected():
            return Progress(up=False, since=now)
        case Answered():
            return Progress(progress.up, now, max(0, progress.outstanding - 1))


def stuck(progress: Progress, now: Monotonic) -> str | None:
    """Why the link is to be given up; None where it is well."""
    silent_s = now - progress.since
    if progress.up and progress.outstanding and silent_s >= ANSWER_S:
        return f"{progress.outstanding} messages, and no answer for {silent_s:.0f} s"
    if not progress.up and silent_s >= ATTEMPT_S:
        return f"no attempt to connect for {silent_s:.0f} s"
    return None
