"""`gate watch` at a real mosquitto with the shipped rules for a watcher."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.publish import single
from paho.mqtt.subscribe import simple

from drivers.simulated.broker import Broker
from gate.events import Count
from gate.model import Direction, Reason
from gate.payloads import Status
from tests.assembled import Gate
from tests.contract.test_broker_acl import Site

SOON_S = 20.0
PATIENCE_S = 60.0
"""After which a line that does not come is a failure."""

GATE = [sys.executable, "-m", "gate", "watch"]
ENTERED = Count(Direction.IN, Reason.OK)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with closing(Site(tmp_path)) as opened:
        yield opened


@pytest.fixture
def gate(broker: Broker, tmp_path: Path) -> Iterator[Gate]:
    with closing(Gate(tmp_path / "gate.db", broker.port, central=False)) as opened:
        opened.record(ENTERED, ENTERED)
        yield opened


def _told(broker: Broker) -> Any:
    """The totals that the gate told last."""
    topic = "aman/v1/jkt/mall/g/t01-a/ctr"
    message = simple(topic, hostname=broker.host, port=broker.port)  # type: ignore[no-untyped-call] # paho's
    return json.loads(message.payload)


def test_once_prints_the_table_of_what_the_broker_has_kept(broker: Broker, gate: Gate) -> None:
    while _told(broker)["in"] < 2:
        pass  # a gate that stops before it was connected has said nothing
    gate.close()

    asked = [*GATE, "--once", "--port", str(broker.port), "--gate", "t01-a"]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=SOON_S, check=True)

    assert "t01-a" in ended.stdout
    assert "jkt/mall: 2 in, 0 out, 2 to 2 inside" in ended.stdout.replace("\n", " ")


def test_each_event_is_a_line_also_after_garbage_and_after_the_broker_was_killed(
    broker: Broker, gate: Gate
) -> None:
    asked = [*GATE, "--json", "--port", str(broker.port)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as watching:
        no_longer = threading.Timer(PATIENCE_S, watching.kill)
        no_longer.start()
        try:
            _until(watching, "online")
            gate.record(ENTERED)
            assert _until(watching, "one in (ok)")["event"]["d"] == "in"
            single("aman/v1/jkt/mall/g/t01-a/evt", b"\xff", qos=1, port=broker.port)
            _until(watching, "malformed: ")
            broker.kill()
            _until(watching, "away: ")
            broker.start()
            _until(watching, "connected")
            gate.record(ENTERED)
            _until(watching, "one in (ok)")
        finally:
            no_longer.cancel()
            watching.terminate()


def test_a_watcher_of_the_shipped_rules_sees_the_gate_with_its_certificate(site: Site) -> None:
    cert, key = site.authority.issue("watcher")
    gate = site.come("t01-a")
    online = Status(gate="t01-a", state="online", boot=1, mode="normal")
    assert gate.is_believed("aman/v1/jkt/mall/g/t01-a/status", online.encode(), retain=True)

    files = ("--ca", str(site.authority.certificate), "--cert", str(cert), "--cert-key", str(key))
    asked = [*GATE, "--once", "--host", Broker.host, "--port", str(site.broker.port), *files]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=SOON_S, check=True)

    assert "gates: 1" in ended.stdout


def _until(watching: subprocess.Popen[str], begins: str) -> dict[str, Any]:
    """The line that says so; its absence ends the test by the end of the output."""
    assert watching.stdout
    for line in watching.stdout:
        news: dict[str, Any] = json.loads(line)
        if news["what"].startswith(begins):
            return news
    raise AssertionError(f"ended without {begins}")
