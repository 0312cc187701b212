"""What the gate believes of its clocks, rule by rule and over whole lives of a machine."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.events import PartBack, PartLost
from gate.model import Monotonic, Part, Utc
from gate.timekeeping import (
    TOLERANCE_S,
    Belief,
    Reading,
    believe,
    first_belief,
    news,
    span,
)

RELEASED = Utc(1_767_225_600.0)
NOON = Utc(1_800_000_000.0)
NOTHING = Utc(0)
HOUR = 3600.0


def reading(wall: float, now: float = 0.0, *, vouched: bool = False) -> Reading:
    return Reading(Utc(wall), Monotonic(now), vouched)


def begun(wall: float = NOON, *, newest: float = NOTHING, vouched: bool = False) -> Belief:
    """The belief of a start at the monotonic moment 0."""
    start = reading(wall, vouched=vouched)
    return first_belief(start, newest=Utc(newest), released=RELEASED)


def after(belief: Belief, wall: float, now: float, *, vouched: bool = False) -> Belief:
    return believe(belief, reading(wall, now, vouched=vouched), released=RELEASED)


def at(belief: Belief, now: float) -> Utc:
    return belief.at(Monotonic(now))


# --- the rules --------------------------------------------------------------------------------


def test_the_time_goes_on_with_the_monotonic_clock() -> None:
    assert at(begun(), 0) == NOON
    assert at(begun(), HOUR) == NOON + HOUR


@pytest.mark.parametrize("off_s", [-HOUR, -0.3, 0.3, HOUR, 90 * 86400.0])
def test_a_vouched_clock_is_believed_forwards_and_backwards(off_s: float) -> None:
    belief = after(begun(), NOON + 10 + off_s, 10, vouched=True)
    assert belief.state == "ntp"
    assert at(belief, 10) == NOON + 10 + off_s


def test_a_clock_for_which_nobody_vouches_is_believed_at_the_start() -> None:
    assert begun().state == "rtc"
    assert begun(vouched=True).state == "ntp"


@pytest.mark.parametrize("off_s", [-TOLERANCE_S, -0.5, 0.0, 0.5, TOLERANCE_S])
def test_a_clock_within_the_tolerance_is_sure_and_does_not_move_the_time(off_s: float) -> None:
    belief = after(begun(vouched=True), NOON + 10 + off_s, 10)
    assert belief.state == "rtc"
    assert at(belief, 10) == NOON + 10


@pytest.mark.parametrize(
    ("off_s", "doubt"),
    [
        (3 * HOUR + 120, "set ahead by 3 h 2 min, and nobody vouches for it"),
        (-45, "set back by 45 s, and nobody vouches for it"),
        (TOLERANCE_S + 0.1, "set ahead by 2 s, and nobody vouches for it"),
    ],
)
@pytest.mark.parametrize("vouched", [False, True])
def test_a_clock_that_was_set_is_not_believed(off_s: float, doubt: str, vouched: bool) -> None:
    belief = after(begun(vouched=vouched), NOON + 10 + off_s, 10)
    assert (belief.state, belief.doubt) == ("unsure", doubt)
    assert at(belief, 20) == NOON + 20


def test_small_steps_do_not_lead_away() -> None:
    """Each step is compared with the gate's time, not with the step before."""
    belief = begun()
    for step in range(1, 8):
        belief = after(belief, NOON + step + 0.4 * step, step)
    assert belief.state == "unsure"
    assert at(belief, 8) == NOON + 8


def test_a_clock_that_agrees_again_is_sure_again() -> None:
    jumped = after(begun(), NOON + 10 + HOUR, 10)
    belief = after(jumped, NOON + 20.5, 20)
    assert (belief.state, belief.doubt) == ("rtc", "")
    assert at(belief, 20) == NOON + 20


def test_a_clock_that_is_vouched_for_at_last_is_believed_where_it_is() -> None:
    jumped = after(begun(), NOON + 10 + HOUR, 10)
    belief = after(jumped, NOON + 20 + HOUR, 20, vouched=True)
    assert (belief.state, belief.doubt) == ("ntp", "")
    assert at(belief, 20) == NOON + 20 + HOUR


def test_a_clock_behind_the_newest_record_begins_at_that_record() -> None:
    belief = begun(NOON - HOUR, newest=NOON)
    assert belief.state == "unsure"
    assert belief.doubt == "1 h behind the newest record, and nobody vouches for it"
    assert at(belief, 0) == NOON
    still = after(belief, NOON - HOUR + 60, 60)
    assert (still.state, at(still, 60)) == ("unsure", NOON + 60)


def test_a_hair_behind_the_newest_record_is_no_reason_to_doubt_but_time_does_not_go_back() -> None:
    belief = begun(NOON - 1, newest=NOON)
    assert (belief.state, at(belief, 0)) == ("rtc", NOON)


def test_the_first_clock_that_reaches_the_time_of_a_start_without_one_is_believed() -> None:
    """The stamp of the last shutdown, the RTC's module, a hand: whoever comes after the start."""
    unfounded = begun(1000.0, newest=NOON)
    belief = after(unfounded, NOON + 7 * HOUR, 5)
    assert (belief.state, at(belief, 5)) == ("rtc", NOON + 7 * HOUR)


