"""What the gate hears of itself: when it is behind, it says nothing more; else it goes on."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gate.echo import LISTEN_S, Echo
from gate.link import Answered, Arrived, Connected, Disconnected
from gate.model import Monotonic, Utc
from gate.payloads import Ctr
from gate.reader import Reader, Standing
from gate.schema import DiskError
from tests.gate.test_delivery import NOW, TOPICS, Bench, central

OTHER = "ab" * 32


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "gate.db")
    with closing(bench.store), closing(bench.reader):
        bench.happens(bench.store, 3)
        yield bench


def listening(bench: Bench) -> Bench:
    """The same on a database that was there before."""
    bench.listen_first = True
    bench.delivery = bench.make(central=True)
    return bench


def ctr(bench: Bench, seq: int, head: str | None, epoch: str | None = None) -> Arrived:
    said = Ctr(
        gate="t01-a",
        epoch=epoch or bench.loaded.epoch,
        entered=0,
        left=seq,
        pending=0,
        seq=seq,
        ts=NOW,
        clk="ntp",
        head=head,
    )
    return Arrived(TOPICS.ctr, said.encode(), retained=True)


def heads(bench: Bench) -> list[str]:
    """The link of each event, by its number."""
    return [link.hex() for seq in range(4) if (link := bench.reader.link_of(seq))]


def is_silent(bench: Bench) -> bool:
    bench.happens(bench.store)
    bench.take(Disconnected("gone"), Connected(), central("online"))
    quiet = bench.say() == [] and bench.say(later_s=120.0) == []
    return quiet and bench.delivery.next_at() is None


def test_its_own_echo_does_nothing(bench: Bench) -> None:
    bench.take(Connected())
    for _ in range(3):
        own = [word for word in bench.say(later_s=1.0) if word.topic == TOPICS.ctr]
        echo = [
            Arrived(word.topic, json.dumps(word.content).encode(), retained=False) for word in own
        ]
        bench.happens(bench.store)
        bench.take(*echo)

    assert len(bench.say(later_s=1.0)) == 2
    assert bench.behind == []


def test_a_number_that_was_never_given_means_that_the_database_is_behind(bench: Bench) -> None:
    bench.take(Connected(), ctr(bench, 4, OTHER))

    assert bench.say() == []
    assert bench.behind == ["event 4 of ours is known, and 3 is the newest here"]
    assert is_silent(bench)
    assert bench.delivery.say_goodbye(bench.moment) is None
    assert bench.sent == []
    assert len(bench.behind) == 1


def test_so_does_an_acknowledgement_of_one(bench: Bench) -> None:
    bench.take(Connected(), bench.ack(4))

    assert bench.say() == []
    assert len(bench.behind) == 1
    assert is_silent(bench)
    assert bench.acknowledged == []


def test_it_falls_silent_in_the_middle_of_a_connection_too(bench: Bench) -> None:
    bench.take(Connected())
    bench.say()
    before = len(bench.sent)

    bench.take(bench.ack(4))

    assert bench.say(later_s=120.0) == []
    assert bench.delivery.next_at() is None, "nor does it look again and again"
    assert bench.delivery.say_goodbye(bench.moment) is None
    assert len(bench.sent) == before


@pytest.mark.parametrize("seq", [0, 1, 3])
def test_so_does_another_head_at_a_number_that_is_here(bench: Bench, seq: int) -> None:
    """A restored card that has gone on counting: as many events as before, or more."""
    bench.take(Connected(), ctr(bench, seq, OTHER))

    assert bench.say() == []
    assert bench.behind == [f"event {seq} of ours was another one when it was published"]
    assert is_silent(bench)


@pytest.mark.parametrize("seq", range(4))
def test_the_head_of_each_event_that_is_here_is_known(bench: Bench, seq: int) -> None:
    bench.take(Connected(), ctr(bench, seq, heads(bench)[seq]))

    assert len(bench.say()) > 2
    assert bench.behind == []


def test_a_head_is_compared_where_the_event_is_here_or_was_the_last_to_go(bench: Bench) -> None:
    known = heads(bench)
    bench.store.acknowledge(bench.loaded.epoch, 2)
    bench.store.purge(Utc(NOW + 1), keep_visits_s=0, retain_s=0, by_age=False)

    bench.take(Connected(), ctr(bench, 1, OTHER), ctr(bench, 2, known[2]), ctr(bench, 3, known[3]))
    bench.say()
    assert bench.behind == []
    bench.take(ctr(bench, 2, OTHER))
    bench.say()
    assert len(bench.behind) == 1


def test_another_epoch_and_an_older_program_s_totals_mean_nothing(bench: Bench) -> None:
    bench.take(
        Connected(),
        ctr(bench, 9, OTHER, epoch="00000000"),
        ctr(bench, 3, None),
        bench.ack(9, epoch="00000000"),
        Arrived(TOPICS.ctr, b"garbage", retained=True),
        Arrived(TOPICS.ctr, b"", retained=False),
    )

    assert len(bench.say()) > 2
    assert bench.behind == []


def test_a_second_time_is_told_once_and_ignored(bench: Bench) -> None:
    bench.may_begin_anew = False

    bench.take(Connected(), ctr(bench, 4, OTHER), bench.ack(99), ctr(bench, 3, OTHER))

    assert len(bench.say()) > 2
    bench.take(ctr(bench, 5, OTHER))
    bench.happens(bench.store)
    assert len(bench.say()) == 1
    assert len(bench.behind) == 1


# --- listening first --------------------------------------------------------------------------


def test_a_start_on_a_database_that_is_not_new_listens_before_it_speaks(bench: Bench) -> None:
    """What it says would take the place of the totals that the broker had kept."""
    listening(bench).take(Connected())

    assert bench.say() == []
    assert bench.delivery.next_at() == Monotonic(bench.now + LISTEN_S)
    bench.take(ctr(bench, 9, OTHER))
    assert bench.say() == []
    assert bench.sent == []
    assert len(bench.behind) == 1


def test_it_speaks_as_soon_as_it_has_heard_itself(bench: Bench) -> None:
    listening(bench).take(Connected(), ctr(bench, 3, heads(bench)[3]))

    assert len(bench.say()) > 2


def test_it_speaks_after_a_while_where_the_broker_has_forgotten_it(bench: Bench) -> None:
    listening(bench).take(Connected())

    assert bench.say(later_s=LISTEN_S - 0.1) == []
    assert len(bench.say(later_s=0.1)) > 2
    bench.take(Disconnected("gone"), Connected())
    assert len(bench.say()) > 2, "once is enough"


def test_it_listens_anew_when_the_link_was_lost_meanwhile(bench: Bench) -> None:
    listening(bench).take(Connected(), Disconnected("gone"))
    assert bench.say(later_s=LISTEN_S) == []

    bench.take(Connected())

    assert bench.say(later_s=LISTEN_S - 0.1) == []


# --- what the broker has taken ----------------------------------------------------------------


def test_the_broker_s_word_for_totals_or_events_is_noted_and_no_other(bench: Bench) -> None:
    bench.take(Connected())
    said = {word.topic: word.mid for word in bench.say()}

    bench.take(Answered(said[TOPICS.meta], taken=True, reason=""))
    bench.take(Answered(said[TOPICS.status], taken=True, reason=""))
    bench.take(Answered(said[TOPICS.ctr], taken=False, reason="Not authorized"))
    assert bench.told_something == []
    bench.take(Answered(said[TOPICS.evt], taken=True, reason=""))
    assert bench.told_something == [True]


# --- a disk that does not answer --------------------------------------------------------------


class Sulking(Reader):
    """A disk that does not answer for a while."""

    answers = False

    def standing(self) -> Standing:
        if not self.answers:
            raise DiskError("no answer")
        return super().standing()


def test_what_was_heard_while_the_disk_did_not_answer_is_looked_at_later(bench: Bench) -> None:
    with closing(Sulking(bench.path)) as reader:
        echo = Echo(
            reader=reader,
            epoch=bench.loaded.epoch,
            listen_first=False,
            on_behind=bench.on_behind,
        )
        echo.hear_ctr(ctr(bench, 4, OTHER).payload)
        for _ in range(2):
            with pytest.raises(DiskError):
                echo.may_speak(Monotonic(0.0))

        reader.answers = True

        assert not echo.may_speak(Monotonic(0.0))
        assert len(bench.behind) == 1
