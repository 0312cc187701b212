"""A visitor is told: every outcome has its words, picture, light and sound."""

import pytest

from gate.model import Lamp, Mode, Monotonic, Part, Prompt, RefusalCode, Say, Sound
from gate.posture import posture
from gate.state import Gate, Notice, Settings
from gate.wording import CHIMES, WORDS, sentences


@pytest.mark.parametrize("what", [*Say, *RefusalCode])
def test_everything_that_is_said_has_two_languages_and_a_picture(what: Say | RefusalCode) -> None:
    words = WORDS[what]
    assert words.pictogram
    assert words.indonesian != words.english
    assert all(text.endswith(".") for text in sentences(Prompt(what, 2, 4)))


def test_the_party_sees_how_far_it_has_come() -> None:
    indonesian, english = sentences(Prompt(Say.WALK, 2, 4))
    assert "2 dari 4" in indonesian
    assert "2 of 4" in english


def test_every_sound_has_a_pattern_of_its_own() -> None:
    assert set(CHIMES) == set(Sound)
    assert len(set(CHIMES.values())) == len(Sound)


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_is_red(code: RefusalCode) -> None:
    gate = Gate(room=5, notice=Notice(Prompt(code), Monotonic(9)))
    shown = posture(gate, Settings())
    assert (shown.entry_free, shown.lamp, shown.prompt.what) == (False, Lamp.RED, code)


@pytest.mark.parametrize(
    ("gate", "what"),
    [
        (Gate(room=5), Say.SHOW_PASS),
        (Gate(room=0), RefusalCode.FULL),
        (Gate(room=None), RefusalCode.CLOSED),
        (Gate(room=5, uncertain=True), RefusalCode.CLOSED),
        (Gate(room=5, ordered=Mode.LOCKED), RefusalCode.CLOSED),
        (Gate(room=5, ordered=Mode.FREE), Say.FREE),
        (Gate(room=5, ordered=Mode.COUNT_ONLY), Say.COUNT_ONLY),
        (Gate(room=5, faults=frozenset({Part.CAMERA})), RefusalCode.OUT_OF_SERVICE),
        (Gate(room=5, faults=frozenset({Part.STORE})), RefusalCode.OUT_OF_SERVICE),
        (Gate(room=5, faults=frozenset({Part.BROKER})), Say.SHOW_PASS),
        (Gate(room=None, release=True), Say.RELEASED),
    ],
)
def test_an_idle_lane_says_how_it_is(gate: Gate, what: Say | RefusalCode) -> None:
    assert posture(gate, Settings()).prompt.what is what
