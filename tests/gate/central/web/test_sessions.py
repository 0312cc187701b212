"""Who is signed in, and for how long."""

from gate.central.web.sessions import IDLE_S, KEY_IDLE_S, LONGEST_S, MOST, Sessions
from gate.issuing import new_key
from gate.model import Monotonic

BEGIN = Monotonic(500.0)


def after(seconds: float) -> Monotonic:
    return Monotonic(BEGIN + seconds)


def test_a_session_is_found_by_its_token_alone() -> None:
    sessions = Sessions()
    token, session = sessions.open("anna", "hash", BEGIN)

    assert sessions.find(token, BEGIN) is session
    assert sessions.find(token[:-1], BEGIN) is None
    assert sessions.find("", BEGIN) is None
    assert sessions.find("\udcff", BEGIN) is None
    assert len(token) >= 43, "256 bits"
    assert token not in repr(sessions.__dict__), "what leaks from memory is no way in"


def test_a_session_that_is_not_used_ends_and_one_that_is_goes_on() -> None:
    sessions = Sessions()
    idle, _ = sessions.open("anna", "hash", BEGIN)
    used, _ = sessions.open("budi", "hash", BEGIN)

    assert sessions.find(used, after(IDLE_S - 1))
    assert sessions.find(idle, after(IDLE_S)) is None
    assert sessions.find(idle, after(0)) is None, "an end is for good"
    assert sessions.find(used, after(IDLE_S + 1))


def test_no_session_lasts_for_ever() -> None:
    sessions = Sessions()
    token, _ = sessions.open("anna", "hash", BEGIN)
    at = 0.0
    while at + IDLE_S / 2 < LONGEST_S:
        at += IDLE_S / 2
        assert (sessions.find(token, after(at)) is not None) == (at < LONGEST_S)
    assert sessions.find(token, after(LONGEST_S)) is None


def test_the_key_is_forgotten_when_it_is_not_used_and_at_the_end() -> None:
    sessions, key = Sessions(), new_key("ops-1")
    token, session = sessions.open("anna", "hash", BEGIN)
    session.hold(key, BEGIN)

    assert session.key(after(KEY_IDLE_S - 1)) == key
    assert session.key(after(KEY_IDLE_S)) is None
    assert session.key(after(0)) is None
    session.hold(key, BEGIN)
    assert key["d"] not in repr(session)
    sessions.close(token)
    assert session.key(BEGIN) is None
    assert sessions.find(token, BEGIN) is None


def test_of_too_many_sessions_the_most_silent_one_ends() -> None:
    sessions = Sessions()
    tokens = [sessions.open("anna", "hash", after(number))[0] for number in range(MOST)]
    sessions.find(tokens[0], after(MOST))

    sessions.open("anna", "hash", after(MOST))

    assert sessions.find(tokens[0], after(MOST))
    assert sessions.find(tokens[1], after(MOST)) is None
    assert sessions.find(tokens[2], after(MOST))
