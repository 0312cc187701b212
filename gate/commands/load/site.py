"""The venues and gates of a load, and the configuration of a central for them. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gate.commands.load.gate import Place

DISTRICT = "load"
MOST_GATES = 200
"""Of one venue (`cfg`)."""


@dataclass(frozen=True, slots=True)
class Site:
    """So many gates in so many venues, shared out evenly."""

    gates: int
    venues: int
    capacity: int
    root: str

    @property
    def places(self) -> list[list[Place]]:
        """The gates of each venue: ways in and ways out in turn."""
        found = []
        for number in range(self.venues):
            size = self.gates // self.venues + (number < self.gates % self.venues)
            venue = f"load-{number:04}"
            found.append(
                [
                    Place(self.root, DISTRICT, venue, f"{venue}-{gate:03}", gate % 2 == 0)
                    for gate in range(size)
                ]
            )
        return found

    def central_toml(self, *, host: str, port: int, data_dir: str) -> str:
        """What `gate central` needs to know."""
        tables = [
            f'[central]\ndata_dir = {_text(data_dir)}\nlog_level = "warning"\n',
            f"[mqtt]\nhost = {_text(host)}\nport = {port}\nroot = {_text(self.root)}\n",
        ]
        for places in self.places:
            names = [place.gate for place in places]
            tables.append(
                f"[[venue]]\nid = {_text(places[0].venue)}\ndistrict = {_text(DISTRICT)}\n"
                f"gates = {_texts(names)}\ncapacity = {self.capacity}\n"
            )
        return "\n".join(tables)


def sites(steps: Sequence[int], *, venues: int, capacity: int, root: str) -> list[Site]:
    """One for each number of gates; the largest has `venues`, the others as many gates a venue.

    Raises ValueError where a venue would have no gate, or too many.
    """
    most = max(steps)
    if most < venues:
        raise ValueError(f"{venues} venues need {venues} gates at least")
    if most > venues * MOST_GATES:
        raise ValueError(f"a venue has {MOST_GATES} gates at most: take more venues")
    if min(steps) < 1:
        raise ValueError("a step has one gate at least")
    return [Site(gates, max(1, gates * venues // most), capacity, root) for gates in steps]


def _text(text: str) -> str:
    return json.dumps(text)  # TOML's basic strings have the same escapes


def _texts(texts: Sequence[str]) -> str:
    return json.dumps(list(texts))
