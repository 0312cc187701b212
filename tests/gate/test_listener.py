"""What is heard of central, and what is not believed."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.issuing import new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.ledger import KeysHeard, News, PolicyHeard, QuotaHeard
from gate.link import Arrived
from gate.listener import Listener, readings
from gate.model import Monotonic, Utc
from gate.payloads import Cfg, Quota
from gate.talk import Moment
from gate.topics import topics
from gate.venue import sign_keys

TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")
MOMENT = Moment(Monotonic(1.0), Utc(1.0), "ntp")
ROOT = new_key("root")
ROOTS = parse_keys(json.dumps(public_jwks(ROOT)).encode(), source="test")
QUOTA = Quota(epoch="7f3c2a91", version=1, ceiling=9, seen=0, until=Utc(9.0)).encode()
CFG = Cfg(version=1, gates=("t01-a",), capacity=9).encode()
KEYS = sign_keys(public_jwks(new_key("k")), version=1, venue="mall", root_key=ROOT)


def listening(*, root: bool = True) -> tuple[Listener, list[News]]:
    news: list[News] = []
    ears = readings(TOPICS, epoch="7f3c2a91", venue="mall", root=ROOTS if root else KeySet())
    return Listener(ears, on_news=news.append), news


def said(topic: str, payload: bytes) -> Arrived:
    return Arrived(topic, payload, retained=True)


def test_each_word_of_central_is_handed_over_as_what_it_is() -> None:
    listener, news = listening()
    assert set(listener.subscriptions) == {TOPICS.quota, TOPICS.venue.cfg, TOPICS.venue.keys}

    listener.link(up=True, central=True, moment=MOMENT)
    listener.hear(said(TOPICS.quota, QUOTA), MOMENT)
    listener.hear(said(TOPICS.venue.cfg, CFG), MOMENT)
    listener.hear(said(TOPICS.venue.keys, KEYS), MOMENT)

    assert [type(one) for one in news] == [QuotaHeard, PolicyHeard, KeysHeard]
    assert listener.due() is None
    assert listener.say(MOMENT) == ()


def test_without_a_root_key_no_keys_are_taken() -> None:
    listener, news = listening(root=False)
    listener.hear(said(TOPICS.venue.keys, KEYS), MOMENT)
    assert news == []


def test_what_is_ignored_is_told_once_and_again_after_something_good(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener, news = listening()
    with caplog.at_level(logging.WARNING):
        for payload in (b"{", b"{", b"[]", QUOTA, b"[]"):
            listener.hear(said(TOPICS.quota, payload), MOMENT)

    assert len(caplog.messages) == 3
    assert len(news) == 1


@given(topic=st.sampled_from(listening()[0].subscriptions), junk=st.binary(max_size=300))
def test_no_bytes_stop_it_or_are_believed(topic: str, junk: bytes) -> None:
    listener, news = listening()
    listener.hear(said(topic, junk), MOMENT)
    assert news == []


@given(
    payload=st.sampled_from([QUOTA, CFG, KEYS]),
    at=st.integers(0, 10_000),
    junk=st.binary(max_size=3),
)
def test_a_good_word_that_was_damaged_stops_nothing(payload: bytes, at: int, junk: bytes) -> None:
    listener, _ = listening()
    at %= len(payload)
    damaged = payload[:at] + junk + payload[at + 1 :]
    for topic in listener.subscriptions:
        listener.hear(said(topic, damaged), MOMENT)
