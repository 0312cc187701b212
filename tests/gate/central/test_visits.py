"""The visits of a venue on central's disk: pages for gates that missed them, and doubles."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import pytest

from gate.central.epoch import Epoch
from gate.central.site import Site
from gate.central.store import Store
from gate.central.turn import turn
from gate.central.venue import Plan, Venue
from gate.central.visits import KEPT_S, VISITS_A_PAGE, Visits
from gate.model import Direction, Utc, VisitId
from gate.payloads import Ans, Ask, Ctr, Evt, EvtItem

NOON = Utc(1_800_000_000.0)
IN, OUT = Direction.IN, Direction.OUT
EPOCHS = {"g-a": "0000000a", "g-b": "0000000b"}


def visit(number: int) -> VisitId:
    return VisitId(f"{number:024x}")


def ask(since: int = 0) -> Ask:
    return Ask(gate="g-c", id="f" * 16, since=since)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:", now=NOON)
    yield store
    store.close()


class Told:
    """The visits of one venue, and gates that tell of them."""

    def __init__(self, store: Store) -> None:
        self.visits = Visits(store.db, "mall")
        self._db = store.db
        self._numbers = count(1)

    def event(
        self,
        gate: str,
        kind: str,
        who: int,
        direction: Direction = IN,
        *,
        n: int | None = 1,
        at: float = 0.0,
    ) -> VisitId | None:
        return self.visits.note(
            gate,
            EvtItem(
                seq=next(self._numbers),
                at=Utc(NOON + at),
                kind=kind,
                direction=direction,
                visit=visit(who),
                n=n,
            ),
        )

    def power_cut(self, gate: str) -> None:
        item = EvtItem(seq=next(self._numbers), at=NOON, kind="recovered", n=1, detail="power")
        self.visits.note(gate, item)

    def all_tell(self, gates: Sequence[str], visits: Iterable[int], people: int) -> None:
        """Each gate has told of so many people of each visit."""
        for number in visits:
            self.event(gates[0], "passage", number, n=20)
            self._db.executemany(
                "INSERT OR REPLACE INTO places VALUES ('mall', ?, ?, ?, ?, ?, ?)",
                [(visit(number), gate, people, people, people, NOON + 0.25) for gate in gates],
            )

    def page(self, since: int = 0) -> Ans:
        return self.visits.answer(ask(since), [])


@pytest.fixture
def told(store: Store) -> Told:
    return Told(store)


def places(page: Ans) -> dict[str, list[tuple[str, int, int, int]]]:
    return {
        it.visit: [(by.gate, by.granted, by.entered, by.left) for by in it.by] for it in page.visits
    }


# --- pages --------------------------------------------------------------------------------------


def test_a_page_has_the_sum_of_what_each_gate_has_told(told: Told) -> None:
    told.event("g-a", "granted", 1, n=3)
    told.event("g-a", "passage", 1, n=3)
    told.event("g-b", "granted", 1, n=3)
    told.event("g-b", "passage", 1, OUT, n=3)

    page = told.page()

    assert places(page) == {visit(1): [("g-a", 0, 1, 0), ("g-b", 1, 0, 1)]}
    assert page.visits[0].party == 3
    assert not page.more


def test_after_the_mark_of_a_page_only_what_has_changed_since_comes(told: Told) -> None:
    told.event("g-a", "passage", 1)
    told.event("g-a", "passage", 2)
    mark = told.page().mark
    assert not told.page(mark).visits

    told.event("g-b", "passage", 1, OUT)

    assert list(places(told.page(mark))) == [visit(1)]


def test_pages_come_in_the_order_of_changes_until_nothing_is_left(told: Told) -> None:
    for number in range(VISITS_A_PAGE + 30):
        told.event("g-a", "passage", number)
    told.event("g-a", "passage", 0, OUT)  # and so it is the last

    first = told.page()
    second = told.page(first.mark)

    assert (len(first.visits), first.more) == (VISITS_A_PAGE, True)
    assert (len(second.visits), second.more) == (30, False)
    assert [it.visit for it in (*first.visits, *second.visits)] == [
        *(visit(number) for number in range(1, VISITS_A_PAGE + 30)),
        visit(0),
    ]


def test_what_changes_between_two_pages_is_in_the_second(told: Told) -> None:
    for number in range(VISITS_A_PAGE + 1):
        told.event("g-a", "passage", number)
    first = told.page()
    told.event("g-a", "passage", 0, OUT)
    assert [it.visit for it in told.page(first.mark).visits] == [visit(VISITS_A_PAGE), visit(0)]


def test_a_mark_that_was_never_given_is_answered_from_the_beginning(told: Told) -> None:
    told.event("g-a", "passage", 1)
    newest = told.page().mark
    for since in (1, int(NOON * 1000) - 1, newest + 1, 2**53 - 1):
        page = told.page(since)
        assert (len(page.visits), page.mark) == (1, newest)


def test_marks_of_an_older_disk_are_none_of_a_newer_one(told: Told) -> None:
    told.event("g-a", "passage", 1)
    old = told.page().mark
    later = Store(":memory:", now=Utc(NOON + 60))
    newer = Told(later)
    newer.event("g-a", "passage", 2)
    assert list(places(newer.page(old))) == [visit(2)]
    later.close()


def test_a_page_of_the_longest_names_and_numbers_can_be_read(told: Told) -> None:
    """200 gates with names as long as they may be have all told of every visit."""
    gates = [f"{number:064d}" for number in range(200)]
    told.all_tell(gates, range(40), 2**53 - 1)
    newest = [Epoch(gate, "0000000a", reached=2**63 - 1) for gate in gates]

    since, seen = 0, 0
    while (page := told.visits.answer(ask(since), newest)).more:
        assert len(page.encode()) <= Ans.LIMIT
        since, seen = page.mark, seen + len(page.visits)

    assert seen + len(page.visits) == 40
    assert Ans.parse(page.encode()) == page


def test_many_places_with_short_names_fill_a_page_and_no_more(told: Told) -> None:
    told.all_tell([f"g-{number}" for number in range(30)], range(VISITS_A_PAGE), 1)
    page = told.page()
    assert page.more
    assert 0.7 * Ans.LIMIT < len(page.encode()) <= Ans.LIMIT


def test_a_party_that_cannot_be_is_not_told_on(told: Told) -> None:
    for n in (None, 0, 21):
        told.event("g-a", "passage", 1, n=n)
    told.event("g-a", "refused", 2)
    assert not told.page().visits


def test_a_power_cut_ends_the_grants_of_that_gate_and_is_a_change(told: Told) -> None:
    told.event("g-a", "granted", 1)
    told.event("g-b", "granted", 1)
    told.event("g-a", "passage", 2)
    mark = told.page().mark

    told.power_cut("g-a")

    assert places(told.page(mark)) == {visit(1): [("g-a", 0, 0, 0), ("g-b", 1, 0, 0)]}


# --- doubles ------------------------------------------------------------------------------------


def test_a_visit_is_to_be_looked_at_when_more_came_in_than_are_in_the_party(told: Told) -> None:
    assert told.event("g-a", "passage", 1) is None
    assert told.event("g-a", "passage", 1, OUT) is None
    assert told.event("g-b", "passage", 1) == visit(1), "g-b may have told late"


class House:
    """A venue of two gates over the whole of central."""

    def __init__(self, store: Store) -> None:
        plan = Plan("mall", "jkt", "Mall", ("g-a", "g-b"), licensed=100)
        self.site = Site(store, [plan], quota_s=3600.0, now=NOON)
        self._next = {"g-a": 1, "g-b": 1}

    @property
    def venue(self) -> Venue:
        return self.site.by_id["mall"]

    def tell(self, gate: str, *events: tuple[str, Direction, float]) -> None:
        """What happened to visit 1, and when."""
        for kind, direction, at in events:
            item = EvtItem(
                seq=self._next[gate],
                at=Utc(NOON + at),
                kind=kind,
                direction=direction,
                visit=visit(1),
                n=1,
                reason="ok",
            )
            self._next[gate] += 1
            with self.site.store.transaction():
                evt = Evt(gate=gate, epoch=EPOCHS[gate], events=(item,))
                self.venue.hear_evt(evt, item.at)
                self.venue.heard_from(gate, item.at)

    def all_told(self, at: float, *, clock: str = "ntp", gates: str = "ab") -> None:
        for gate in (f"g-{letter}" for letter in gates):
            ctr = Ctr(
                gate=gate,
                epoch=EPOCHS[gate],
                entered=0,
                left=0,
                pending=0,
                seq=self._next[gate] - 1,
                ts=Utc(NOON + at),
                clk=clock,
            )
            with self.site.store.transaction():
                self.venue.hear_ctr(ctr, ctr.ts, heard_at=ctr.ts)
                self.venue.heard_from(gate, ctr.ts)

    def look(self, at: float) -> list[tuple[str, str, float, str]]:
        """The alarms after a look at what is due, oldest first."""
        turn(self.site, [], [], Utc(NOON + at), due=True)
        return [
            (it.kind, it.gate, it.at - NOON, it.detail)
            for it in reversed(self.venue.journal.alarms())
        ]


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


TWICE = f"1 too many by one pass (visit {visit(1)}): g-a 15:00:01, g-b 15:00:05"


def test_a_double_is_reported_once_with_both_gates_and_times_when_both_have_told_all(
    house: House,
) -> None:
    house.tell("g-a", ("passage", IN, 1))
    house.tell("g-b", ("passage", IN, 5))
    assert not house.look(6), "g-a may still tell that they left"
    house.all_told(10)

    assert house.look(11) == [("double", "g-b", 5.0, TWICE)]
    assert len(house.look(12)) == 1


def test_who_had_left_before_is_no_double_whatever_was_told_first(house: House) -> None:
    house.tell("g-b", ("passage", IN, 5))
    house.tell("g-a", ("passage", IN, 1), ("passage", OUT, 3))
    house.all_told(10)
    assert not house.look(11)


def test_who_came_in_twice_and_has_left_since_is_reported_when_the_other_gate_tells(
    house: House,
) -> None:
    house.tell("g-a", ("passage", IN, 1), ("passage", OUT, 60))
    house.tell("g-b", ("passage", IN, 5))
    house.all_told(70)
    assert house.look(71) == [("double", "g-b", 5.0, TWICE)]


def test_a_third_is_reported_as_a_larger_double(house: House) -> None:
    house.tell("g-a", ("passage", IN, 1))
    house.tell("g-b", ("passage", IN, 5))
    house.all_told(10)
    house.look(11)

    house.tell("g-a", ("passage", IN, 20))
    house.all_told(30)

    assert [detail[:10] for _, _, _, detail in house.look(31)] == ["1 too many", "2 too many"]
    assert house.venue.visits.extra_since(NOON) == 2


def test_a_double_that_a_gate_explains_later_is_taken_back(house: House) -> None:
    """g-a was lost when it was looked at, and tells later that they had left."""
    house.tell("g-a", ("passage", IN, 1))
    house.all_told(2, gates="a")
    house.tell("g-b", ("passage", IN, 300))
    house.all_told(400, gates="b")
    assert [kind for kind, *_ in house.look(401)] == ["double"]

    house.tell("g-a", ("passage", OUT, 200))
    house.all_told(410)

    assert [kind for kind, *_ in house.look(411)] == ["double", "no_double"]
    assert house.venue.visits.extra_since(NOON) == 0


def test_a_gate_without_a_clock_holds_no_report_up(house: House) -> None:
    house.tell("g-a", ("passage", IN, 1))
    house.tell("g-b", ("passage", IN, 5))
    house.all_told(6, clock="unsure", gates="a")
    house.all_told(10, gates="b")
    assert [kind for kind, *_ in house.look(11)] == ["double"]


def test_in_a_new_epoch_no_grant_of_the_old_one_is_open(house: House) -> None:
    house.tell("g-a", ("granted", IN, 1))
    mark = house.venue.visits.answer(ask(), []).mark
    house.tell("g-b", ("granted", IN, 2))
    assert places(house.venue.visits.answer(ask(mark), []))[visit(1)][0] == ("g-a", 1, 0, 0)

    evt = EvtItem(seq=1, at=Utc(NOON + 3), kind="alarm", reason="behind")
    with house.site.store.transaction():
        house.venue.hear_evt(Evt(gate="g-a", epoch="0000000c", events=(evt,)), NOON)

    assert places(house.venue.visits.answer(ask(mark), [])) == {
        visit(1): [("g-a", 0, 0, 0), ("g-b", 1, 0, 0)]
    }


# --- the end ------------------------------------------------------------------------------------


def test_what_is_long_over_goes_and_the_rest_stays(told: Told, store: Store) -> None:
    told.event("g-a", "passage", 1)
    told.event("g-b", "passage", 1)
    told.visits.suspect(visit(1), NOON)
    told.event("g-a", "passage", 2, at=60)

    told.visits.purge(Utc(NOON + KEPT_S + 1))

    assert list(places(told.page())) == [visit(2)]
    for table, rows in (("visits", 1), ("places", 1), ("doubles", 0)):
        assert store.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)  # noqa: S608


def test_a_visit_of_another_venue_is_another_visit(told: Told, store: Store) -> None:
    told.event("g-a", "passage", 1)
    other = Visits(store.db, "other")
    assert not other.answer(ask(), []).visits
