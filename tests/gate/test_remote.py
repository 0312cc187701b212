"""The conversation with operators: each command obeyed once, and each answered."""

import json
from collections.abc import Callable
from typing import Any

from gate.events import RecordCommand
from gate.issuing import new_key, public_jwks
from gate.keys import parse_keys
from gate.link import Arrived
from gate.model import Monotonic, Utc
from gate.obeying import DONE, Outcome
from gate.orders import Order, Verb, give_order
from gate.remote import MOST_NONCES, REFUSALS, REFUSALS_S, Remote
from gate.talk import Moment

START = Utc(1_800_000_000.0)
OPERATOR = new_key("ops-1")
KEYS = parse_keys(json.dumps(public_jwks(OPERATOR)).encode(), source="test")


class Site:
    """A gate's ear for commands, and somebody who obeys at once."""

    def __init__(self) -> None:
        self.now = 50.0
        self.clock_state = "ntp"
        self.wall = START
        self.obeyed: list[Order] = []
        self.records: list[RecordCommand] = []
        self.nudges = 0
        self.given = 0
        self.remote = Remote(
            command_topic="cmd",
            answer_topic="res",
            gate="t01-a",
            keys=KEYS,
            clock=lambda: Monotonic(self.now),
            obey=self.obey,
            on_record=self.records.append,
            nudge=self.nudged,
        )
        self.pass_time(10)

    def obey(self, order: Order, answer: Callable[[Outcome], None]) -> None:
        self.obeyed.append(order)
        answer(DONE)

    def nudged(self) -> None:
        self.nudges += 1

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.wall = Utc(self.wall + seconds)

    @property
    def moment(self) -> Moment:
        return Moment(Monotonic(self.now), self.wall, self.clock_state)

    def order(self, *, ago_s: float = 0.0, gate: str = "t01-a") -> bytes:
        self.given += 1
        return give_order(
            Verb.OPEN_ONCE,
            gate=gate,
            key=OPERATOR,
            nonce=self.given.to_bytes(16),
            issued_at=Utc(self.wall - ago_s),
        )

    def hear(self, payload: bytes, *, retained: bool = False) -> list[dict[str, Any]]:
        """What is answered."""
        self.remote.hear(Arrived("cmd", payload, retained=retained), self.moment)
        return self.answers()

    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(word.payload) for word in self.remote.say(self.moment)]


def test_a_command_is_obeyed_and_answered_with_what_came_of_it() -> None:
    site = Site()

    (answer,) = site.hear(site.order())

    assert [order.verb for order in site.obeyed] == [Verb.OPEN_ONCE]
    assert (answer["id"], answer["ok"], answer["code"]) == ("00" * 15 + "01", True, "done")
    assert site.nudges == 1
    assert site.answers() == []


def test_said_twice_it_is_obeyed_once() -> None:
    site = Site()
    payload = site.order()
    site.hear(payload)

    (answer,) = site.hear(payload)

    assert (answer["code"], answer["id"], len(site.obeyed)) == ("replayed", "00" * 15 + "01", 1)
    assert site.records == [RecordCommand("replayed", "open_once by ops-1")]


def test_a_command_from_before_the_start_is_past_even_if_it_comes_for_the_first_time() -> None:
    site = Site()
    assert [answer["code"] for answer in site.hear(site.order(ago_s=6))] == ["before_start"]
    assert [answer["code"] for answer in site.hear(site.order(ago_s=4))] == ["done"]


def test_the_start_is_known_by_the_clock_as_it_is_now() -> None:
    """It may have been wrong at the start, and set right since."""
    site = Site()
    site.wall = Utc(START + 5_000_000)
    assert [answer["code"] for answer in site.hear(site.order(ago_s=11))] == ["before_start"]


def test_late_unsure_retained_and_foreign_commands_are_not_obeyed() -> None:
    site = Site()
    late = site.order()
    site.pass_time(36)
    codes = [site.hear(late), site.hear(site.order(gate="t01-b"))]
    codes.append(site.hear(site.order(), retained=True))
    site.clock_state = "unsure"
    codes.append(site.hear(site.order()))

    assert [answer["code"] for (answer,) in codes] == [
        *("expired", "wrong_gate", "retained", "clock_unsure")
    ]
    assert site.obeyed == []


def test_of_a_flood_some_are_recorded_and_then_how_many_were_not() -> None:
    site = Site()
    answers = [site.hear(b"junk") for _ in range(REFUSALS + 500)]
    assert len(site.records) == REFUSALS
    assert sum(map(len, answers)) == REFUSALS
    due = site.remote.due()
    assert due is not None
    assert due <= site.now + REFUSALS_S

    site.pass_time(REFUSALS_S)
    assert site.answers() == []
    assert site.records[REFUSALS:] == [RecordCommand("refused", "500 more that are not recorded")]
    assert site.remote.due() is None
    assert len(site.hear(b"junk")) == 1


def test_the_answers_to_a_link_that_is_gone_are_not_said_on_the_next() -> None:
    site = Site()
    site.remote.hear(Arrived("cmd", site.order(), retained=False), site.moment)
    site.remote.link(up=False, central=False, moment=site.moment)
    site.remote.link(up=True, central=False, moment=site.moment)
    assert site.answers() == []


def test_nonces_are_bounded_and_forgotten_when_they_are_past() -> None:
    site = Site()
    for _ in range(MOST_NONCES):
        site.hear(site.order())
    assert [answer["code"] for answer in site.hear(site.order())] == ["busy"]

    site.pass_time(40)
    assert [answer["code"] for answer in site.hear(site.order())] == ["done"]
