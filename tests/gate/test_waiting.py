"""Those who wait at a full lane, step by step: told when there is room again, not over and over.

What is true on every edge of every walk stands in `test_machine_walk`.
"""

from dataclasses import dataclass, field, replace

import pytest

from gate import events as ev
from gate.events import Chime, Command
from gate.machine import deadline, step
from gate.model import Direction, GrantId, Monotonic, RefusalCode, Say, Sound
from gate.posture import posture
from gate.state import Gate
from tests.gate.walk import SHORT, SINGLE, WORKER

ROOM_AGAIN = Chime(Sound.ROOM_AGAIN)
PATIENT = replace(SHORT, told_again_after_s=3)


@dataclass
class Lane:
    """A full lane that is told things; its clock moves from deadline to deadline."""

    gate: Gate = field(default_factory=lambda: Gate(room=0))
    now: float = 0.0

    def tell(self, event: ev.Event) -> tuple[Command, ...]:
        self.gate, commands = step(self.gate, event, Monotonic(self.now), PATIENT)
        return commands

    def room(self, places: int) -> bool:
        """Whether this much room makes those who wait be told."""
        return ROOM_AGAIN in self.tell(ev.RoomChanged(places))

    def wait(self) -> bool:
        """Until something is due; whether they are told then."""
        due = deadline(self.gate)
        assert due is not None, "nothing is waited for"
        self.now = due
        return ROOM_AGAIN in self.tell(ev.TimePassed())

    def says(self) -> Say | RefusalCode:
        return posture(self.gate, PATIENT).prompt.what


@pytest.fixture
def lane() -> Lane:
    full = Lane()
    full.tell(ev.TimePassed())
    assert full.says() is RefusalCode.FULL
    return full


def test_somebody_leaves_and_those_who_wait_are_told_for_a_moment(lane: Lane) -> None:
    assert lane.room(1)
    assert lane.says() is Say.ROOM_AGAIN
    assert not lane.wait()
    assert lane.says() is Say.SHOW_PASS


def test_a_lane_that_never_was_full_tells_nobody() -> None:
    lane = Lane(Gate(room=None, no_right="no quota from central yet"))
    lane.tell(ev.TimePassed())

    assert not lane.room(5)
    assert not lane.room(4)


def test_a_right_that_comes_and_goes_is_told_once_in_a_while(lane: Lane) -> None:
    told = [lane.room(places) for places in (1, 0, 1, 0, 1)]

    assert told == [True, False, False, False, False]
    assert lane.says() is Say.ROOM_AGAIN  # what stands there is true all the same
    assert not lane.wait()  # its moment is over, the while is not
    assert lane.says() is Say.SHOW_PASS
    assert lane.wait()


def test_who_takes_the_place_makes_the_next_one_news(lane: Lane) -> None:
    assert lane.room(1)
    lane.tell(ev.AttendantPressed())
    lane.tell(ev.GrantStored(GrantId(1)))
    assert lane.says() is Say.WALK
    lane.tell(ev.Passed(Direction.IN))

    assert not lane.room(0)
    assert lane.says() is RefusalCode.FULL
    assert lane.room(1)  # at the same moment


def test_a_place_that_nobody_walks_into_is_told_like_one_that_somebody_left(lane: Lane) -> None:
    assert lane.room(1)
    lane.tell(ev.AttendantPressed())
    lane.tell(ev.GrantStored(GrantId(1)))
    assert not lane.wait()  # shut; its holder may be on the way
    assert lane.says() is RefusalCode.FULL
    assert lane.wait()  # lapsed
    assert lane.says() is Say.ROOM_AGAIN


def test_room_that_comes_while_somebody_is_served_is_told_afterwards() -> None:
    lane = Lane(Gate(room=1, reserve=1))
    lane.tell(ev.TimePassed())
    lane.tell(ev.PassAccepted(WORKER, 1))
    assert not lane.room(2)
    assert lane.wait()  # nobody came to the thermometer


def test_who_is_refused_for_something_else_hears_and_reads_that_first(lane: Lane) -> None:
    lane.tell(ev.PassRefused(RefusalCode.EXPIRED))
    assert not lane.room(1)
    assert lane.says() is RefusalCode.EXPIRED

    assert lane.wait()
    assert lane.says() is Say.ROOM_AGAIN


def test_who_is_refused_because_the_lane_is_full_need_not_read_on(lane: Lane) -> None:
    lane.tell(ev.PassAccepted(SINGLE, 1))
    assert lane.says() is RefusalCode.FULL

    assert lane.room(1)
    assert lane.says() is Say.ROOM_AGAIN
