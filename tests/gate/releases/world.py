"""A device with a lane, in a folder: releases that work or do not, a daemon, a database.

What is real: the disk's steps, the bundle, the state, the phases, the judgement. What is played:
the commands (venv, pip, systemctl, and what a release answers), time, and the power.
"""

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from drivers.process import Finished
from gate.issuing import Jwk, new_key, public_jwks
from gate.keys import parse_keys
from gate.places import Places
from gate.releases.bundle import Manifest, packed, write_bundle
from gate.releases.install import activate, exclusive, install, prove
from gate.releases.layout import Layout, version_of
from gate.releases.phases import Device
from gate.releases.questions import Questions
from gate.releases.services import Services
from gate.releases.state import Kind, Outcome, Phase, State, write_state
from gate.releases.updating import carry_on, rollback_of
from gate.units import LANE
from tests.gate.releases.machine import (
    Commands,
    CutDisk,
    Power,
    PowerCutError,
    said,
    wheels_in,
)

KEY = new_key("releases-1")


@dataclass(frozen=True, slots=True)
class Program:
    """How a release behaves."""

    tables: int = 8
    """The newest version of the database that it knows."""
    starts: bool = True
    crashes_after_s: float | None = None
    takes_the_machine_down: bool = False
    frames: bool = True
    reaches_broker: bool = True
    faults: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """What its doctor finds."""
    takes_config: bool = True
    has_way_back: bool = True


