"""A form becomes a wish, and the answer is what came of it."""

import json

import pytest

from gate.central.web.sessions import KEY_IDLE_S
from gate.central.wishes import Correct, Outcome, Recount, SendOrder, SetLimit, Wish
from gate.issuing import new_key, public_jwk, public_jwks
from gate.keys import KeySet, parse_keys
from gate.model import Mode, Utc
from gate.orders import LONGEST_S, Order, Verb, read_order
from tests.gate.central.web.rig import Rig, json_of
from tests.gate.central.web.scripted import NOON, a_gate, a_venue, a_view


@pytest.fixture
def signed_in(rig: Rig) -> Rig:
    assert rig.sign_in() == 303
    return rig


def order_in(wish: Wish, key: dict[str, str]) -> Order:
    """The command in a wish, as a gate reads it."""
    assert isinstance(wish, SendOrder)
    keys: KeySet = parse_keys(json.dumps(public_jwks(public_jwk(key))).encode(), source="test")
    order = read_order(wish.payload, keys=keys, gate=wish.gate, now=Utc(NOON))
    assert isinstance(order, Order), order
    assert (order.nonce, order.words) == (wish.nonce, wish.words)
    return order


def test_a_limit_is_set_in_the_managers_name(signed_in: Rig) -> None:
    status, said = signed_in.post("/limit", venue="mall-a", limit="450")
    assert (status, said["ok"], said["code"]) == (200, True, "done")
    assert signed_in.central.wishes == [SetLimit("mall-a", 450, by="anna")]


def test_a_correction_has_a_sign_and_a_reason(signed_in: Rig) -> None:
    signed_in.post("/correct", venue="mall-a", change="-2", reason=" goods entrance ")
    assert signed_in.central.wishes == [Correct("mall-a", -2, by="anna", reason="goods entrance")]


def test_what_central_refuses_is_told_as_it_said_it(signed_in: Rig) -> None:
    signed_in.central.answer = lambda _: Outcome(ok=False, code="out_of_range", detail="600")
    status, said = signed_in.post("/limit", venue="mall-a", limit="9999")
    assert status == 409
    assert (said["ok"], said["code"], said["detail"]) == (False, "out_of_range", "600")


def test_a_form_that_is_wrong_is_no_wish(signed_in: Rig) -> None:
    assert signed_in.post("/limit", venue="mall-a", limit="many")[1]["field"] == "limit"
    assert signed_in.post("/correct", venue="mall-a", change="1")[1]["field"] == "reason"
    assert signed_in.post("/recount", venue="mall-a", inside="1", reason="")[0] == 400
    assert signed_in.post("/order", venue="mall-a", gate="north-1", verb="release")[0] == 400
    assert not signed_in.central.wishes


# --- commands -------------------------------------------------------------------------------


def test_a_command_is_signed_with_the_key_that_was_handed_over(signed_in: Rig) -> None:
    key = signed_in.hand_over_a_key()

    status, _ = signed_in.post("/order", venue="mall-a", gate="north-1", verb="mode", mode="locked")

    assert status == 200
    (wish,) = signed_in.central.wishes
    assert isinstance(wish, SendOrder)
    assert (wish.venue, wish.gate, wish.by) == ("mall-a", "north-1", "anna")
    assert wish.words == "mode locked by ops-1"
    order = order_in(wish, key)
    assert (order.verb, order.mode) == (Verb.MODE, Mode.LOCKED)
    assert 0 < order.expires - order.issued_at < LONGEST_S


def test_two_commands_are_never_the_same(signed_in: Rig) -> None:
    key = signed_in.hand_over_a_key()
    for _ in range(2):
        signed_in.post("/order", venue="mall-a", gate="north-1", verb="open_once")
    one, other = (order_in(wish, key) for wish in signed_in.central.wishes)
    assert one.nonce != other.nonce


def test_the_key_is_asked_for_once_and_forgotten_when_it_is_told_to(signed_in: Rig) -> None:
    order = {"venue": "mall-a", "gate": "north-1", "verb": "selftest"}
    assert signed_in.post("/order", **order)[1]["code"] == "no_key"
    key = signed_in.hand_over_a_key()
    assert signed_in.post("/order", **order)[0] == 200
    signed_in.now += KEY_IDLE_S - 1
    assert signed_in.post("/order", **order)[0] == 200
    page = signed_in.client.get("/").text
    assert 'data-kid="ops-1"' in page
    assert key["d"] not in page

    assert signed_in.post("/key/forget")[0] == 200
    assert signed_in.post("/order", **order)[1]["code"] == "no_key"
    assert len(signed_in.central.wishes) == 2


