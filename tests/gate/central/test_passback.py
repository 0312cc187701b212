"""One visit over all gates: what each has told of it, and whether it was used twice."""

import pytest

from gate.central.passback import Double, Step, find_double, may_be_double, places_after
from gate.model import Direction, Reason, Utc, VisitId
from gate.payloads import EvtItem, Places

NOON = Utc(1_800_000_000.0)
ID = VisitId("a" * 24)
IN, OUT = Direction.IN, Direction.OUT


def at(seconds: float) -> Utc:
    return Utc(NOON + seconds)


def came(gate: str, seconds: float) -> Step:
    return Step(gate, at(seconds), int(seconds), "passage", "in", "ok")


def left(gate: str, seconds: float) -> Step:
    return Step(gate, at(seconds), int(seconds), "passage", "out", "ok")


def granted(gate: str, seconds: float, reason: Reason = Reason.OK) -> Step:
    return Step(gate, at(seconds), int(seconds), "granted", "in", reason)


@pytest.mark.parametrize(
    ("kind", "direction", "after"),
    [
        ("granted", IN, (2, 1, 1)),
        ("passage", IN, (0, 2, 1)),
        ("passage", OUT, (1, 1, 2)),
        ("lapsed", IN, (0, 1, 1)),
        ("withdrawn", IN, (0, 1, 1)),
    ],
)
def test_each_event_of_a_visit_changes_its_places(
    kind: str, direction: Direction, after: tuple[int, int, int]
) -> None:
    known = Places(gate="g-a", granted=1, entered=1, left=1, at=NOON)
    event = EvtItem(seq=9, at=at(9), kind=kind, direction=direction, visit=ID, n=4)

    places = places_after(known, event)

    assert (places.granted, places.entered, places.left) == after
    assert places.at == at(9)


def test_a_grant_that_ends_without_having_been_told_leaves_no_debt() -> None:
    event = EvtItem(seq=1, at=NOON, kind="passage", direction=IN, visit=ID, n=4)
    assert places_after(Places(gate="g-a", at=NOON), event).granted == 0


def test_more_people_than_the_party_are_looked_at_also_when_some_have_left_since() -> None:
    by = [
        Places(gate="g-a", entered=1, left=1, at=NOON),
        Places(gate="g-b", entered=1, at=NOON),
    ]
    assert may_be_double(1, by)
    assert not may_be_double(2, by)


def test_two_who_came_on_one_pass_are_a_double_with_both_gates_and_times() -> None:
    assert find_double(ID, 1, [came("g-b", 5), came("g-a", 1)]) == Double(
        ID, at(5), 1, (("g-a", at(1)), ("g-b", at(5)))
    )


def test_a_party_that_comes_by_several_gates_is_no_double() -> None:
    assert find_double(ID, 3, [came("g-a", 1), came("g-b", 2), came("g-c", 3)]) is None


def test_who_has_left_by_another_gate_makes_room() -> None:
    assert find_double(ID, 1, [came("g-a", 1), left("g-b", 2), came("g-b", 3)]) is None


def test_what_is_told_late_counts_when_it_happened() -> None:
    told = [came("g-a", 1), left("g-a", 9), came("g-b", 5)]
    double = find_double(ID, 1, told)
    assert double is not None
    assert (double.at, double.extra, double.gates) == (at(5), 1, ("g-a", "g-b"))


def test_a_double_is_as_large_as_it_ever_was_and_begins_with_the_first_too_many() -> None:
    told = [came("g-a", 1), came("g-b", 2), came("g-c", 3), left("g-a", 4), came("g-a", 5)]
    double = find_double(ID, 1, told)
    assert double is not None
    assert (double.at, double.extra) == (at(2), 2)
    assert double.came == (("g-a", at(1)), ("g-b", at(2)), ("g-c", at(3)))


def test_who_was_admitted_again_as_unclosed_is_no_double() -> None:
    told = [came("g-a", 1), granted("g-b", 2000, Reason.UNCLOSED), came("g-b", 2002)]
    assert find_double(ID, 1, told) is None


def test_each_of_an_unclosed_party_has_the_reason_and_only_the_first_begins_it_anew() -> None:
    again = [
        step
        for person in range(3)
        for step in (
            granted("g-b", 2000 + 10 * person, Reason.UNCLOSED),
            came("g-b", 2002 + 10 * person),
        )
    ]
    double = find_double(ID, 2, [came("g-a", 1), came("g-a", 2), *again[:4]])
    assert double is None
    double = find_double(ID, 2, [came("g-a", 1), came("g-a", 2), *again[:4], came("g-a", 2013)])
    assert double is not None
    assert double.extra == 1


def test_unclosed_at_two_gates_at_once_is_a_double() -> None:
    told = [
        came("g-a", 1),
        granted("g-a", 2000, Reason.UNCLOSED),
        granted("g-b", 2000, Reason.UNCLOSED),
        came("g-a", 2002),
        came("g-b", 2003),
    ]
    double = find_double(ID, 1, told)
    assert double is not None
    assert double.gates == ("g-a", "g-b")