class World:
    """The device; `boot` after a power cut, `update` and `roll_back` as a technician."""

    def __init__(self, folder: Path, programs: dict[str, Program]) -> None:
        self.folder = folder
        self.programs = programs
        self.power = Power()
        self.now = 0.0
        self.held = False
        """systemd starts no lane before whoever looks after updates has said READY."""
        self.state = "inactive"
        self.restarts = 0
        self.started_at = 0.0
        self.running = ""
        self.told: list[str] = []
        self.told_at: list[int] = []
        """After how many steps, each."""
        self.lives: list[str] = []
        """The releases that have run, in order."""
        self.recorded: list[str] = []
        """Who recorded each event that was ever on the disk."""
        self.fails_to_hand_back = False
        self.has_systemd = True
        self.keys = (KEY,)
        self.cable = True
        """Of the camera."""
        self.layout = Layout(folder / "device")
        self.places = Places(self.layout.root)
        self.database = self.places.data / "gate.db"
        for path in (self.places.boot, self.places.data, self.layout.home):
            path.mkdir(parents=True)
        with closing(sqlite3.connect(self.database)) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, by TEXT)")
            db.execute("PRAGMA user_version = 8")

    # --- what a technician does -----------------------------------------------------------------

    def put(self, version: str) -> None:
        """Install a release as the Debian package does, and have it run."""
        wheels = wheels_in(self.folder / f"wheels-{version}", version)
        disk, root = CutDisk(self.power), self.layout.root
        name = install(wheels, version, disk, self.commands(), root)
        activate(name, disk, root)
        prove(name, disk, root)
        self.start()

    def bundle(self, version: str, key: Jwk = KEY, at: Path | None = None) -> Path:
        """A bundle on the technician's stick."""
        wheels = wheels_in(self.folder / f"wheels-{version}", version)
        contents = {path.name: path.read_bytes() for path in wheels.iterdir()}
        manifest = Manifest(version, "arm64", ("3.13",), "0.1.0", 1, packed(contents))
        file = io.BytesIO()
        write_bundle(file, manifest, contents, key)
        path = at or self.folder / manifest.file_name
        path.write_bytes(file.getvalue())
        return path

    def update(self, path: Path, *, allow_downgrade: bool = False, mark: str = "") -> Outcome:
        """Ask for it, and carry it on to its end, or to where the power ends."""
        asked = State(
            *(Kind.UPDATE, Phase.ASKED, self.now, self.layout.in_use()),
            bundle=str(path),
            allow_downgrade=allow_downgrade,
            mark=mark,
        )
        return self._begun(asked)

    def roll_back(self) -> Outcome:
        """Back to what was in use before."""
        return self._begun(rollback_of(self.layout, self.now))

    def boot(self, left: int | None = None) -> Outcome | None:
        """The power is back; it ends again after `left` steps."""
        self.power = Power(left)
        self.state, self.running, self.restarts = "inactive", "", 0
        self.held = True
        with exclusive(self.layout):
            outcome = carry_on(self.device(), ready=self._may_start)
        self._may_start()
        return outcome

    def events(self) -> list[str]:
        """Which release has recorded each event."""
        with closing(sqlite3.connect(self.database)) as db:
            return [by for (by,) in db.execute("SELECT by FROM events ORDER BY seq")]

    def tables(self) -> int:
        """The version of the database."""
        with closing(sqlite3.connect(self.database)) as db:
            return int(db.execute("PRAGMA user_version").fetchone()[0])

    def works(self) -> bool:
        """Whether a complete release runs, on a database that it knows."""
        now = self.layout.in_use()
        return now is not None and self.running == now and self.state == "active"

    # --- the device -----------------------------------------------------------------------------

    def commands(self) -> Commands:
        """As the device has them."""
        return Commands(self.power, others=self._command)

    def device(self) -> Device:
        """What the product is handed."""
        run = self.commands()
        services = Services(run, self._status, clock=lambda: self.now, pause=self._pause)
        questions = Questions(self.layout, run, self.places.config, self.database)
        return Device(
            layout=self.layout,
            disk=CutDisk(self.power),
            run=run,
            services=services,
            questions=questions,
            keys=lambda: parse_keys(json.dumps(public_jwks(*self.keys)).encode(), source="keys"),
            log=self.places.update_log,
            arch="arm64",
            utc=lambda: 1_780_000_000 + self.now,
            tell=self._hear,
        )

    def _begun(self, asked: State) -> Outcome:
        with exclusive(self.layout):
            write_state(self.layout, asked, CutDisk(self.power))
            outcome = carry_on(self.device(), ready=lambda: None)
        assert outcome is not None
        return outcome

    def _hear(self, text: str) -> None:
        self.told.append(text)
        self.told_at.append(self.power.made)

    def _may_start(self) -> None:
        self.held = False
        if self.state == "inactive":
            self.start()

    def _pause(self, seconds: float) -> None:
        self.now += seconds
        if self.now % 20 < seconds:  # the power ends while the lane is watched, too
            self.power.spend()
        program = self._program()
        crash = program and program.crashes_after_s
        if crash and self.state == "active" and self.now - self.started_at >= crash:
            self.restarts += 1
            self.start()

    def _program(self) -> Program | None:
        return self.programs[version_of(self.running)] if self.running else None

    def start(self) -> None:
        """systemd starts what `current` leads to."""
        name = self.layout.in_use()
        if name is None:
            self.state = "failed"
            return
        program = self.programs[version_of(name)]
        self.lives.append(name)
        self.running, self.started_at = name, self.now
        if program.takes_the_machine_down:
            self.power.left = 0
            raise PowerCutError
        with closing(sqlite3.connect(self.database)) as db:
            (found,) = db.execute("PRAGMA user_version").fetchone()
            if found > program.tables or not program.starts:
                self.state, self.restarts = "activating", self.restarts + 1
                return
            db.execute("PRAGMA synchronous = OFF")
            db.execute(f"PRAGMA user_version = {program.tables}")
            db.execute("INSERT INTO events (by) VALUES (?)", (name,))
            db.commit()
        self.recorded.append(name)
        self.state = "active"

    def _status(self) -> dict[str, object] | None:
        program = self._program()
        if program is None or self.state != "active":
            return None
        lasted = self.now - self.started_at
        seen = program.frames and self.cable
        return {
            "frames": int(lasted * 10) if seen else 0,
            "taken": int(lasted) + 1 if program.reaches_broker else 0,
            "faults": [*program.faults, *(() if self.cable else ("camera",))],
        }

    def _command(self, *words: str) -> Finished:
        if words[0] == "systemctl":
            return self._systemctl(*words[1:])
        name = Path(words[0]).parent.parent.name
        program = self.programs[version_of(name)]
        match words[4:]:
            case ["check", *_]:
                return said(
                    ok=program.takes_config, out="" if program.takes_config else "no such key"
                )
            case ["doctor", *_]:
                found = [
                    {"code": code, "level": "broken", "tested": "it", "found": code}
                    for code in program.broken
                ]
                return said(out=json.dumps({"findings": found}), ok=not found)
            case ["version"]:
                return said(out=f"{program.tables}\n")
            case ["rehearse", *_]:
                return said(ok=program.has_way_back, why="it has no way back")
            case ["back", _, _, to]:
                self.power.spend()
                if self.fails_to_hand_back:
                    return said(ok=False, why="database disk image is malformed")
                with closing(sqlite3.connect(self.database)) as db:
                    db.execute(f"PRAGMA user_version = {int(to)}")
                return said(ok=program.has_way_back, why="it has no way back")
        raise AssertionError(words)

    def _systemctl(self, verb: str, *words: str) -> Finished:
        if not self.has_systemd:
            return said(ok=False, why="System has not been booted with systemd as init system")
        match verb:
            case "show":
                ours = words[0] == LANE
                state, restarts = (self.state, self.restarts) if ours else ("inactive", 0)
                return said(f"ActiveState={state}\nNRestarts={restarts}\nWatchdogUSec=30s\n")
            case "stop":
                self.power.spend()
                self.state, self.running, self.restarts = "inactive", "", 0
            case "start":
                self.power.spend()
                if self.state != "active" and not self.held:
                    self.start()
        return said()
