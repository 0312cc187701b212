"""A central that plays what a test has written, for the page to be shown to."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from math import pi, sin
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from argon2 import PasswordHasher

from gate.central.view import AlarmView, Condition, GateView, VenueView, View
from gate.central.wishes import Outcome, Wish
from gate.model import Utc

NAME, PASSWORD = "anna", "correct horse battery"
NOON = Utc(1_772_341_200.0)
"""2026-03-01T05:00Z: noon in Jakarta."""

_quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As strong as a test needs: the strength stands in each hash."""


class ScriptedCentral:
    """Shows the view that it was given, and takes every wish down."""

    def __init__(self, view: View) -> None:
        self.now = view
        self.wishes: list[Wish] = []
        self.handed_over: SimpleQueue[Future[Outcome]] = SimpleQueue()
        self.answer: Callable[[Wish], Outcome | None] = lambda _: Outcome(ok=True, code="done")
        """None: never."""

    def view(self) -> View:
        """As `Central` has it."""
        return self.now

    def wish(self, wish: Wish) -> Future[Outcome]:
        """As `Central` has it."""
        self.wishes.append(wish)
        future: Future[Outcome] = Future()
        self.handed_over.put(future)
        if outcome := self.answer(wish):
            future.set_result(outcome)
        return future

    def show(self, **changed: Any) -> None:
        """The first venue, but for what has changed, a second later."""
        first, *rest = self.now.venues
        changed_one = replace(first, **changed)
        self.now = replace(self.now, at=Utc(self.now.at + 1), venues=(changed_one, *rest))

    def show_gate(self, name: str, **changed: Any) -> None:
        """One gate of the first venue, but for what has changed."""
        self.show(
            gates=tuple(
                replace(gate, **changed) if gate.id == name else gate
                for gate in self.now.venues[0].gates
            )
        )


def a_gate(name: str, **changed: Any) -> GateView:
    """A lane in order, but for what is said."""
    usual = GateView(
        id=name,
        scan="entry",
        state="online",
        mode="normal",
        entered=412,
        left=96,
        pending=0,
        right=31,
        backlog=0,
        missing=0,
        faults=(),
        uncertain=False,
        stale=False,
        heard_at=Utc(NOON - 4),
        software="0.1.0",
        clock="ntp",
    )
    return replace(usual, **changed)


def a_venue(venue: str = "mall-a", **changed: Any) -> VenueView:
    """A mall at noon on a good day, but for what is said."""
    usual = VenueView(
        id=venue,
        name="Plaza Merdeka",
        district="jkt",
        condition=Condition.OPEN,
        inside=387,
        lower=385,
        upper=388,
        limit=500,
        licensed=600,
        free=112,
        reserve=5,
        entered=1290,
        left=903,
        day_began=Utc(NOON - 4 * 3600),
        gates=(
            a_gate("north-1"),
            a_gate("north-2", entered=388, left=71, right=44),
            a_gate(
                "garden",
                entered=301,
                left=40,
                right=0,
                backlog=12,
                state="lost",
                stale=True,
                heard_at=Utc(NOON - 254),
                mode="locked",
            ),
            a_gate("north-out", scan="exit", entered=0, left=696, right=0, faults=("camera",)),
        ),
        alarms=(
            AlarmView(61, Utc(NOON - 250), "garden", "lost", ""),
            AlarmView(60, Utc(NOON - 1220), "north-2", "tailgate", ""),
            AlarmView(59, Utc(NOON - 2330), "north-out", "fault", "camera"),
            AlarmView(58, Utc(NOON - 3100), "", "limit", "500 instead of 450, by anna"),
            AlarmView(57, Utc(NOON - 4 * 3600), "", "day", "+0 were left over"),
        ),
        curve=morning(387),
        muster=None,
    )
    return replace(usual, **changed)


def morning(now: int, minutes: int = 240) -> tuple[tuple[Utc, int], ...]:
    """A mall that fills, with people who come in groups, as a number for each minute."""

    def at(minute: int) -> int:
        fills = sin(minute / minutes * pi / 2) ** 2 * now
        wave = 0.05 * now * sin(minute / 11) * sin(minute / 23) * minute / minutes
        return max(0, round(fills + wave))

    began = NOON - minutes * 60
    return tuple((Utc(began + minute * 60), at(minute)) for minute in range(minutes))


def a_view(*venues: VenueView, **changed: Any) -> View:
    """All of them, with the broker there."""
    usual = View(at=NOON, online=True, trouble="", venues=venues or (a_venue(),))
    return replace(usual, **changed)


def write_users(path: Path, *names: str, password: str = PASSWORD) -> Path:
    """A file of users with the same password, whose hash is quick to check."""
    path.touch(0o600)
    path.write_text(json.dumps({"users": dict.fromkeys(names or (NAME,), _quick.hash(password))}))
    return path
