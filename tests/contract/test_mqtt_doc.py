"""The subscriber of docs/mqtt.md does what the document asks of subscribers."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from drivers.simulated.broker import Broker
from gate.events import Count
from gate.model import Direction, Reason
from tests.assembled import SOON_S, Gate

DOCUMENT = Path(__file__).parents[2] / "docs" / "mqtt.md"
LEFT = Count(Direction.OUT, Reason.OK)


def stored(database: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(database)) as db:
        try:
            return db.execute("SELECT epoch, seq FROM events ORDER BY seq").fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []


def test_the_subscriber_in_the_document_stores_acknowledges_and_survives_a_kill(
    broker: Broker, tmp_path: Path
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "subscriber.py").write_text(program, encoding="utf-8")
    database = tmp_path / "central.db"
    command = [sys.executable, str(tmp_path / "subscriber.py"), "127.0.0.1"]
    command += [str(broker.port), str(database)]
    gate = Gate(tmp_path / "gate.db", broker.port)
    try:
        for wanted in (120, 240):
            gate.record(*[LEFT] * 120)
            with subprocess.Popen(command) as subscriber:
                try:
                    while gate.acknowledged.get(timeout=SOON_S) < wanted:
                        assert subscriber.poll() is None
                finally:
                    subscriber.kill()
            assert stored(database) == [(gate.loaded.epoch, n) for n in range(1, wanted + 1)]
    finally:
        gate.close()
