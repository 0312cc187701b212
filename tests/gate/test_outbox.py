"""The place in the outbox: six numbers and the rules that move them."""

from collections.abc import Callable

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gate.model import Monotonic
from gate.outbox import (
    AHEAD,
    BATCH,
    WINDOW,
    Beat,
    Outbox,
    Packet,
    beat_due,
    deadline,
    on_acknowledged,
    on_central,
    on_connected,
    on_loaded,
    on_puback,
    on_sent,
    on_stored,
    rewound,
    room,
)


def at(seconds: float) -> Monotonic:
    return Monotonic(seconds)


def connected(*, stored: int, mark: int = 0, central: bool = True) -> Outbox:
    outbox = on_connected(Outbox(acknowledged_by_central=central))
    return on_loaded(outbox, stored=stored, mark=mark)


def send_all(outbox: Outbox, now: float = 0.0, first_mid: int = 1) -> Outbox:
    """Send as much as is allowed; every packet is full."""
    mid = first_mid
    while (count := room(outbox)) > 0:
        packet = Packet(mid, outbox.cursor + 1, outbox.cursor + count)
        outbox = on_sent(outbox, packet, at(now))
        mid += 1
    return outbox


def test_events_go_in_packets_of_up_to_fifty() -> None:
    assert room(connected(stored=7)) == 7
    assert room(connected(stored=1000)) == BATCH
    assert room(connected(stored=7, mark=7)) == 0


def test_no_more_than_twenty_packets_are_on_their_way() -> None:
    outbox = connected(stored=5000, central=False)

    full = send_all(outbox)
    one_answered = on_puback(full, 1, at(0))

    assert len(full.window) == WINDOW
    assert room(full) == 0
    assert room(one_answered) == BATCH


def test_no_more_than_a_hundred_packets_are_sent_beyond_what_central_has() -> None:
    """A broker drops what a slow central leaves; central's word, not the broker's, makes room."""
    outbox = send_all(connected(stored=20_000))
    while outbox.window:
        for packet in outbox.window:
            outbox = on_puback(outbox, packet.mid, at(0))
        outbox = send_all(outbox)

    assert outbox.window == ()
    assert outbox.cursor == AHEAD
    assert room(outbox) == 0
    assert room(on_acknowledged(outbox, 10, at(1))) == 10


def test_a_puback_is_not_delivery() -> None:
    outbox = send_all(connected(stored=10))

    outbox = on_puback(outbox, 1, at(1))

    assert (outbox.mark, outbox.backlog) == (0, 10)


def test_where_nobody_acknowledges_a_puback_moves_the_mark_but_over_no_hole() -> None:
    outbox = send_all(connected(stored=150, central=False))

    second_first = on_puback(outbox, 2, at(1))
    then_first = on_puback(second_first, 1, at(1))
    then_third = on_puback(then_first, 3, at(1))

    assert (second_first.mark, then_first.mark, then_third.mark) == (0, 100, 150)
    assert then_third.backlog == 0
    assert deadline(then_third) is None


def test_a_puback_of_an_older_connection_means_nothing() -> None:
    outbox = send_all(connected(stored=100, central=False), first_mid=1)
    reconnected = send_all(on_connected(outbox), first_mid=65537)

    assert on_puback(reconnected, 1, at(1)) == reconnected


def test_an_acknowledgement_moves_the_mark_and_only_forward() -> None:
    outbox = send_all(connected(stored=100))

    outbox = on_acknowledged(outbox, 60, at(1))
    again = on_acknowledged(outbox, 40, at(2))

    assert outbox.backlog == 40
    assert [packet.last for packet in outbox.window] == [100]
    assert again == outbox


def test_an_acknowledgement_of_a_number_that_was_never_given_means_nothing() -> None:
    outbox = send_all(connected(stored=100))

    assert on_acknowledged(outbox, 101, at(1)) == outbox


def test_an_acknowledgement_ahead_of_the_cursor_saves_sending() -> None:
    """Central has had it from before our restart."""
    outbox = on_acknowledged(connected(stored=100), 70, at(1))

    assert (outbox.cursor, room(outbox)) == (70, 30)
    assert deadline(outbox) is None


def test_after_a_reconnect_everything_beyond_the_mark_is_sent_again() -> None:
    outbox = on_acknowledged(send_all(connected(stored=100)), 30, at(1))

    outbox = on_connected(outbox)

    assert (outbox.cursor, outbox.window, room(outbox)) == (30, (), BATCH)


def test_without_progress_the_cursor_goes_back_after_ten_then_twenty_then_thirty_seconds() -> None:
    outbox = connected(stored=10)
    waits = []
    now = 0.0
    for _ in range(4):
        outbox = send_all(outbox, now=now)
        due = deadline(outbox)
        assert due is not None
        waits.append(due - now)
        now = due
        outbox = rewound(outbox, oldest=1)
        assert (outbox.cursor, room(outbox)) == (0, 10)

    assert waits == [10, 20, 30, 30]


def test_progress_makes_the_next_wait_short_again() -> None:
    outbox = send_all(rewound(send_all(connected(stored=10)), oldest=1), now=50)

    outbox = on_acknowledged(outbox, 4, at(51))

    assert deadline(outbox) == at(61)


def test_sending_more_does_not_put_the_deadline_off() -> None:
    outbox = send_all(connected(stored=10), now=0)

    outbox = send_all(on_stored(outbox, 20), now=9)

    assert deadline(outbox) == at(10)