def test_before_the_release_of_the_program_no_clock_is_right() -> None:
    belief = begun(RELEASED - 86400, vouched=True)
    assert belief.state == "unsure"
    assert belief.doubt == "1 d before the release of this program"
    assert at(belief, 0) == RELEASED
    known = after(begun(vouched=True), RELEASED - 86400, 10, vouched=True)
    assert (known.state, at(known, 10)) == ("unsure", NOON + 10)


def test_a_record_of_the_future_is_no_argument_against_a_vouched_clock() -> None:
    belief = begun(NOON, newest=NOON + HOUR, vouched=True)
    assert (belief.state, at(belief, 0)) == ("ntp", NOON)


def test_the_clock_is_lost_once_and_back_once() -> None:
    sure, unsure = begun(), after(begun(), NOON + HOUR, 10)
    lost = PartLost(Part.CLOCK, "set ahead by 59 min 50 s, and nobody vouches for it")
    assert news(None, sure) == ()
    assert news(None, unsure) == (lost,)
    assert news(sure, unsure) == (lost,)
    assert news(unsure, after(unsure, NOON + 2 * HOUR, 20)) == ()
    assert news(unsure, sure) == (PartBack(Part.CLOCK),)
    assert news(sure, sure) == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (-59.6, "1 min"),
        (3 * HOUR + 125, "3 h 2 min"),
        (400 * 86400 + HOUR, "400 d 1 h"),
    ],
)
def test_a_length_of_time_is_said_in_two_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


# --- whole lives ------------------------------------------------------------------------------

PASSES = st.floats(0.1, 1e5).map(lambda s: ("passes", s))
IS_SET = st.one_of(st.floats(-4e8, 4e8), st.floats(-4.0, 4.0)).map(lambda s: ("is set", s))
RUNS_OFF = st.floats(0.1, 1e6).map(lambda s: ("is off", s))
NO_LENGTH = st.sampled_from([("is kept", 0.0), ("is left", 0.0), ("is recorded", 0.0)])
LIVES = st.lists(st.one_of(PASSES, IS_SET, RUNS_OFF, NO_LENGTH), max_size=40)


@dataclass
class Life:
    """A machine, the truth, and what a gate on it believes and writes."""

    truth: float = NOON
    booted: float = NOON
    ahead_s: float = 0.0
    kept: bool = False
    rows: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    @property
    def now(self) -> Monotonic:
        return Monotonic(self.truth - self.booted)

    @property
    def time(self) -> float:
        return self.belief.at(self.now)

    def start(self) -> None:
        self.booted = self.truth
        newest = Utc(self.rows[-1] if self.rows else 0.0)
        self.belief = first_belief(self.read(), newest=newest, released=RELEASED)
        self.was_right = False

    def read(self) -> Reading:
        return Reading(Utc(self.truth + self.ahead_s), self.now, self.kept)

    def live(self, what: str, length: float) -> None:
        """Let one thing happen; nothing but `passes` and `is off` takes time."""
        match what:
            case "passes":
                self.truth += length
            case "is set":
                self.ahead_s, self.kept = length, False
            case "is kept":
                self.ahead_s, self.kept = 0.0, True
            case "is left":
                self.kept = False
            case "is off":
                self.truth += length
                self.kept = False
                self.start()
            case "is recorded":
                self.rows.append(self.time)

    def look(self) -> None:
        self.belief = believe(self.belief, self.read(), released=RELEASED)
        self.was_right = self.was_right or self.belief.state == "ntp"


def test_in_every_life_the_time_goes_on_and_is_right_again_once_somebody_vouches() -> None:
    reached: set[str] = set()

    @settings(max_examples=400, deadline=None)
    @given(LIVES)
    def goes_well(steps: list[tuple[str, float]]) -> None:
        life = Life()
        for what, length in steps:
            before, time, seen = life.belief, life.time, life.truth
            life.live(what, length)
            if what != "is off":
                assert life.time == pytest.approx(time + life.truth - seen, abs=1e-3)
            elif not life.kept and life.rows:
                assert life.time >= life.rows[-1] - 1e-3
            own = life.time
            life.look()
            belief = life.belief
            reached.add(f"{belief.state}, {'founded' if belief.founded else 'unfounded'}")
            if not life.kept:
                assert life.time >= own
                if belief.founded and before.founded and what != "is off":
                    assert life.time == own
                if life.was_right:
                    assert life.time == pytest.approx(life.truth, abs=1e-3)
            reached.update(type(told).__name__ for told in news(before, belief))
            if what == "is recorded" and not life.kept:
                assert life.rows[-1] <= life.time

        life.live("is kept", 0.0)
        life.look()
        assert life.belief.state == "ntp"
        assert life.time == pytest.approx(life.truth, abs=1e-3)

    goes_well()
    assert reached == {
        "ntp, founded",
        "rtc, founded",
        "unsure, founded",
        "unsure, unfounded",
        "PartLost",
        "PartBack",
    }


def test_records_never_go_back_while_nobody_sets_the_time_rightly() -> None:
    """Over restarts too: the gate's time begins at the newest record."""
    went_wrong = 0

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.one_of(PASSES, IS_SET, RUNS_OFF), max_size=20))
    def goes_well(steps: list[tuple[str, float]]) -> None:
        nonlocal went_wrong
        life = Life()
        for what, length in steps:
            life.live(what, length)
            life.look()
            life.live("is recorded", 0.0)
            went_wrong += not life.belief.sure
        assert all(later >= earlier - 1e-3 for earlier, later in pairwise(life.rows))

    goes_well()
    assert went_wrong > 100
