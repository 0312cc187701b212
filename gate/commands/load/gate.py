"""One gate at the broker: a lane in memory, and the words of the product's own `gate.delivery`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import random
from secrets import token_hex

from drivers.mqtt_carrier import Consumer
from drivers.mqtt_endpoint import Endpoint, Will
from drivers.simulated.links import Links
from gate.commands.load.lane import Lane
from gate.delivery import Condition, Delivery, Fact, Written, subscriptions
from gate.echo import Echo
from gate.events import Record
from gate.keys import KeySet
from gate.ledger import News, QuotaHeard
from gate.link import Answered, Arrived, Connected, Denied, Disconnected
from gate.listener import Listener, readings
from gate.model import Mode, Monotonic, Utc
from gate.neighbours import Neighbours
from gate.payloads import Lane as LaneMeta
from gate.payloads import Meta, Status
from gate.remote import Remote
from gate.talk import Moment, Talk
from gate.topics import topics

SOFTWARE = "gate load"
SESSION_S = 600
"""A broker that is not ours is to forget these gates soon."""


@dataclass(slots=True)
class Tally:
    """What all gates together have said and heard; only counts."""

    said: int = 0
    """Messages that the link took."""
    heard: int = 0
    """Messages that came."""
    losses: int = 0
    """Connections lost."""
    denied: int = 0
    """Messages or subscriptions that the broker refused."""
    waits: list[float] = field(default_factory=list)
    """From an event to central's acknowledgement of it, in seconds."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gate stands."""

    root: str
    district: str
    venue: str
    gate: str
    is_entry: bool


class LoadGate:
    """Belongs to the thread that turns the links. `on_touched`: it may have something to say."""

    def __init__(
        self,
        place: Place,
        links: Links,
        *,
        host: str,
        port: int,
        tally: Tally,
        clock: Callable[[], Monotonic],
        utc: Callable[[], Utc],
        on_touched: Callable[["LoadGate"], None],
    ) -> None:
        self.place = place
        self.lane = Lane()
        self._tally = tally
        self._clock, self._utc = clock, utc
        self._touched = partial(on_touched, self)
        own = topics(root=place.root, district=place.district, venue=place.venue, gate=place.gate)
        talks: list[Talk] = [
            Listener(
                readings(own, epoch=self.lane.epoch, venue=place.venue, root=KeySet()),
                on_news=self._hear,
            ),
            Remote(
                command_topic=own.cmd,
                answer_topic=own.res,
                gate=place.gate,
                keys=KeySet(),
                clock=clock,
                obey=lambda _order, _then: None,
                on_record=lambda _record: None,
                nudge=self._touched,
            ),
            Neighbours(
                gate=place.gate,
                topics=own,
                since=0,
                asks=True,
                on_news=lambda _news: None,
                new_id=lambda: token_hex(8),
                chance=random,
            ),
        ]
        self._delivery = Delivery(
            publish=self._publish,
            reader=self.lane,
            topics=own,
            meta=Meta(
                gate=place.gate,
                venue=place.venue,
                district=place.district,
                epoch=self.lane.epoch,
                software=SOFTWARE,
                hardware="none",
                lane=LaneMeta(scan="entry" if place.is_entry else "exit", sensors="two_beams"),
                ts=utc(),
            ),
            boot=1,
            stored=0,
            condition=Condition(mode=Mode.NORMAL),
            acknowledged_by_central=True,
            acknowledge=self._acknowledge,
            note_sent=lambda _seq: None,
            note_told=lambda: None,
            echo=Echo(
                reader=self.lane,
                epoch=self.lane.epoch,
                listen_first=False,
                on_behind=lambda _why: False,
            ),
            on_lost=lambda _why: None,
            on_back=lambda: None,
            talks=talks,
        )
        will = Status(gate=place.gate, state="lost", boot=1)
        self.link = links.add(
            Endpoint(
                host=host,
                port=port,
                client_id=place.gate,
                will=Will(own.status, will.encode()),
                session_expiry_s=SESSION_S,
            ),
            Consumer(
                subscriptions=subscriptions(own, talks),
                on_connected=lambda: self._learn(Connected()),
                on_disconnected=self._lost,
                on_message=self._heard,
                on_published=self._answered,
                on_denied=self._denied,
                on_crash=lambda _bug: None,
            ),
        )

    @property
    def has_quota(self) -> bool:
        """Whether central has told it how many it may let in."""
        return self.lane.right(self._utc()) is not None

    @property
    def backlog(self) -> int:
        """Events that central has not acknowledged."""
        return self.lane.seq - self.lane.acknowledged

    def record(self, *records: Record) -> None:
        """Something happened in the lane."""
        for record in records:
            self.lane.record(record, self._clock(), self._utc())
        self._learn(Written(self.lane.seq))

    def say(self, moment: Moment) -> Monotonic | None:
        """Publish what is due; when there is more although nothing happens."""
        self._delivery.say(moment)
        return self._delivery.next_at()

    def say_goodbye(self, moment: Moment) -> None:
        """Say that it stops."""
        self._delivery.say_goodbye(moment)

    # --- facts --------------------------------------------------------------------------------

    def _learn(self, fact: Fact) -> None:
        self._delivery.take(fact, Moment(self._clock(), self._utc(), "ntp"))
        self._touched()

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        number = self.link.publish(topic, payload, retain=retain)
        self._tally.said += number is not None
        return number

    def _heard(self, topic: str, payload: bytes, retained: bool) -> None:
        self._tally.heard += 1
        self._learn(Arrived(topic, payload, retained))

    def _answered(self, number: int, taken: bool, why: str) -> None:
        self._tally.denied += not taken
        self._learn(Answered(number, taken, why))

    def _denied(self, why: str) -> None:
        self._tally.denied += 1
        self._learn(Denied(why))

    def _lost(self, why: str) -> None:
        self._tally.losses += 1
        self._learn(Disconnected(why))

    def _hear(self, news: News) -> None:
        if isinstance(news, QuotaHeard) and self.lane.take(news.quota):
            self._delivery.take(Written(self.lane.seq), Moment(self._clock(), self._utc(), "ntp"))

    def _acknowledge(self, _epoch: str, seq: int) -> None:
        now = self._clock()
        self._tally.waits.extend(now - at for at in self.lane.forget(seq))