def test_nothing_is_sent_and_no_time_measured_while_central_is_away() -> None:
    outbox = on_central(send_all(connected(stored=100)), online=False, retained=False)
    more = on_stored(outbox, 200)

    assert room(more) == 0
    assert deadline(more) is None


def test_when_central_comes_back_everything_beyond_the_mark_is_sent_again() -> None:
    outbox = on_central(send_all(connected(stored=100)), online=False, retained=False)

    outbox = on_central(outbox, online=True, retained=True)

    assert (outbox.cursor, room(outbox)) == (0, BATCH)


def test_a_central_that_just_came_is_sent_everything_beyond_the_mark() -> None:
    """What the broker took before central had subscribed is gone; ten seconds need not pass."""
    outbox = on_central(send_all(connected(stored=10)), online=True, retained=False)

    assert (outbox.cursor, room(outbox)) == (0, 10)


def test_a_central_that_was_there_all_the_time_is_not_sent_everything_twice() -> None:
    outbox = on_central(send_all(connected(stored=10)), online=True, retained=True)

    assert on_central(outbox, online=True, retained=True) == outbox
    assert outbox.cursor == 10


def test_what_was_heard_of_central_on_an_older_connection_is_not_believed_for_ever() -> None:
    """A killed broker has forgotten the retained state; a gate must not wait for it for ever."""
    outbox = on_central(connected(stored=10), online=False, retained=False)

    assert room(on_connected(outbox)) == 10


def test_a_broker_that_refuses_everything_is_asked_once_per_stall() -> None:
    """A refused packet is not answered here, so it stays in the window until the rewind."""
    outbox = send_all(connected(stored=5000, central=False))

    assert room(outbox) == 0
    assert room(rewound(outbox, oldest=1)) == BATCH


def test_events_that_were_purged_by_age_do_not_block_the_rest() -> None:
    outbox = send_all(connected(stored=5000))

    outbox = rewound(outbox, oldest=4001)

    assert (outbox.mark, room(outbox)) == (4000, BATCH)


@pytest.mark.parametrize(
    ("beat", "now", "due"),
    [
        (Beat(), 0, True),
        (Beat(sent_at=at(0)), 59.9, False),
        (Beat(sent_at=at(0)), 60, True),
        (Beat(changed=True, sent_at=at(0)), 0.9, False),
        (Beat(changed=True, sent_at=at(0)), 1, True),
    ],
)
def test_totals_go_out_after_a_change_once_a_second_and_every_minute(
    beat: Beat, now: float, due: bool
) -> None:
    assert beat_due(beat, at(now)) is due


class City:
    """A gate's outbox, a broker that may lose everything, and a central that keeps what it has."""

    def __init__(self) -> None:
        self.outbox = on_connected(Outbox(acknowledged_by_central=True))
        self.now = 0.0
        self.mid = 0
        self.at_broker: list[Packet] = []
        self.central: set[int] = set()
        self.acked = 0
        self.seen_twice = False

    def happen(self) -> None:
        self.outbox = on_stored(self.outbox, self.outbox.stored + 30)

    def send(self) -> None:
        while (count := room(self.outbox)) > 0:
            self.mid += 1
            packet = Packet(self.mid, self.outbox.cursor + 1, self.outbox.cursor + count)
            self.at_broker.append(packet)
            self.outbox = on_sent(self.outbox, packet, at(self.now))

    def puback(self) -> None:
        for packet in self.outbox.window[:2]:
            self.outbox = on_puback(self.outbox, packet.mid, at(self.now))

    def deliver(self) -> None:
        for packet in self.at_broker:
            numbers = set(range(packet.first, packet.last + 1))
            self.seen_twice = self.seen_twice or bool(numbers & self.central)
            self.central |= numbers
        self.at_broker.clear()

    def drop(self) -> None:
        self.at_broker.clear()

    def acknowledge(self) -> None:
        while self.acked + 1 in self.central:
            self.acked += 1
        self.outbox = on_acknowledged(self.outbox, self.acked, at(self.now))

    def lose_link(self) -> None:
        self.drop()
        self.outbox = on_connected(self.outbox)

    def wait(self) -> None:
        self.now += 5
        due = deadline(self.outbox)
        if due is not None and self.now >= due:
            self.outbox = rewound(self.outbox, oldest=1)


STEPS: list[Callable[[City], None]] = [
    City.happen,
    City.send,
    City.puback,
    City.deliver,
    City.drop,
    City.acknowledge,
    City.lose_link,
    City.wait,
]


@settings(max_examples=200)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=60))
def test_nothing_is_lost_whatever_the_broker_drops(steps: list[Callable[[City], None]]) -> None:
    city = City()
    for step in steps:
        step(city)
        assert city.outbox.mark <= city.acked, "the mark is central's word and nobody else's"
        assert city.outbox.mark <= city.outbox.cursor <= city.outbox.stored
        assert city.outbox.cursor - city.outbox.mark <= AHEAD
    event(f"something came twice: {city.seen_twice}")

    for _ in range(40 + city.outbox.stored // BATCH):
        for step in (City.send, City.puback, City.deliver, City.acknowledge, City.wait):
            step(city)

    assert city.central == set(range(1, city.outbox.stored + 1))
    assert city.outbox.backlog == 0


def test_the_story_above_reaches_duplicates() -> None:
    """Else it would prove nothing: a rewind must bring what central had already."""
    city = City()
    for step in (City.happen, City.send, City.deliver, City.lose_link, City.send, City.deliver):
        step(city)

    assert city.seen_twice
