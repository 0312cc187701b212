"""What a page is told is what central sees, whatever it has been told before."""

import json
from dataclasses import asdict, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gate.central.view import Condition, Muster, VenueView, View
from gate.central.web.picture import changes, written
from gate.model import Utc
from tests.gate.central.web.scripted import NOON, a_venue, a_view, morning


class Page:
    """What page.js keeps."""

    def __init__(self, chosen: str = "") -> None:
        self.chosen = chosen
        self.glances: dict[str, Any] = {}
        self.venue: dict[str, Any] = {}
        self.curve: list[Any] = []
        self.state: dict[str, Any] = {}
        self.heard = 0

    def hear(self, before: View | None, after: View) -> None:
        for message in changes(before, after, NOON, chosen=self.chosen):
            event, data, *rest = written(message).decode().split("\n")
            assert rest == ["", ""]
            said = json.loads(data.removeprefix("data: "))
            self.heard += len(data)
            match event.removeprefix("event: "):
                case "glance":
                    self.glances[said["id"]] = said
                case "venue":
                    self.venue = said
                case "curve":
                    kept = self.curve[: said["start"]]
                    assert len(kept) == said["start"]
                    self.curve = kept + said["points"]
                case "state":
                    self.state = said

    def shows(self, view: View) -> bool:
        venues = {venue.id: venue for venue in view.venues}
        assert self.state["online"] == view.online
        assert self.state["venues"] == [*venues]
        for name, venue in venues.items():
            glance = self.glances[name]
            told = glance["inside"], glance["limit"], glance["condition"], glance["name"]
            assert told == (venue.inside, venue.limit, venue.condition, venue.name)
        shown = self.state["shown"]
        if not venues:
            return bool(shown == "")
        assert shown == (self.chosen if self.chosen in venues else next(iter(venues)))
        expected = json.loads(json.dumps(asdict(venues[shown])))
        if venues[shown].muster:
            expected["muster"]["estimate"] = 5
        return bool({**self.venue, "curve": self.curve} == expected)


CURVES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=6).map(
    lambda points: tuple((Utc(t), n) for t, n in points)
)
VENUES = st.builds(
    lambda name, inside, curve, condition, muster: a_venue(
        name, inside=inside, curve=curve, condition=condition, muster=muster
    ),
    st.sampled_from("abc"),
    st.integers(0, 2),
    CURVES,
    st.sampled_from(Condition),
    st.sampled_from([None, Muster(NOON, None, 9, 10, left_since=5, entered_since=1)]),
)
VIEWS = st.builds(
    lambda venues, online: a_view(online=online, at=NOON).__class__(
        NOON, online, "", tuple(venues)
    ),
    st.lists(VENUES, max_size=3, unique_by=lambda venue: venue.id),
    st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(VIEWS, min_size=1, max_size=6), st.sampled_from(["", "a", "b", "main"]))
def test_a_page_shows_the_newest_view_after_any_story(views: list[View], chosen: str) -> None:
    page, before = Page(chosen), None
    for view in views:
        page.hear(before, view)
        assert page.shows(view)
        before = view


def moved(venue: VenueView) -> VenueView:
    *rest, (at, _) = venue.curve
    return replace(venue, inside=venue.inside + 1, curve=(*rest, (at, venue.inside + 1)))


def test_of_many_venues_one_is_told_whole_and_each_change_is_small() -> None:
    venues = [a_venue(f"v{n}", curve=morning(300, 400)) for n in range(100)]
    before = a_view(*venues)
    page = Page("v7")
    page.hear(None, before)
    assert page.shows(before)
    assert page.heard < 30_000

    page.heard = 0
    venues[7] = moved(venues[7])
    after = a_view(*venues)
    page.hear(before, after)

    assert page.shows(after)
    assert page.heard < 5000


def test_a_venue_that_takes_the_place_of_another_is_told_whole() -> None:
    gone, stays = a_venue("a"), a_venue("b", inside=12)
    page, before, after = Page("a"), a_view(gone, stays), a_view(stays)
    page.hear(None, before)
    page.hear(before, after)
    assert page.shows(after)
