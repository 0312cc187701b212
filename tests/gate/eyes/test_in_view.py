"""The memory of what lies in front of the camera."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gate.eyes.in_view import InView, anything, ask_again, notice
from gate.model import Monotonic

SAME_PHONE_S = 3.0


def reports(*frames: tuple[float, list[bytes]], in_view: InView = ()) -> list[tuple[bytes, ...]]:
    """What is reported for each of these (moment, texts), one after the other."""
    reported = []
    for now, texts in frames:
        in_view, report = notice(in_view, texts, Monotonic(now), same_phone_s=SAME_PHONE_S)
        reported.append(report)
    return reported


def test_a_phone_held_still_is_reported_once_however_long_it_stays() -> None:
    minutes = [(moment / 10, [b"A"]) for moment in range(6000)]

    assert reports(*minutes) == [(b"A",)] + [()] * 5999


def test_the_next_visitors_code_is_reported_at_once() -> None:
    assert reports((0.0, [b"A"]), (0.1, [b"B"])) == [(b"A",), (b"B",)]


def test_a_code_that_cannot_be_read_for_a_moment_is_the_same_phone() -> None:
    assert reports((0.0, [b"A"]), (1.0, []), (2.9, [b"A"])) == [(b"A",), (), ()]


def test_a_code_that_was_away_long_enough_is_reported_again() -> None:
    assert reports((0.0, [b"A"]), (3.0, [b"A"])) == [(b"A",), (b"A",)]


def test_away_counts_from_when_it_was_last_seen_not_from_its_report() -> None:
    assert reports((0.0, [b"A"]), (2.0, [b"A"]), (4.0, [b"A"])) == [(b"A",), (), ()]


def test_two_phones_in_one_frame_are_both_reported_once() -> None:
    assert reports((0.0, [b"A", b"B", b"A"]), (0.1, [b"B", b"A"])) == [(b"A", b"B"), ()]


def test_another_phone_in_between_does_not_bring_the_first_one_again() -> None:
    frames = reports((0.0, [b"A"]), (0.5, [b"B"]), (1.0, [b"A"]), (1.5, [b"B"]))

    assert frames == [(b"A",), (b"B",), (), ()]


def test_a_code_that_was_not_dealt_with_is_reported_once_more_in_due_time() -> None:
    in_view, _ = notice((), [b"A"], Monotonic(0.0), same_phone_s=SAME_PHONE_S)
    in_view = ask_again(in_view, b"A", Monotonic(0.7))

    frames = reports((0.6, [b"A"]), (0.7, [b"A"]), (0.8, [b"A"]), in_view=in_view)

    assert frames == [(), (b"A",), ()]


def test_asking_again_for_one_code_leaves_the_others_alone() -> None:
    in_view, _ = notice((), [b"A", b"B"], Monotonic(0.0), same_phone_s=SAME_PHONE_S)
    in_view = ask_again(in_view, b"A", Monotonic(0.5))

    assert reports((1.0, [b"A", b"B"]), in_view=in_view) == [(b"A",)]


def test_asking_again_for_a_code_that_has_gone_does_nothing() -> None:
    assert ask_again((), b"A", Monotonic(0.5)) == ()


def test_a_sheet_full_of_codes_does_not_fill_the_memory() -> None:
    in_view: InView = ()
    for number in range(1000):
        text = str(number).encode()
        in_view, _ = notice(in_view, [text, b"A"], Monotonic(0.0), same_phone_s=SAME_PHONE_S)

    assert len(in_view) == 32
    assert b"A" in {shown.text for shown in in_view}, "what is seen all the time is not forgotten"


def test_a_code_has_gone_while_nobody_looks_for_it() -> None:
    in_view, _ = notice((), [b"A"], Monotonic(0.0), same_phone_s=SAME_PHONE_S)

    assert anything(in_view, Monotonic(2.9), same_phone_s=SAME_PHONE_S)
    assert not anything(in_view, Monotonic(3.0), same_phone_s=SAME_PHONE_S)
    for moment in range(10):
        in_view, _ = notice(in_view, (), Monotonic(moment), same_phone_s=SAME_PHONE_S)
    assert in_view == (), "nothing of it is kept"


def test_what_is_found_out_late_counts_when_it_was_seen() -> None:
    """Second looks alone read this phone, every 1.5 s: each tells of a frame of 1.8 s ago."""
    frames: list[tuple[float, list[bytes]]] = [(0.0, [b"A"])]
    for moment in range(1, 40):
        frames += [(moment * 1.5 + 1.8, []), (moment * 1.5, [b"A"])]

    assert reports(*frames) == [(b"A",)] + [()] * (len(frames) - 1)


def test_a_code_seen_meanwhile_is_not_seen_less_because_of_an_earlier_frame() -> None:
    frames = reports((0.0, [b"A"]), (2.0, [b"A"]), (1.0, [b"A"]), (4.9, [b"A"]))

    assert frames == [(b"A",), (), (), ()]


sights = st.lists(
    st.tuples(st.floats(0.0, 4.0), st.sets(st.sampled_from([b"A", b"B", b"C"]))), max_size=30
)


@settings(deadline=None)
@given(sights)
def test_a_code_is_reported_exactly_when_it_was_away(steps: list[tuple[float, set[bytes]]]) -> None:
    """Against the rule itself: the time since the text was last seen, text by text."""
    now = 0.0
    in_view: InView = ()
    last_seen: dict[bytes, float] = {}
    for pause_s, texts in steps:
        now += pause_s
        in_view, report = notice(in_view, sorted(texts), Monotonic(now), same_phone_s=SAME_PHONE_S)
        away = {text for text in texts if now >= last_seen.get(text, -9.0) + SAME_PHONE_S}
        assert set(report) == away
        last_seen |= dict.fromkeys(texts, now)