def test_the_key_is_of_this_session_alone(signed_in: Rig) -> None:
    order = {"venue": "mall-a", "gate": "north-1", "verb": "selftest"}
    signed_in.hand_over_a_key()
    mine, signed_in.client = signed_in.client, signed_in.another()
    signed_in.sign_in()
    assert signed_in.post("/order", **order)[1]["code"] == "no_key"
    signed_in.client = mine
    assert 'data-kid="ops-1"' in mine.get("/").text


def test_a_key_that_nobody_uses_is_forgotten(signed_in: Rig) -> None:
    signed_in.hand_over_a_key()
    signed_in.now += KEY_IDLE_S
    said = signed_in.post("/order", venue="mall-a", gate="north-1", verb="selftest")[1]
    assert said["code"] == "no_key"


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "no JSON", "\x00", "[" * 2000),
        json_of(public_jwk(new_key("ops-1"))),
        json_of({**new_key("ops-1"), "x": "A" * 43}),
    ],
)
def test_what_is_no_private_key_is_not_kept(signed_in: Rig, text: str) -> None:
    status, said = signed_in.post("/key", key=text)
    assert (status, said["field"]) == (400, "key")
    assert signed_in.post("/order", venue="mall-a", gate="north-1", verb="selftest")[0] == 409


def test_nothing_is_signed_for_a_gate_that_is_not_of_the_venue(signed_in: Rig) -> None:
    signed_in.hand_over_a_key()
    order = {"gate": "north-1", "verb": "open_once"}
    assert signed_in.post("/order", **{**order, "venue": "mall-b"})[1]["code"] == "unknown_venue"
    elsewhere = {**order, "venue": "mall-a", "gate": "elsewhere"}
    assert signed_in.post("/order", **elsewhere)[1]["code"] == "unknown_gate"
    assert not signed_in.central.wishes


# --- after a release ------------------------------------------------------------------------

COUNTED = {"venue": "mall-a", "inside": "79", "reason": "floor by floor"}


def after_a_release(rig: Rig) -> None:
    unsure = a_gate("north-1", uncertain=True), a_gate("garden", uncertain=True)
    rig.central.now = a_view(a_venue(gates=(*unsure, a_gate("north-2"))))


def test_a_recount_of_a_venue_in_order_takes_no_key(signed_in: Rig) -> None:
    assert signed_in.post("/recount", **COUNTED)[0] == 200
    assert signed_in.central.wishes == [Recount("mall-a", 79, by="anna", reason="floor by floor")]


def test_after_a_release_each_uncertain_gate_is_told_too(signed_in: Rig) -> None:
    after_a_release(signed_in)
    assert signed_in.post("/recount", **COUNTED)[1]["code"] == "no_key"
    assert not signed_in.central.wishes, "nothing by halves"
    key = signed_in.hand_over_a_key()

    status, said = signed_in.post("/recount", **COUNTED)

    assert (status, said["code"]) == (200, "done")
    assert said["gates"] == {"north-1": "done", "garden": "done"}
    first, *orders = signed_in.central.wishes
    assert isinstance(first, Recount)
    told = [(order_in(wish, key).verb, wish.gate) for wish in orders if isinstance(wish, SendOrder)]
    assert told == [(Verb.RECOUNT, "north-1"), (Verb.RECOUNT, "garden")]


def test_gates_that_were_not_told_are_named(signed_in: Rig) -> None:
    after_a_release(signed_in)
    signed_in.hand_over_a_key()
    signed_in.central.answer = lambda wish: (
        Outcome(ok=False, code="no_answer")
        if isinstance(wish, SendOrder) and wish.gate == "garden"
        else Outcome(ok=True, code="done")
    )
    status, said = signed_in.post("/recount", **COUNTED)
    assert (status, said["ok"], said["code"]) == (200, True, "gates_uncertain")
    assert said["gates"] == {"north-1": "done", "garden": "no_answer"}


def test_no_gate_is_told_of_a_recount_that_central_refuses(signed_in: Rig) -> None:
    after_a_release(signed_in)
    signed_in.hand_over_a_key()
    signed_in.central.answer = lambda _: Outcome(ok=False, code="released")
    assert signed_in.post("/recount", **COUNTED)[1]["code"] == "released"
    assert [type(wish) for wish in signed_in.central.wishes] == [Recount]


def test_a_manager_without_a_key_can_leave_the_gates_to_a_technician(signed_in: Rig) -> None:
    after_a_release(signed_in)
    assert signed_in.post("/recount", **COUNTED, gates="leave")[0] == 200
    assert [type(wish) for wish in signed_in.central.wishes] == [Recount]
