"""Nonsense on every topic that a gate listens to, straight into its ears: see `tests.junk`."""

import logging
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from gate.delivery import subscriptions
from gate.elsewhere import PageHeard
from gate.ledger import KeysHeard, News, QuotaHeard
from gate.link import Arrived, Connected
from gate.listener import Listener, readings
from gate.model import Monotonic
from gate.neighbours import Neighbours
from gate.orders import Order
from gate.payloads import Ack, Ans, CentralState, Cfg, Cmd, Ctr, Evt, Keys, Payload, Quota
from gate.remote import Remote
from gate.talk import Talk, matches
from tests.gate.test_delivery import TOPICS, Bench
from tests.gate.test_listener import ROOTS
from tests.junk import flood

MESSAGES = 20_000
LIMIT_S = 0.1
"""Processor time for one message; the largest has a fifth of a megabyte."""

MODELS: dict[str, type[Payload]] = {
    TOPICS.ack: Ack,
    TOPICS.quota: Quota,
    TOPICS.ans: Ans,
    TOPICS.cmd: Cmd,
    TOPICS.ctr: Ctr,
    TOPICS.venue.cfg: Cfg,
    TOPICS.venue.keys: Keys,
    TOPICS.evt.replace("t01-a", "t01-b"): Evt,
    TOPICS.central: CentralState,
}


def flooded(seed: int, messages: int = MESSAGES) -> None:
    """So many messages; raises where one was believed, raised or took too long."""
    slowest = 0.0
    with TemporaryDirectory(prefix="gate-junk-") as folder:
        news: list[News] = []
        orders: list[Order] = []
        bench = Bench(Path(folder) / "gate.db", talks=_talks(news, orders))
        with closing(bench.store), closing(bench.reader):
            listened = subscriptions(TOPICS, bench.talks[1:])
            unheard = [t for t in listened if not any(matches(t, topic) for topic in MODELS)]
            assert not unheard, f"nobody speaks on {unheard}"
            bench.take(Connected())
            before = logging.root.manager.disable
            logging.disable(logging.CRITICAL)  # each line of it would be about nonsense
            try:
                for number, (topic, payload) in enumerate(flood(seed, MODELS, messages)):
                    began = time.thread_time()
                    bench.take(Arrived(topic, payload, retained=number % 5 == 0))
                    bench.say(later_s=0.01)
                    slowest = max(slowest, time.thread_time() - began)
            finally:
                logging.disable(before)
        believed = [said for said in news if isinstance(said, KeysHeard | QuotaHeard | PageHeard)]
        assert not believed, believed
        assert not orders, orders
        assert not bench.acknowledged, bench.acknowledged
        assert not bench.behind, bench.behind
        assert slowest < LIMIT_S, f"{slowest * 1000:.0f} ms for one message"
    heard = Counter(type(said).__name__ for said in news)
    sys.stdout.write(
        f"  {messages} messages, slowest {slowest * 1000:.1f} ms; well formed: {heard}\n"
    )
    sys.stdout.flush()


def _talks(news: list[News], orders: list[Order]) -> list[Talk]:
    return [
        Listener(readings(TOPICS, epoch="ffffffff", venue="mall", root=ROOTS), on_news=news.append),
        Remote(
            command_topic=TOPICS.cmd,
            answer_topic=TOPICS.res,
            gate="t01-a",
            keys=ROOTS,
            clock=lambda: Monotonic(0.0),
            obey=lambda order, _answer: orders.append(order),
            on_record=lambda _: None,
            nudge=lambda: None,
        ),
        Neighbours(
            gate="t01-a",
            topics=TOPICS,
            since=0,
            asks=True,
            on_news=news.append,
            new_id=lambda: "00" * 8,
            chance=lambda: 0.5,
        ),
    ]
