"""Who is overdue, and when a sign of life goes out; seen from who watches from outside."""

from collections.abc import Callable
from itertools import count

import pytest

from gate import life
from gate.life import Heart, Proof, look, look_every_s, overdue
from gate.model import Monotonic

AN_HOUR_S = 3600.0
TICK_S = 0.25


def proof(name: str = "writer", *, alive_at: float, budget_s: float = 10.0) -> Proof:
    return Proof(name, Monotonic(alive_at), budget_s)


def ended_at(
    alive_at: Callable[[float], float], *, budget_s: float, watchdog_s: float, late_s: float = 0.0
) -> float | None:
    """When the watcher ends a process with one part; None when it never does within an hour.

    Each look comes `late_s` after it was due.
    """
    heart, heard_at = Heart(look_every_s(watchdog_s), due_at=Monotonic(0)), 0.0
    for tick in count():
        now = Monotonic(tick * TICK_S)
        if now > AN_HOUR_S:
            return None
        if now >= heart.due_at + late_s:
            heart = look(heart, [proof(alive_at=alive_at(now), budget_s=budget_s)], now)
            heard_at = heard_at if heart.overdue else now
        if now - heard_at >= watchdog_s:
            return now
    raise AssertionError("an hour has an end")


def test_a_part_is_overdue_when_its_budget_is_over_and_not_before() -> None:
    proofs = [proof("writer", alive_at=90.0), proof("scanner", alive_at=89.9)]
    assert overdue(proofs, Monotonic(100.0)) == ("scanner",)
    assert overdue(proofs, Monotonic(100.1)) == ("writer", "scanner")


def test_each_part_has_a_budget_of_its_own() -> None:
    proofs = [proof("status", alive_at=0, budget_s=10), proof("writer", alive_at=0, budget_s=75)]
    assert overdue(proofs, Monotonic(60)) == ("status",)


def test_a_proof_that_is_newer_than_the_look_is_a_proof() -> None:
    """It was given between the reading of the clock and the look."""
    assert overdue([proof(alive_at=100.5)], Monotonic(100)) == ()


@pytest.mark.parametrize("watchdog_s", [1.0, 20.0, 60.0])
@pytest.mark.parametrize("budget_s", [2.0, 10.0, 75.0])
def test_who_uses_the_whole_budget_for_every_round_is_left_alone(
    budget_s: float, watchdog_s: float
) -> None:
    """Also where the budget is longer than the watchdog's time, and each look comes late."""

    def slowest(now: float) -> float:
        return now - now % budget_s

    late_s = watchdog_s / 3
    assert ended_at(slowest, budget_s=budget_s, watchdog_s=watchdog_s, late_s=late_s) is None


@pytest.mark.parametrize("watchdog_s", [1.0, 20.0, 60.0])
@pytest.mark.parametrize("budget_s", [2.0, 10.0, 75.0])
def test_who_hangs_is_ended_when_budget_and_watchdog_are_over(
    budget_s: float, watchdog_s: float
) -> None:
    hung_at = 1000.0
    at = ended_at(lambda now: min(now, hung_at), budget_s=budget_s, watchdog_s=watchdog_s)
    assert at is not None
    assert hung_at < at <= hung_at + budget_s + watchdog_s + TICK_S


def test_a_look_moves_its_deadline_and_several_fit_into_the_watchdogs_time() -> None:
    heart = look(Heart(look_every_s(20.0), due_at=Monotonic(5)), [], Monotonic(100))
    assert heart.due_at == 100 + life.LOOK_EVERY_S
    for watchdog_s in (0.3, 1.0, 5.0, 20.0, 3600.0):
        assert look_every_s(watchdog_s) <= watchdog_s / 3
        assert look_every_s(watchdog_s) <= life.LOOK_EVERY_S
    assert look_every_s(None) == life.LOOK_EVERY_S
