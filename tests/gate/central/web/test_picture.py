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

    def __init__(self) -> None:
        self.venues: dict[str, Any] = {}
        self.curves: dict[str, list[Any]] = {}
        self.state: dict[str, Any] = {}
        self.heard = 0

    def hear(self, before: View | None, after: View) -> None:
        for message in changes(before, after, NOON):
            event, data, *rest = written(message).decode().split("\n")
            assert rest == ["", ""]
            said = json.loads(data.removeprefix("data: "))
            self.heard += len(data)
            match event.removeprefix("event: "):
                case "venue":
                    self.venues[said["id"]] = said
                case "curve":
                    kept = self.curves.get(said["venue"], [])[: said["start"]]
                    assert len(kept) == said["start"]
                    self.curves[said["venue"]] = kept + said["points"]
                case "state":
                    self.state = said

    def shows(self, view: View) -> bool:
        told = [{**self.venues[name], "curve": self.curves[name]} for name in self.state["venues"]]
        expected = json.loads(json.dumps([asdict(venue) for venue in view.venues]))
        for venue, seen in zip(view.venues, expected, strict=True):
            if venue.muster:
                seen["muster"]["estimate"] = venue.muster.estimate
        return bool(told == expected) and self.state["online"] == view.online


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
    st.sampled_from([None, Muster(NOON, None, 9, 10, 3, 1)]),
)
VIEWS = st.builds(
    lambda venues, online: a_view(online=online, at=NOON).__class__(
        NOON, online, "", tuple(venues)
    ),
    st.lists(VENUES, max_size=3, unique_by=lambda venue: venue.id),
    st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(VIEWS, min_size=1, max_size=6))
def test_a_page_shows_the_newest_view_after_any_story(views: list[View]) -> None:
    page, before = Page(), None
    for view in views:
        page.hear(before, view)
        assert page.shows(view)
        before = view


def moved(venue: VenueView) -> VenueView:
    *rest, (at, _) = venue.curve
    return replace(venue, inside=venue.inside + 1, curve=(*rest, (at, venue.inside + 1)))


def test_one_person_in_one_of_many_venues_is_a_few_bytes() -> None:
    venues = [a_venue(f"v{n}", curve=morning(300, 400)) for n in range(40)]
    before = a_view(*venues)
    after = a_view(moved(venues[0]), *venues[1:])
    page = Page()
    page.hear(None, before)

    page.heard = 0
    page.hear(before, after)

    assert page.shows(after)
    assert page.heard < 5000
