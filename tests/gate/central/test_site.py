"""Which venues are looked at in a second in which they say nothing."""

import pytest

from gate.central.schema import DatabaseError
from gate.central.site import AT_LEAST, LOOK_EVERY_S, Site
from gate.central.store import Store
from gate.central.venue import Plan, Venue
from gate.model import Utc
from tests.gate.central.benches import MORNING, Bench


def site_of(venues: int) -> Site:
    plans = [Plan(f"m{n}", "jkt", "Mall", (f"g{n}",), licensed=10) for n in range(venues)]
    return Site(Store(":memory:", now=Utc(MORNING)), plans, quota_s=3600.0, now=Utc(MORNING))


def names(venues: list[Venue]) -> set[str]:
    return {venue.plan.id for venue in venues}


def test_of_few_venues_each_is_looked_at_every_second() -> None:
    site = site_of(AT_LEAST)

    assert names(site.due()) == names(site.due()) == set(site.by_id)


def test_after_a_start_all_are_looked_at_first() -> None:
    """A day may have ended meanwhile: before anybody is heard whom the new one counts."""
    site = site_of(10 * AT_LEAST)

    assert names(site.due()) == set(site.by_id)


def test_of_many_venues_each_is_looked_at_every_few_seconds() -> None:
    site = site_of(10 * AT_LEAST)
    site.due()

    looked_at = [names(site.due()) for _ in range(LOOK_EVERY_S)]

    assert set.union(*looked_at) == set(site.by_id)
    assert max(map(len, looked_at)) == 10 * AT_LEAST // LOOK_EVERY_S


def test_where_something_happened_is_looked_at_twice_more() -> None:
    """Once may be too soon to say another number."""
    site = site_of(10 * AT_LEAST)
    touched = site.by_id["m199"]
    site.touched([touched])

    assert [touched in site.due() for _ in range(3)] == [True, True, False]


def test_the_number_is_reckoned_anew_when_anything_in_it_is_new() -> None:
    bench = Bench()
    bench.connect("a")
    assert bench.venue.occupancy(Utc(bench.now)).upper == 0

    bench.happen("a", "in")
    bench.happen("a", "alarm", reason="tailgate")
    bench.happen("a", "in")

    known = bench.venue.occupancy(Utc(bench.now))
    assert (known.lower, known.inside, known.upper) == (1, 2, 2)
    spoken_for = known.spoken_for
    bench.pass_time(200.0)
    known = bench.venue.occupancy(Utc(bench.now))
    assert known.spoken_for == spoken_for
    assert known.upper == spoken_for > 2, "a stale gate may have used its quota"


def test_a_quota_is_spoken_for_in_the_moment_in_which_it_is_given() -> None:
    bench = Bench()

    bench.connect("a")

    venue = bench.venue
    (given,) = venue.quotas.given(venue.people.newest["a"])
    assert venue.occupancy(Utc(bench.now)).spoken_for == given.top > 0


def test_a_disk_that_cannot_be_used_is_told_at_the_start() -> None:
    store = Store(":memory:", now=Utc(0))
    store.close()
    with pytest.raises(DatabaseError):
        Site(store, [Plan("m0", "jkt", "Mall", ("a",), licensed=1)], quota_s=60.0, now=Utc(0))
