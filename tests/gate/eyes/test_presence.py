"""Whether somebody is in front of the camera, through the light of drawn days."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from drivers.frame import Grey
from gate.eyes.backdrop import Backdrop
from gate.eyes.presence import Presence, like_a_code, look
from gate.model import Monotonic
from tests.pictures.day import (
    Hall,
    Light,
    Lit,
    Moment,
    Visit,
    cloudy,
    dawn_to_dusk,
    exposed,
    flickering,
    night,
    steady,
    switched,
    switched_in_the_dark,
    thing,
)

SIZE = (480, 360)
SETTLED_S = 3.0
LATER_S = 10.0
"""When something happens: long after the lane is known."""
PLAIN = 0
"""A walker in plain clothes."""
PHONE = Visit(LATER_S, LATER_S + 400.0, "AB1:" + "X7" * 20, still=True, module_px=3.0, seed=4)
"""Held up from 110 s to 310 s, by somebody who stands there from 10 s on."""


def noticed(moments: Iterable[Moment], presence: Presence | None = None) -> list[float]:
    """The moments at which somebody seems to be there, once the lane is known."""
    found = []
    presence = presence or Presence()
    for moment in moments:
        presence = look(presence, moment.frame, Monotonic(moment.at))
        if presence.since is not None and moment.at > SETTLED_S:
            found.append(moment.at)
    return found


def after(moments: Iterable[Moment]) -> Presence:
    presence = Presence()
    for moment in moments:
        presence = look(presence, moment.frame, Monotonic(moment.at))
    return presence


def hall(light: Light = steady, *, visits: Sequence[Visit] = (), seed: int = 1) -> Hall:
    return Hall(size=SIZE, seed=seed, light=light, visits=visits)


def with_a_thing(name: str, at: float) -> Hall:
    return Hall(size=SIZE, seed=1, things=[(at, thing(name, SIZE))])


def alike(moments: Iterable[Moment]) -> list[float]:
    """The moments at which something seems as rough as a code."""
    presence, found = Presence(), []
    for moment in moments:
        now = Monotonic(moment.at)
        presence = look(presence, moment.frame, now)
        if like_a_code(presence, now):
            found.append(moment.at)
    return found


# --- nobody is there ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("light", "length_s", "at_most"),
    [
        (steady, 20, 0),
        (night, 20, 0),
        (dawn_to_dusk(40), 40, 2),
        (cloudy(10), 20, 3),
        (flickering(0.1), 20, 0),
        (flickering(0.4), 20, 0),
        (exposed([(5, 0.7), (8, 1.0), (11, 1.5), (14, 0.5), (17, 1.3)]), 20, 3),
    ],
    ids=["noon", "night", "dawn to dusk", "clouds", "flicker", "much flicker", "exposure"],
)
def test_light_that_changes_is_nobody(light: Light, length_s: float, at_most: int) -> None:
    """A day within 40 s, a cloud within 5: far quicker than any real one."""
    assert len(noticed(hall(light).moments(length_s, fps=5))) <= at_most


def test_a_lamp_is_learned_within_seconds_and_then_known() -> None:
    found = noticed(hall(switched(10, 16, 22, 28)).moments(34, fps=5))

    assert all(10 <= moment < 12 or 22 <= moment < 23 for moment in found), found
    assert 10 in found


def test_all_the_lights_of_a_dark_hall_are_learned_within_seconds() -> None:
    found = noticed(hall(switched_in_the_dark(10)).moments(20, fps=5))

    assert found
    assert all(10 <= moment < 13 for moment in found), found


def test_a_camera_that_was_turned_sees_another_lane_after_ten_seconds() -> None:
    fine = np.random.default_rng(2).integers(0, 2, (SIZE[1] // 2, SIZE[0] // 2), dtype=np.uint8)
    elsewhere: Grey = np.kron(fine * 150 + 40, np.ones((2, 2), dtype=np.uint8))
    presence = after(hall().moments(5, fps=5))

    turned = [Moment(5 + number / 5, elsewhere, somebody=False) for number in range(100)]
    found = noticed(turned, presence)

    assert found[0] == 5.0
    assert 12 < found[-1] < 5 + 12


def test_a_plain_bag_is_learned_within_seconds_and_nothing_is_noticed_when_it_goes() -> None:
    presence = Presence()
    found: list[bool] = []
    for hall_of in (hall(), with_a_thing("bag", 0), hall()):
        for _ in range(50):
            now = Monotonic(len(found) / 5)
            presence = look(presence, hall_of.moment(now).frame, now)
            found.append(presence.since is not None)

    assert not any(found[20:50]), "known"
    assert any(found[50:60]), "the bag"
    assert not any(found[65:]), "learned, and the floor is not forgotten"


@pytest.mark.parametrize("what", ["poster", "chair"])
def test_what_stays_is_noticed_for_two_minutes_and_no_longer(what: str) -> None:
    found = noticed(with_a_thing(what, LATER_S).moments(150, fps=1))

    assert found == [LATER_S + number for number in range(len(found))], "without a gap"
    assert 110 < found[-1] - LATER_S < 130


def test_who_walks_by_is_gone_with_the_last_frame() -> None:
    walkers = [Visit(5 + 6 * number, 8 + 6 * number, seed=number) for number in range(6)]
    moments = list(hall(visits=walkers).moments(42, fps=5))

    found = noticed(moments)

    assert [at for at in found if not any(visit.there(at) for visit in walkers)] == []
    assert len(found) > 0.7 * sum(moment.somebody for moment in moments)


def test_who_stood_there_long_enough_to_be_learned_leaves_no_ghost() -> None:
    stands = Visit(LATER_S, LATER_S + 10, still=True, seed=PLAIN)

    found = noticed(hall(visits=[stands]).moments(30, fps=5))

    assert [at for at in found if LATER_S + 5 < at < LATER_S + 10] == [], "learned"
    assert [at for at in found if at > LATER_S + 10] == []


# --- somebody is there ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("light", "dark"),
    [
        (steady, False),
        (steady, True),
        (night, True),
        (flickering(0.4), False),
        (switched(150.0), False),
        (cloudy(20.0), True),
        (lambda _: Lit(1.5, 1.5), False),
    ],
    ids=["noon", "dark screen", "night", "flicker", "a lamp goes on", "clouds", "glaring"],
)
def test_a_phone_held_still_is_noticed_for_minutes(light: Light, dark: bool) -> None:
    phone = replace(PHONE, dark=dark)
    known = after(hall(light, visits=[phone]).moments(5, begin=90, fps=4))
    moments = list(hall(light, visits=[phone]).moments(70, begin=111, fps=1))

    found = noticed(moments, known)

    assert all(moment.texts for moment in moments)
    assert found == [moment.at for moment in moments]


def test_a_small_code_is_noticed_when_it_is_held_up() -> None:
    for module_px in (1.5, 2.0, 3.0):
        short = Visit(4, 9, "AB1:SHORT", still=True, module_px=module_px, seed=7)
        moments = list(hall(visits=[short]).moments(9, fps=5))
        found = noticed(moments)

        assert [moment.at for moment in moments if moment.texts and moment.at not in found] == []


def test_a_code_as_bright_as_the_lane_is_noticed_by_its_modules_alone() -> None:
    random = np.random.default_rng(3)
    empty = np.full((160, 160), 104) + random.integers(-4, 5, (160, 160))
    modules = np.kron(np.indices((16, 16)).sum(axis=0) % 2, np.ones((4, 4), dtype=int))
    code = empty.copy()
    code[48:112, 48:112] += 60 * (2 * modules - 1)
    presence = Presence()
    for moment in range(50):
        presence = look(presence, empty.astype(np.uint8), Monotonic(moment / 10))
    assert presence.since is None

    assert look(presence, code.astype(np.uint8), Monotonic(5.0)).since == 5.0


def test_a_phone_may_show_a_code_and_somebody_in_plain_clothes_does_not() -> None:
    walks = Visit(LATER_S, LATER_S + 3, seed=PLAIN)
    shows = Visit(LATER_S, LATER_S + 4, "AB1:" + "X7" * 20, module_px=3.0, seed=4)

    assert max(alike(hall(visits=[walks]).moments(15, fps=5))) < SETTLED_S, "the lane is known"
    seen = alike(hall(visits=[shows]).moments(20, fps=5))
    assert [at for at in seen if LATER_S + 1 <= at < LATER_S + 3] == pytest.approx(
        [LATER_S + 1 + number / 5 for number in range(10)]
    )
    assert max(seen) < LATER_S + 5


def test_since_is_when_somebody_came() -> None:
    presence = after(hall(visits=[replace(PHONE, begins=6.0)]).moments(7, fps=5))

    assert presence.since is not None
    assert 6.0 <= presence.since < 6.5


# --- the first frames, and others -----------------------------------------------------------


def test_until_the_lane_is_known_somebody_may_be_there() -> None:
    presences = [Presence()]
    for moment in hall().moments(5, fps=5):
        presences.append(look(presences[-1], moment.frame, Monotonic(moment.at)))

    there = [presence.since is not None for presence in presences[1:]]
    assert there == [True] * 15 + [False] * 10


def test_a_phone_that_was_there_first_is_forgotten_when_it_goes() -> None:
    first = Visit(-10, 10, "AB1:" + "X7" * 20, still=True, module_px=3.0, seed=4)

    found = noticed(hall(visits=[first]).moments(14, fps=5))

    assert [at for at in found if at > 12] == []


def test_frames_of_another_size_are_another_lane() -> None:
    presence = after(hall().moments(5, fps=5))
    assert presence.since is None

    assert look(presence, np.zeros((480, 640), np.uint8), Monotonic(5.0)).since == 5.0


def test_a_frame_too_small_to_be_judged_may_show_somebody() -> None:
    presence = Presence()
    for moment in range(10):
        presence = look(presence, np.zeros((8, 31), np.uint8), Monotonic(moment))

    assert presence.since == 0.0


def test_what_came_while_the_camera_was_away_is_not_believed_at_once() -> None:
    presence = after(hall().moments(5, fps=5))

    found = noticed(with_a_thing("poster", 0).moments(30, begin=5000, fps=1), presence)

    assert len(found) == 30


def test_nothing_is_kept_of_the_frame_and_nothing_known_is_changed() -> None:
    frame = hall(visits=[PHONE]).moment(150).frame
    presence = after(hall().moments(4, fps=5))
    before = {field.name: np.copy(getattr(presence.lane, field.name)) for field in fields(Backdrop)}

    later = look(presence, frame, Monotonic(4.0))

    for name, value in before.items():
        assert np.array_equal(value, getattr(presence.lane, name)), name
        assert not np.shares_memory(np.asarray(getattr(later.lane, name)), frame), name
    again = look(presence, frame, Monotonic(4.0))
    assert all(
        np.array_equal(getattr(later.lane, name), getattr(again.lane, name)) for name in before
    )
