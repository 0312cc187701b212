"""The daemon of the machine, started from the installed unit's lines as its user, and who comes."""

import json
import shutil
import signal
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from time import time
from typing import Any

from paho.mqtt.subscribe import simple

from drivers.simulated.broker import Broker
from drivers.simulated.tally import Tally
from drivers.simulated.visitors import Seen, Visitors
from drivers.simulated.world import World
from gate.commands.simulate.adapting import wiring_of, written
from gate.commands.simulate.issuer import Issuer
from gate.commands.simulate.lane import wait_until
from gate.config import Config, load
from gate.model import Utc
from gate.status import ask
from tests.device.deb.expect import PromiseError
from tests.device.deb.machine import Machine

EXAMPLE = "/usr/share/doc/aman-gate/examples/simulated.toml"
CONFIG = "/etc/gate/gate.toml"
READY_S = 40.0
SOON_S = 20.0
WELL_C = 36.2


class Systemd:
    """What systemd would be told, by a daemon that it has started; a context manager."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self._changed = Condition()
        self._heard: set[str] = set()
        self._thread = Thread(target=self._listen, name="systemd", daemon=True)
        self._thread.start()

    def hears(self, name: str, timeout_s: float) -> bool:
        """Wait until this was said: READY, STATUS, WATCHDOG."""
        with self._changed:
            return self._changed.wait_for(lambda: name in self._heard, timeout_s)

    def close(self) -> None:
        """Hear no more."""
        self._socket.shutdown(socket.SHUT_RD)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while said := self._socket.recv(4096):
            with self._changed:
                lines = said.decode().splitlines()
                self._heard.update(line.partition("=")[0] for line in lines)
                self._changed.notify_all()


def unit_lines(machine: Machine, name: str) -> dict[str, str]:
    """What an installed unit says; of a key with more lines the last."""
    text = machine.file(f"/usr/lib/systemd/system/{name}").read_text(encoding="utf-8")
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {key: value for key, equals, value in lines if equals}


class Lane:
    """The lane of the machine: what surrounds it, and its daemon while one runs."""

    def __init__(self, machine: Machine, scratch: Path, broker: Broker, tally: Tally) -> None:
        self.machine = machine
        self._scratch = scratch
        self._issuer = Issuer(scratch)
        self._broker, self._tally = broker, tally
        self._daemon: subprocess.Popen[bytes] | None = None
        self._unit = unit_lines(machine, "gate.service")
        self._as_systemd_would()
        config = self._configured()
        self.id, self._venue = config.gate.id, config.gate.venue
        self._status = config.status_socket
        self.world = World(machine.file("/run/gate/wires.sock"))
        machine.run("chown", "gate:gate", "/run/gate/wires.sock")
        wiring = wiring_of(config)
        self.visitors = Visitors(self.world, wiring)
        self.world.drive(wiring.rest)

    def start(self) -> None:
        """Start it as systemd does, but for the sandbox, and wait until it says READY."""
        self._systemd = Systemd(self.machine.file("/run/gate-systemd"))
        told = {"NOTIFY_SOCKET": "/run/gate-systemd", "WATCHDOG_USEC": "30000000"}
        user, command = self._unit["User"], self._unit["ExecStart"].split()
        with (self._scratch / "gate.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [*self.machine.words(*command, user=user, environ=told)], stdout=log, stderr=log
            )
        if not all(self._systemd.hears(word, READY_S) for word in ("READY", "WATCHDOG")):
            raise PromiseError(f"neither READY nor a sign of life\n{self.last_words()}")
        if not self.world.attached():
            raise PromiseError("it is READY without its wires")

    def stop(self) -> None:
        """Stop it as systemd does, and make the relay safe; both must say that all is well."""
        if self._daemon is None:
            return
        self._daemon.send_signal(signal.SIGTERM)
        code, self._daemon = self._daemon.wait(SOON_S), None
        self._systemd.close()
        if code != 0:
            raise PromiseError(f"the daemon ended with {code}\n{self.last_words()}")
        self.machine.run(*self._unit["ExecStopPost"].split(), user=self._unit["User"])

    def close(self) -> None:
        """End whatever still runs."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._systemd.close()
        self.world.close()

    def lets_in(self, people: int) -> None:
        """A party shows its pass, each is measured and walks; all are counted, told and on disk."""
        text = self._issuer.a_pass(people, venue=self._venue, now=Utc(time()))
        seen = self.visitors.present(text, [WELL_C] * people)
        if seen is not Seen.GREEN:
            raise PromiseError(f"the lane says {seen.name} to a good pass\n{self.last_words()}")
        if not wait_until(self._agrees, SOON_S):
            raise PromiseError(
                f"{self.visitors.walked} walked, the lane says {self.status()},"
                f" its listener {self._tally.totals(self.id)}\n{self.last_words()}"
            )

    def status(self) -> dict[str, Any]:
        """What the lane says of itself."""
        return ask(self._status, "status")

    def answers(self) -> bool:
        """Whether a daemon runs, answers and has its wires."""
        try:
            return bool(self.status()) and self.world.attached()
        except (OSError, ValueError):
            return False

    def is_version(self, version: str) -> None:
        """It must tell its broker that it is this one."""
        topic = f"aman/v1/+/+/g/{self.id}/meta"

        def told() -> str:
            asked = partial(simple, topic, hostname=self._broker.host, port=self._broker.port)
            return str(json.loads(asked().payload)["software"])

        if not wait_until(lambda: told() == f"aman-gate {version}", SOON_S):
            raise PromiseError(f"it says that it is {told()}")

    def last_words(self) -> str:
        """The end of its log."""
        lines = (self._scratch / "gate.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(lines.splitlines()[-30:])

    def _agrees(self) -> bool:
        walked = (self.visitors.walked["in"], self.visitors.walked["out"])
        said = self.status()
        return (said["in"], said["out"]) == walked == self._tally.totals(self.id)

    def _as_systemd_would(self) -> None:
        """Its folders, which StateDirectory= and RuntimeDirectory= make."""
        for folder in (f"/var/lib/{self._unit['StateDirectory']}", "/run/gate"):
            self.machine.run("install", "-d", "-o", "gate", "-g", "gate", "-m", "750", folder)

    def _configured(self) -> Config:
        """Write the example of the package with places as on a device; gives it as seen here."""
        there, here = self.machine.file(CONFIG), self._scratch / "seen-from-outside.toml"
        keys = self.machine.file("/etc/gate/keys.json")
        shutil.copy(self._issuer.keys, keys)
        tables = tomllib.loads(self.machine.file(EXAMPLE).read_text(encoding="utf-8"))
        for file, root in ((here, str(self.machine.root)), (there, "")):
            tables["gate"]["data_dir"] = f"{root}/var/lib/gate"
            tables["passes"]["keys"] = f"{root}/etc/gate/keys.json"
            tables["simulation"]["wires"] = f"{root}/run/gate/wires.sock"
            tables["mqtt"] = {"host": self._broker.host, "port": self._broker.port}
            tables["store"] = {"acknowledged": True}
            file.write_text(written(tables), encoding="utf-8")
        self.machine.run("chown", "root:gate", CONFIG, "/etc/gate/keys.json")
        self.machine.run("chmod", "640", CONFIG, "/etc/gate/keys.json")
        return load(here)


@contextmanager
def lane_of(machine: Machine, scratch: Path) -> Iterator[Lane]:
    """The lane with a broker and somebody who listens."""
    with Broker(scratch) as broker, Tally(host=broker.host, port=broker.port) as tally:
        lane = Lane(machine, scratch, broker, tally)
        try:
            yield lane
        finally:
            lane.close()
