"""A device in a folder: its root, its card, and the commands that it was given."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from drivers.process import Finished
from gate.durable import Disk
from gate.issuing import new_key, public_jwks
from gate.model import Utc
from gate.places import Places
from gate.provision.applying import Provisioner
from gate.provision.report import Outcome
from tests.gate.provision.cards import card

NOW = Utc(1_795_000_000.0)


def jwks(kid: str = "k1", version: int = 0) -> bytes:
    """Public keys, as a file."""
    return json.dumps({**public_jwks(new_key(kid)), "version": version}).encode()


@dataclass
class Commands:
    """Notes what it is given, and answers that all is well, or not."""

    given: list[str] = field(default_factory=list)
    failing: frozenset[str] = frozenset()

    def __call__(
        self, *command: str | Path, timeout_s: float = 30.0, env: object = None
    ) -> Finished:
        assert timeout_s > 0
        assert env is None
        self.given.append(" ".join(map(str, command)))
        failed = str(command[0]) in self.failing
        return Finished(int(failed), "", "it would not" if failed else "")


@dataclass
class Device:
    """One device, with a card in it."""

    places: Places
    disk: Disk = field(default_factory=Disk)
    commands: Commands = field(default_factory=Commands)

    @property
    def provisioner(self) -> Provisioner:
        return Provisioner(places=self.places, disk=self.disk, run=self.commands)

    def provision(self, small: bytes | None = None, **files: bytes) -> Outcome:
        """Put a small file and what lies beside it on the card, and start the device."""
        if small is not None:
            self.places.small_file.write_bytes(small)
        for name, data in files.items():
            (self.places.boot / name.replace("_", ".", 1)).write_bytes(data)
        return self.provisioner.provision(NOW)

    def log(self) -> str:
        return self.places.provision_log.read_bytes().decode()

    def card(self) -> str:
        return self.places.small_file.read_bytes().decode()

    def at(self, path: str) -> str:
        return (self.places.root / path).read_text(encoding="utf-8")

    def everything(self) -> dict[str, bytes]:
        """All files but the log, and links as what they point to."""
        found: dict[str, bytes] = {}
        for path in sorted(self.places.root.rglob("*")):
            name = path.relative_to(self.places.root).as_posix()
            if path.is_symlink():
                found[name] = os.fsencode(path.readlink())
            elif path.is_file() and path != self.places.provision_log:
                found[name] = path.read_bytes()
        return found


def new_device(folder: Path, commands: Commands | None = None) -> Device:
    """A Raspberry Pi as it comes, with the package installed."""
    for below in ("etc/gate", "usr/share/zoneinfo/Asia", "boot/firmware", "run", "var/lib/dpkg"):
        (folder / below).mkdir(parents=True)
    (folder / "etc/group").write_text(f"root:x:0:\ngate:x:{os.getgid()}:\n")
    (folder / "etc/hostname").write_text("raspberrypi\n")
    (folder / "etc/hosts").write_text("127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n")
    for zone in ("Jakarta", "Makassar"):
        (folder / "usr/share/zoneinfo/Asia" / zone).touch()
    return Device(Places(folder), commands=commands or Commands())


def configured(folder: Path) -> Device:
    """A device that has taken the good file over, and forgot the commands."""
    device = new_device(folder)
    device.provision(card(), keys_json=jwks())
    device.commands.given.clear()
    return device


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
