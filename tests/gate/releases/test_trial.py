from dataclasses import replace

import pytest

from gate.releases.services import lane_of, span_s, unit_of
from gate.releases.trial import Expected, Failed, Lane, Trial, Unit, expected, looked

ACTIVE = Unit("active", 0, 30.0)
STARTING = replace(ACTIVE, state="activating")
WELL = Expected(ran=True, answered=True, frames=True, broker=True)
FAULTS = frozenset({"thermometer"})


def tried(asked: Expected, *seen: tuple[float, Unit, Lane | None]) -> str | bool:
    """How a trial stands after these looks; at which second each was."""
    trial, verdicts = Trial(asked, 0.0), list[Failed | bool]()
    for now, unit, lane in seen:
        trial, verdict = looked(trial, unit, lane, now)
        verdicts.append(verdict)
    assert not any(verdicts[:-1])
    return verdict.why if isinstance(verdict, Failed) else verdict


def lane(frames: int = 0, taken: int | None = 1, *faults: str) -> Lane:
    return Lane(frames, taken, frozenset(faults))


def test_a_healthy_lane_is_kept_after_two_watchdog_periods() -> None:
    begin = ((2.0, STARTING, None), (4.0, ACTIVE, lane(3)))
    assert tried(WELL, *begin) is False
    assert tried(WELL, *begin, (63.9, ACTIVE, lane(900))) is False
    assert tried(WELL, *begin, (64.0, ACTIVE, lane(900))) is True


def test_what_is_missing_has_its_time_and_no_more() -> None:
    begin = ((0.0, ACTIVE, lane(3, 0)), (60.0, ACTIVE, lane(3, 0)))
    assert tried(WELL, *begin, (89.0, ACTIVE, lane(3, 0))) is False
    assert tried(WELL, *begin, (89.0, ACTIVE, lane(4, 1))) is True
    why = tried(WELL, *begin, (90.0, ACTIVE, lane(3, 0, "sensors")))
    assert why == "no frames from the camera; the broker has acknowledged nothing; lost: sensors"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ((1.0, Unit("failed", 0, 30.0), None), "does not start it again"),
        ((1.0, Unit("activating", 1, 30.0), None), "ended during its start"),
        ((149.0, STARTING, None), ""),
        ((150.0, STARTING, None), "not ready within 150 s"),
    ],
)
def test_one_that_does_not_start_is_seen_soon(
    seen: tuple[float, Unit, Lane | None], why: str
) -> None:
    said = tried(WELL, seen)
    assert said is False if not why else why in str(said)


@pytest.mark.parametrize("unit", [Unit("active", 1, 30.0), Unit("activating", 0, 30.0)])
def test_one_that_is_started_again_does_not_work(unit: Unit) -> None:
    assert "started again" in str(tried(WELL, (1.0, ACTIVE, lane(1)), (9.0, unit, lane(50))))


def test_one_that_stops_answering_does_not_work() -> None:
    seen = ((1.0, ACTIVE, lane(1)), (61.0, ACTIVE, None))
    assert tried(WELL, *seen) is False
    assert "does not answer" in str(tried(WELL, *seen, (91.0, ACTIVE, None)))


def test_what_was_lost_before_does_not_count_against_it() -> None:
    before = lane(0, 0, "camera", "broker", "thermometer")
    asked = expected(ACTIVE, before)
    assert asked == Expected(True, True, False, False, before.faults)  # noqa: FBT003
    assert tried(asked, (0.0, ACTIVE, before), (60.0, ACTIVE, before)) is True
    worse = replace(before, faults=before.faults | {"turnstile"})
    assert tried(asked, (0.0, ACTIVE, worse), (90.0, ACTIVE, worse)) == "lost: turnstile"


def test_a_lane_without_broker_need_not_reach_one() -> None:
    asked = expected(ACTIVE, lane(5, None))
    assert not asked.broker
    assert tried(asked, (0.0, ACTIVE, lane(1, None)), (60.0, ACTIVE, lane(9, None))) is True


def test_a_lane_that_did_not_work_at_all_is_asked_only_to_start() -> None:
    asked = expected(Unit("failed", 0, 30.0), None)
    assert asked == Expected(ran=True)
    assert tried(asked, (0.0, ACTIVE, None), (60.0, ACTIVE, None)) is True
    assert not expected(Unit("inactive", 0, 30.0), None).ran


def test_what_systemd_says_of_a_unit_is_read() -> None:
    said = {"ActiveState": "active", "NRestarts": "3", "WatchdogUSec": "1min 30s"}
    assert unit_of(said) == Unit("active", 3, 90.0)
    assert unit_of({}) == Unit("unknown", 0, 30.0)
    assert unit_of({"ActiveState": "inactive", "WatchdogUSec": "infinity"}) == Unit(
        "inactive", 0, 30.0
    )
    assert [span_s(text) for text in ("500ms", "2h", "0")] == [0.5, 7200.0, 0.0]


def test_what_a_lane_of_another_version_does_not_say_was_not_seen() -> None:
    assert lane_of({"frames": 7, "taken": 2, "faults": ["camera"]}) == lane(7, 2, "camera")
    assert lane_of({"frames": "many"}) == Lane(0, None, frozenset())
