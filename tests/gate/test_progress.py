"""A link that looks well and is dead is found out, and a slow one is left in peace."""

import pytest

from gate.link import Answered, Connected, Disconnected
from gate.model import Monotonic
from gate.progress import ANSWER_S, ATTEMPT_S, Progress, on_fact, on_published, stuck

TAKEN = Answered(mid=1, taken=True, reason="Success")


def at(seconds: float) -> Monotonic:
    return Monotonic(1000.0 + seconds)


UP = on_fact(Progress(up=False, since=at(0)), Connected(), at(0))


def test_an_idle_link_is_well_however_long() -> None:
    assert stuck(UP, at(1e6)) is None


def test_what_is_not_answered_in_time_means_a_dead_link() -> None:
    sent = on_published(on_published(UP, at(500)), at(510))

    assert stuck(sent, at(500 + ANSWER_S - 0.1)) is None
    assert stuck(sent, at(500 + ANSWER_S)) == "2 messages, and no answer for 30 s"


def test_each_answer_gives_the_others_time() -> None:
    sent = on_fact(on_published(on_published(UP, at(0)), at(0)), TAKEN, at(29))
    assert stuck(sent, at(58)) is None
    assert stuck(sent, at(59)) is not None
    assert stuck(on_fact(sent, TAKEN, at(58)), at(1e6)) is None


def test_a_new_connection_owes_nothing() -> None:
    sent = on_fact(on_published(UP, at(0)), Connected(), at(29))
    assert stuck(sent, at(100)) is None


@pytest.mark.parametrize("pause_s", [1.0, ATTEMPT_S - 1])
def test_attempts_that_fail_are_a_sign_of_life(pause_s: float) -> None:
    down = on_fact(UP, Disconnected("gone"), at(0))
    again = on_fact(down, Disconnected("refused"), at(pause_s))

    assert stuck(again, at(pause_s + ATTEMPT_S - 1)) is None
    assert stuck(again, at(pause_s + ATTEMPT_S)) == "no attempt to connect for 180 s"
