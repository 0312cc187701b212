"""What central says: words as they come, `occ` not too often, and everything after a connection.

A broker that was killed has forgotten what it kept, so after every connection all that is retained
is said again. A connection on which nothing is confirmed is given up.
"""

from gate.central.distribution import quota_word
from gate.central.link import Link, Word
from gate.central.site import Site
from gate.central.venue import Venue, venue_topics
from gate.model import Monotonic, Utc
from gate.payloads import CentralState

OCC_AT_MOST_EVERY_S = 1.0
OCC_AT_LEAST_EVERY_S = 60.0
NO_PROGRESS_S = 30.0
"""Without a single confirmation."""


class Voice:
    """Belongs to the deciding thread."""

    def __init__(self, link: Link, root: str) -> None:
        self._link = link
        self._state = f"{root}/v1/central/state"
        self._occ: dict[str, tuple[Monotonic, bytes]] = {}
        self._unconfirmed = 0
        self._waiting_since: Monotonic | None = None

    def connected(self, site: Site, utc: Utc, now: Monotonic) -> None:
        """The broker is there: everything that it keeps for others."""
        self._occ.clear()
        self._unconfirmed, self._waiting_since = 0, None
        self.say(Word(self._state, CentralState(state="online").encode()), now)
        for venue in site.venues.values():
            for word in _all_words(venue):
                self.say(word, now)
            self.say_occ(venue, utc, now)

    def say(self, word: Word, now: Monotonic) -> None:
        """At once, or not at all while the broker is away."""
        number = self._link.publish(word.topic, word.payload, retain=word.retain, qos=word.qos)
        if number is not None:
            self._unconfirmed += 1
            if self._waiting_since is None:
                self._waiting_since = now

    def say_occ(self, venue: Venue, utc: Utc, now: Monotonic) -> None:
        """The number inside, when it has changed, and now and then."""
        topic = venue_topics(venue.plan).occ
        said_at, said = self._occ.get(topic, (Monotonic(-OCC_AT_LEAST_EVERY_S), b""))
        if now - said_at < OCC_AT_MOST_EVERY_S:
            return
        occ = venue.occ(utc)
        content = occ.model_copy(update={"ts": Utc(0)}).encode()
        if content != said or now - said_at >= OCC_AT_LEAST_EVERY_S:
            self._occ[topic] = now, content
            self.say(Word(topic, occ.encode(), qos=0), now)

    def answered(self, now: Monotonic) -> None:
        """The broker has confirmed a word."""
        self._unconfirmed = max(0, self._unconfirmed - 1)
        self._waiting_since = now if self._unconfirmed else None

    def check(self, now: Monotonic) -> None:
        """Give up a connection that looks well and is not."""
        if self._waiting_since is not None and now - self._waiting_since > NO_PROGRESS_S:
            self._unconfirmed, self._waiting_since = 0, None
            self._link.renew()


def _all_words(venue: Venue) -> list[Word]:
    newest = venue.people.newest.values()
    words = [venue.cfg()]
    if venue.plan.keys:
        words.append(Word(venue_topics(venue.plan).keys, venue.plan.keys))
    for epoch in newest:
        if venue.quotas.newest(epoch) is not None:
            words.append(quota_word(venue, epoch))
        words.append(venue.ack_word(epoch))
    return words
