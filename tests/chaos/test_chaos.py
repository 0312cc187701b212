"""Seconds of chaos, with a subscriber of somebody else's and with central; `make soak` has minutes
of each, for both versions of MQTT."""

from collections.abc import Callable
from pathlib import Path

from tests.chaos import central_verdict
from tests.chaos.chaos import play
from tests.chaos.venue import play_venue
from tests.chaos.verdict import broken

SECONDS = 8.0

Note = Callable[[str, object], None]


def test_nothing_is_lost_and_nothing_doubled_whatever_is_killed_or_cut(
    tmp_path: Path, record_property: Note
) -> None:
    facts = play(tmp_path, seed=2, seconds=SECONDS, version="3.1.1")

    record_property("chaos, MQTT 3.1.1", str(facts))
    assert not [*broken(facts)], facts


def test_gates_central_and_walkers_agree_whatever_is_killed_or_cut(
    tmp_path: Path, record_property: Note
) -> None:
    facts = play_venue(tmp_path, seed=600, seconds=SECONDS, version="5")

    record_property("chaos with central, MQTT 5", str(facts))
    assert {"broker killed", "central killed", "t01-a killed"} <= facts.troubles.keys()
    assert not [*central_verdict.broken(facts)], facts
