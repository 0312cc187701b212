"""Stories of one lane: what the beams show, and who went through."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.events import LaneHeld, PartBack, PartLost, Passed, TurnedBack
from gate.model import Direction, Monotonic, Part
from gate.passage import (
    Lane,
    LaneEvent,
    Levels,
    PassageSettings,
    passage_deadline,
    passage_step,
)

IN, OUT = Direction.IN, Direction.OUT
TWO_BEAMS = PassageSettings()
Looks = list[tuple[float, Levels]]
Phase = tuple[str, float]
"""Which beams are broken ("A", "B", "AB" or "-"), and for how many seconds."""


@dataclass
class Watch:
    """One lane and what it told, with the times."""

    config: PassageSettings
    lane: Lane
    told: list[tuple[float, LaneEvent]]

    def wait(self, until: float) -> None:
        """Let time pass; every deadline is kept."""
        while (due := passage_deadline(self.lane, self.config)) is not None and due <= until:
            self.step(None, due)

    def look(self, at: float, levels: Levels) -> None:
        self.step(levels, at)

    def step(self, levels: Levels | None, at: float) -> None:
        self.lane, events = passage_step(self.lane, levels, Monotonic(at), self.config)
        self.told += [(at, event) for event in events]

    @property
    def events(self) -> list[LaneEvent]:
        return [event for _, event in self.told]

    @property
    def diary(self) -> list[tuple[float, LaneEvent]]:
        return [(round(at, 3), event) for at, event in self.told]


def watching(looks: Looks, config: PassageSettings = TWO_BEAMS, *, punctual: bool = True) -> Watch:
    """Play looks; a late loop keeps no deadline in between. At the end all deadlines are kept."""
    watch = Watch(config, Lane(), [])
    for at, levels in looks:
        if punctual:
            watch.wait(until=at)
        watch.look(at, levels)
    watch.wait(until=looks[-1][0] + 1000.0)
    return watch


def seen(beams: str) -> Levels:
    return Levels(a="A" in beams, b="B" in beams)


def phases(story: str) -> list[Phase]:
    """`"A AB B:1.5 -"`: one phase after the other, 0.2 s where no seconds are given."""
    words = [word.partition(":") for word in story.split()]
    return [(beams, float(seconds or 0.2)) for beams, _, seconds in words]


def looks_of(story: Iterable[Phase], *, start: float = 100.0) -> Looks:
    """A look at the beginning of each phase and a clear lane at the end."""
    looks: Looks = []
    at = start
    for beams, seconds in story:
        looks.append((at, seen(beams)))
        at += seconds
    return [*looks, (at, seen("-"))]


# --- stories --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "told"),
    [
        pytest.param("A AB B -", [Passed(IN)], id="one walks in"),
        pytest.param("B AB A -", [Passed(OUT)], id="one walks out"),
        pytest.param("A AB B - A AB B -", [Passed(IN)] * 2, id="one after the other"),
        pytest.param("A AB B - B AB A -", [Passed(IN), Passed(OUT)], id="in, and out again"),
        pytest.param("A:3 AB:2 B:2 -", [Passed(IN)], id="stops at every point"),
        pytest.param("A AB A AB B -", [Passed(IN)], id="hesitates and goes on"),
        pytest.param("A -", [TurnedBack(IN)], id="turns back at the first beam"),
        pytest.param("A AB A -", [TurnedBack(IN)], id="turns back in both beams"),
        pytest.param("A AB B:1.5 AB A -", [TurnedBack(IN)], id="comes back from the far beam"),
        pytest.param("B AB B -", [TurnedBack(OUT)], id="turns back on the way out"),
        pytest.param("A:0.06 -", [], id="a hand at the first beam is nobody"),
        pytest.param("A:0.06 -:0.06 A:0.06 -", [TurnedBack(IN)], id="two touches are somebody"),
        pytest.param("A AB B AB A AB B -", [Passed(IN)] * 2, id="a follower, gap seen twice"),
        pytest.param("A AB B AB B -", [Passed(IN)] * 2, id="a follower, gap seen at A only"),
        pytest.param("A AB B AB:0.06 B -", [Passed(IN)], id="a bag swings back into the beam"),
        pytest.param(
            "A AB B AB A AB B AB A AB B -", [Passed(IN)] * 3, id="three at each other's heels"
        ),
        pytest.param("B AB A AB B AB A -", [Passed(OUT)] * 2, id="a follower on the way out"),
        pytest.param(
            "A AB B AB A -", [Passed(IN), TurnedBack(IN)], id="a follower who thinks better of it"
        ),
        pytest.param("A - B -", [Passed(IN)], id="thin: never in both beams"),
        pytest.param("A -:2 B -", [TurnedBack(IN), TurnedBack(OUT)], id="two who look in"),
        pytest.param(
            "A - B AB A -", [TurnedBack(IN), Passed(OUT)], id="makes way for one who comes out"
        ),
        pytest.param("A B -", [Passed(IN)], id="the edge into both is missing"),
        pytest.param("AB B -", [Passed(IN)], id="the first edge is missing"),
        pytest.param("AB A -", [Passed(OUT)], id="the first edge is missing on the way out"),
        pytest.param("A AB -", [Passed(IN)], id="the edge out of the near beam is missing"),
        pytest.param("AB -", [], id="both at once and gone: nobody knows which way"),
    ],
)
def test_a_story_of_levels_tells_who_went_through(story: str, told: list[LaneEvent]) -> None:
    watch = watching(looks_of(phases(story)))
    assert watch.events == told
    assert watch.lane == Lane(a=watch.lane.a, b=watch.lane.b)


def test_a_passage_is_told_when_the_far_beam_has_cleared_and_settled() -> None:
    watch = watching(looks_of(phases("A AB B -"), start=100.0))
    assert watch.diary == [(100.62, Passed(IN))]


def test_edges_toggled_one_missed_edge_inverts_the_door_for_ever_but_not_this_one() -> None:
    story = looks_of(phases("A AB B -:2 A AB B -:2"))
    second = story[4][0]
    for missed in range(4):
        watch = watching([look for i, look in enumerate(story) if i != missed])
        after = [event for at, event in watch.told if at > second + 0.3]
        assert after == [Passed(IN)], f"after missing look {missed}: {watch.told}"


# --- debouncing -----------------------------------------------------------------------------


def test_a_level_that_settles_without_another_edge_is_seen_at_its_deadline() -> None:
    lane, _ = passage_step(Lane(), Levels(a=True), Monotonic(5.0), PassageSettings(one_way=IN))
    due = passage_deadline(lane, PassageSettings(one_way=IN))
    assert due == pytest.approx(5.02)
    assert due is not None
    _, events = passage_step(lane, None, due, PassageSettings(one_way=IN))
    assert events == (Passed(IN),)


def test_a_beam_that_bounces_counts_once_and_a_spike_does_not_count() -> None:
    config = PassageSettings(one_way=IN)
    bounce = [(1.0, True), (1.005, False), (1.01, True), (1.4, False), (1.405, True), (1.41, False)]
    spike = [(3.0, True), (3.015, False)]
    watch = watching([(at, Levels(a=level)) for at, level in bounce + spike], config)
    assert watch.diary == [(1.03, Passed(IN))]


def test_a_spike_in_one_beam_is_not_settled_by_the_other_one() -> None:
    looks = [(1.0, seen("A")), (1.015, seen("AB")), (1.025, seen("A")), (2.0, seen("-"))]
    assert watching(looks).diary == [(3.02, TurnedBack(IN))]


def test_looks_that_show_nothing_new_do_not_put_off_the_settling() -> None:
    looks = [(1.0 + i * 0.01, Levels(a=True)) for i in range(10)]
    assert watching(looks, PassageSettings(one_way=IN)).diary[0] == (1.02, Passed(IN))


# --- one sensor -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", Direction)
def test_a_lane_with_one_sensor_counts_each_break_in_its_one_direction(way: Direction) -> None:
    looks = [(float(i), Levels(a=i % 2 == 1)) for i in range(7)]
    assert watching(looks, PassageSettings(one_way=way)).events == [Passed(way)] * 3


def test_a_lane_with_one_sensor_has_to_have_a_direction() -> None:
    with pytest.raises(ValueError, match="one_way"):
        passage_step(Lane(), Levels(a=True, b=None), Monotonic(0.0), TWO_BEAMS)


# --- held and stuck -------------------------------------------------------------------------


def test_somebody_who_stands_in_the_lane_holds_it_and_that_is_told_once() -> None:
    watch = watching(looks_of(phases("A:5 AB:20 B -"), start=100.0))
    assert watch.diary == [(108.02, LaneHeld()), (125.22, Passed(IN))]


def test_a_stream_of_people_without_a_pause_does_not_hold_the_lane() -> None:
    story = "A AB B " + "AB A AB B " * 20 + "-"
    assert watching(looks_of(phases(story))).events == [Passed(IN)] * 21


def test_a_stuck_beam_is_lost_once_and_back_once_when_it_moves() -> None:
    watch = watching(looks_of(phases("B:200 - "), start=100.0))
    assert watch.diary == [
        (108.02, LaneHeld()),
        (160.02, PartLost(Part.SENSORS, "B broken for 60 s")),
        (300.02, PartBack(Part.SENSORS)),
        (301.02, TurnedBack(OUT)),
    ]


def test_two_stuck_beams_are_one_loss_and_back_only_when_both_move() -> None:
    watch = watching(looks_of(phases("A:10 AB:100 B:30 -"), start=0.0))
    health = [(round(at), e) for at, e in watch.told if isinstance(e, PartLost | PartBack)]
    assert health == [
        (60, PartLost(Part.SENSORS, "A broken for 60 s")),
        (140, PartBack(Part.SENSORS)),
    ]


def test_people_who_pass_a_stuck_beam_are_not_counted_the_wrong_way() -> None:
    watch = watching(looks_of(phases("A:70 " + "AB A " * 3 + "-")))
    assert not any(isinstance(event, Passed) for event in watch.events)


# --- walkers whose truth is known -----------------------------------------------------------


@dataclass(frozen=True)
class Visitors:
    """People who come one by one or close together; N and F are the near and the far beam."""

    kind: str
    story: list[Phase]
    truth: list[LaneEvent]


def lasting(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most)


walking = lasting(0.05, 0.45)
a_body = lasting(0.17, 0.9)
out_of_reach = lasting(1.1, 3.0)


@st.composite
def visitors(draw: st.DrawFn) -> Visitors:
    way = draw(st.sampled_from(Direction))
    back = OUT if way is IN else IN
    through: list[Phase] = [("N", draw(walking)), ("NF", draw(walking)), ("F", draw(walking))]
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "walks":
            return visitors_of(kind, way, through, [Passed(way)])
        case "stops":
            slow = [(beams, draw(lasting(0.05, 2.5))) for beams, _ in through]
            return visitors_of(kind, way, slow, [Passed(way)])
        case "hesitates":
            story = [("N", draw(walking)), ("NF", draw(walking)), *through]
            return visitors_of(kind, way, story, [Passed(way)])
        case "thin":
            story = [through[0], ("-", draw(lasting(0.05, 0.9))), through[2]]
            return visitors_of(kind, way, story, [Passed(way)])
        case "hand":
            story = [("N", draw(lasting(0.045, 0.09))), ("-", draw(out_of_reach))]
            return visitors_of(kind, way, story, [])
        case "back from near":
            story = [("N", draw(a_body)), ("-", draw(out_of_reach))]
            return visitors_of(kind, way, story, [TurnedBack(way)])
        case "back from both":
            return visitors_of(kind, way, [*through[:2], ("N", draw(walking))], [TurnedBack(way)])
        case "back from far":
            story = [*through[:2], ("F", draw(out_of_reach)), ("NF", draw(walking))]
            return visitors_of(kind, way, [*story, ("N", draw(walking))], [TurnedBack(way)])
        case "makes way":
            story = [("N", draw(a_body)), ("-", draw(walking))]
            story += [("F", draw(walking)), ("NF", draw(walking)), ("N", draw(walking))]
            return visitors_of(kind, way, story, [TurnedBack(way), Passed(back)])
        case "follower turns back":
            story = [
                *through,
                ("NF", draw(walking)),
                ("N", draw(a_body)),
                ("-", draw(out_of_reach)),
            ]
            return visitors_of(kind, way, story, [Passed(way), TurnedBack(way)])
        case _:
            story = through
            heads = draw(st.integers(1, 3))
            for _ in range(heads):
                if draw(st.booleans()):  # the gap between the two is seen at both beams
                    story = [*story, ("NF", draw(walking)), ("N", draw(walking))]
                    story = [*story, ("NF", draw(walking)), ("F", draw(walking))]
                else:
                    story = [*story, ("NF", draw(a_body)), ("F", draw(walking))]
            return visitors_of(kind, way, story, [Passed(way)] * (1 + heads))


KINDS = [
    "walks",
    "stops",
    "hesitates",
    "thin",
    "hand",
    "back from near",
    "back from both",
    "back from far",
    "makes way",
    "follower turns back",
    "followers",
]


def visitors_of(kind: str, way: Direction, story: list[Phase], truth: list[LaneEvent]) -> Visitors:
    names = {"N": "A", "F": "B"} if way is IN else {"N": "B", "F": "A"}
    beams = str.maketrans(names)
    return Visitors(kind, [(seen_.translate(beams), s) for seen_, s in story], truth)


def bouncing(looks: Looks, chance: Random) -> Looks:
    """Each edge of each beam with up to four more, all within the debounce time."""
    edges: list[tuple[float, str, bool]] = []
    before = Levels(a=False, b=False)
    for at, levels in looks:
        for beam in ("a", "b"):
            level = getattr(levels, beam)
            if level != getattr(before, beam):
                times = sorted(chance.uniform(0.0, 0.019) for _ in range(2 * chance.randrange(3)))
                edges.append((at, beam, level))
                edges += [(at + t, beam, level ^ (i % 2 == 0)) for i, t in enumerate(times)]
        before = levels
    bounced: Looks = []
    now = {"a": False, "b": False}
    for at, beam, level in sorted(edges, key=lambda edge: edge[0]):
        now[beam] = level
        bounced.append((at, Levels(**now)))
    return bounced


def test_random_walkers_are_counted_as_they_walked() -> None:
    reached: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(visitors(), min_size=3, max_size=5),
        st.lists(lasting(0.05, 2.0), min_size=5, max_size=5),
        st.randoms(use_true_random=False),
    )
    def count(groups: list[Visitors], pauses: list[float], chance: Random) -> None:
        story = [
            phase
            for group, pause in zip(groups, pauses, strict=False)
            for phase in (*group.story, ("-", pause))
        ]
        watch = watching(bouncing(looks_of(story), chance))
        walkers = [e for e in watch.events if isinstance(e, Passed | TurnedBack)]
        assert walkers == [event for group in groups for event in group.truth]
        reached.update(group.kind for group in groups)

    count()
    assert set(reached) == set(KINDS)
    assert reached["followers"] >= 20
    assert reached["back from both"] + reached["back from far"] >= 20


any_looks = st.lists(
    st.tuples(lasting(0.001, 3.0), st.sampled_from(["-", "A", "B", "AB"])), min_size=1, max_size=30
)


@settings(max_examples=100, deadline=None)
@given(any_looks)
def test_the_lane_always_settles_to_idle_when_both_beams_clear(
    story: list[tuple[float, str]],
) -> None:
    watch = watching(looks_of([(beams, seconds) for seconds, beams in story]))
    assert watch.lane == Lane(a=watch.lane.a, b=watch.lane.b)
    assert not watch.lane.a.broken
    assert not watch.lane.b.broken
    assert passage_deadline(watch.lane, TWO_BEAMS) is None


@settings(max_examples=100, deadline=None)
@given(any_looks)
def test_a_loop_that_is_late_sees_what_a_punctual_one_sees(story: list[tuple[float, str]]) -> None:
    looks = looks_of([(beams, seconds) for seconds, beams in story])
    assert watching(looks, punctual=False).events == watching(looks).events
