"""A subscriber as the contract wants it: de-duplicate and store, then acknowledge.

`python -m tests.chaos.subscriber DATABASE PORT VERSION`. Plain paho and SQLite, nothing of ours.
"""

import json
import sqlite3
import sys

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

TABLES = """
CREATE TABLE IF NOT EXISTS events (
    gate TEXT, epoch TEXT, seq INTEGER, content TEXT, PRIMARY KEY (gate, epoch, seq));
CREATE TABLE IF NOT EXISTS ctr (gate TEXT, epoch TEXT, entered INT, departed INT, seq INT,
    PRIMARY KEY (gate, epoch));
CREATE TABLE IF NOT EXISTS arrivals (times INTEGER, contradictions INTEGER);
INSERT INTO arrivals SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM arrivals);
"""
STATE = "aman/v1/central/state"
EVERYTHING = "aman/v1/+/+/g/+/"


class Subscriber:
    """One connection after the other, with a session that the broker keeps."""

    def __init__(self, path: str, version: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(TABLES)
        mqtt5 = version == "5"
        self._mqtt5 = mqtt5
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="central",
            clean_session=None if mqtt5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._client.will_set(STATE, state("offline"), qos=1, retain=True)
        self._client.on_connect = self._connected
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 1)

    def run(self, port: int) -> None:
        """Until somebody kills it."""
        if self._mqtt5:
            lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's
            lasting.SessionExpiryInterval = 3600
            self._client.connect_async(
                "127.0.0.1", port, keepalive=2, clean_start=False, properties=lasting
            )
        else:
            self._client.connect_async("127.0.0.1", port, keepalive=2)
        self._client.loop_forever(retry_first_connection=True)

    def _connected(self, client: Client, *_: object) -> None:
        client.subscribe([(EVERYTHING + "evt", 1), (EVERYTHING + "ctr", 1)])
        client.publish(STATE, state("online"), qos=1, retain=True)

    def _take(self, client: Client, _user: object, message: MQTTMessage) -> None:
        payload = json.loads(message.payload)
        key = payload["gate"], payload["epoch"]
        self._db.execute("BEGIN IMMEDIATE")
        if message.topic.endswith("/evt"):
            for event in payload["ev"]:
                self._store(key, event)
        else:
            self._merge(key, payload)
        reached = self._reached(key)
        self._db.execute("COMMIT")
        client.ack(message.mid, message.qos)
        topic = message.topic.rsplit("/", 1)[0] + "/ack"
        word = {"s": "aman.ack/1", "epoch": payload["epoch"], "seq": reached}
        client.publish(topic, json.dumps(word), qos=1, retain=True)

    def _store(self, key: tuple[str, str], event: dict[str, object]) -> None:
        content = json.dumps(event, sort_keys=True)
        row = (*key, event["seq"])
        known = self._db.execute(
            "SELECT content FROM events WHERE gate = ? AND epoch = ? AND seq = ?", row
        ).fetchone()
        if known is None:
            self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (*row, content))
        self._db.execute(
            "UPDATE arrivals SET times = times + 1, contradictions = contradictions + ?",
            (known is not None and known != (content,),),
        )

    def _merge(self, key: tuple[str, str], ctr: dict[str, object]) -> None:
        self._db.execute(
            "INSERT INTO ctr VALUES (?, ?, ?, ?, ?) ON CONFLICT (gate, epoch) DO UPDATE SET"
            " entered = max(entered, excluded.entered), seq = max(seq, excluded.seq),"
            " departed = max(departed, excluded.departed)",
            (*key, ctr["in"], ctr["out"], ctr["seq"]),
        )

    def _reached(self, key: tuple[str, str]) -> int:
        """Up to which number nothing is missing. (Numbers have no gap in a healthy run.)"""
        numbers = self._db.execute(
            "SELECT count(*), coalesce(max(seq), 0) FROM events WHERE gate = ? AND epoch = ?", key
        ).fetchone()
        if numbers[0] == numbers[1]:
            return int(numbers[0])
        (first_gap,) = self._db.execute(
            "SELECT min(seq) FROM events AS e WHERE gate = ? AND epoch = ? AND NOT EXISTS"
            " (SELECT 1 FROM events WHERE gate = e.gate AND epoch = e.epoch AND seq = e.seq + 1)"
            " AND EXISTS (SELECT 1 FROM events WHERE gate = e.gate AND epoch = e.epoch"
            " AND seq = 1)",
            key,
        ).fetchone()
        return int(first_gap or 0)


def state(word: str) -> str:
    """What central says of itself."""
    return json.dumps({"s": "aman.central/1", "state": word})


if __name__ == "__main__":
    Subscriber(sys.argv[1], sys.argv[3]).run(int(sys.argv[2]))
