"""What a release says of this device before it is used: asked as commands, of its own Python.

The verbs are those that people use, with their exit codes and `--json`, so that each release can
ask each other one. What is wrong already, by the release that is in use, stops nothing: an update
may be what mends it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.process import Runner
from gate.releases.install import ReleaseError
from gate.releases.layout import Layout
from gate.releases.tables import version_in

ASK_S = 180.0
"""A doctor that looks at everything, on a Pi Zero."""

REHEARSE_S = 600.0

OF_NOW = ("UPDATE-", "SERVICE-")
"""Findings about this update, and about the daemon as it runs: not about the release."""


class DoubtError(ReleaseError):
    """The release does not do here; the text says what it found."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks the releases of a device."""

    layout: Layout
    run: Runner
    config: Path
    database: Path | None
    """Where the lane's events are; None where there is no lane yet."""

    def doubt(self, before: str, after: str) -> None:
        """Raises DoubtError where `after` finds wrong what `before` does not, or would lose."""
        self._take_configuration(before, after)
        self._examine(before, after)
        self._rehearse(before, after)

    def hand_back(self, to: str, by: str) -> None:
        """Have `by` make of the database what `to` can open. Raises ReleaseError."""
        if self.database is None or (found := version_in(self.database)) is None:
            return
        known = self._known(to)
        if found > known:
            done = self._as_owner(self.database, by, "back", known)
            if done is not None:
                raise DoubtError(f"the database could not be handed to {to}: {done}")

    def _take_configuration(self, before: str, after: str) -> None:
        words = ("check", "--config", self.config)
        said = self.run(*self._gate(after), *words, timeout_s=ASK_S)
        if not said.ok and self.run(*self._gate(before), *words, timeout_s=ASK_S).ok:
            lines = (said.out.strip() or said.why).splitlines()
            raise DoubtError(f"{after} does not take the configuration: {' / '.join(lines[:4])}")

    def _examine(self, before: str, after: str) -> None:
        new = self._broken(after)
        old = self._broken(before) if new != {} else {}
        if new is None:
            if old is not None:
                raise DoubtError(f"the doctor of {after} does not run here")
            return
        if worse := [told for code, told in new.items() if code not in (old or {})]:
            raise DoubtError(f"the doctor of {after}: {'; '.join(worse)}")

    def _broken(self, name: str) -> Mapping[str, str] | None:
        """What its doctor finds broken, by code; None where it says nothing."""
        words = (*self._gate(name), "doctor", "--json", "--config", self.config)
        return broken_in(self.run(*words, timeout_s=ASK_S).out)

    def _rehearse(self, before: str, after: str) -> None:
        if self.database is None or not self.database.exists():
            return
        older, newer = sorted((before, after), key=self._known)
        known = self._known(older)
        if self._known(newer) > known and (
            why := self._as_owner(self.database, newer, "rehearse", known)
        ):
            raise DoubtError(f"no way back for the database: {why}")

    def _known(self, name: str) -> int:
        """Up to which version of the tables the release can open."""
        words = (self.layout.python(name), "-I", "-m", "gate.releases.tables", "version")
        said = self.run(*words, timeout_s=ASK_S)
        if not said.ok or not said.out.strip().isdecimal():
            raise DoubtError(f"{name} does not run here: {said.why}")
        return int(said.out)

    def _as_owner(self, database: Path, name: str, verb: str, to: int) -> str | None:
        """Have it work on the database, as the user whose that is; why it did not, or None."""
        tables = (self.layout.python(name), "-I", "-m", "gate.releases.tables")
        words: list[str | Path] = [*become(database), *tables, verb, database, "--to", str(to)]
        said = self.run(*words, timeout_s=REHEARSE_S)
        return None if said.ok else said.why

    def _gate(self, name: str) -> tuple[str | Path, ...]:
        # -I: nothing is imported from the folder that somebody stands in.
        return (self.layout.python(name), "-I", "-m", "gate")


def become(path: Path) -> tuple[str, ...]:
    """The command that makes root the owner of the file, before another command.

    What the lane wrote is not opened with more rights than the lane has.
    """
    found = path.stat()
    if os.geteuid() != 0 or found.st_uid == 0:
        return ()
    return ("setpriv", f"--reuid={found.st_uid}", f"--regid={found.st_gid}", "--clear-groups")


def broken_in(said: str) -> dict[str, str] | None:
    """What a doctor's JSON says is broken for a release, by code; None where it is none."""
    try:
        findings: list[Mapping[str, Any]] = json.loads(said)["findings"]
        return {
            str(it["code"]): f"{it['tested']}: {it['found']}"
            for it in findings
            if it["level"] == "broken" and not str(it["code"]).startswith(OF_NOW)
        }
    except (ValueError, KeyError, TypeError):
        return None
