"""What is known of an update between two steps: one small file, written whole or not at all.

    /opt/gate/update.json        what is under way; gone when it has ended
    /opt/gate/last-update.json   how the last one ended
    /opt/gate/seen.json          bundles on the FAT partition that were dealt with

The files are root's. One that cannot be read says nothing: the links (`gate.releases.layout`) are
enough to find back to a release that works.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from gate.durable import Disk
from gate.releases.layout import Layout
from gate.releases.trial import Expected

MOST_SEEN = 32


class Phase(StrEnum):
    """What is done next. Each may be done again from its beginning."""

    ASKED = "asked"  # look at the bundle, and unpack it
    MAKING = "making"  # make the release
    CHECKING = "checking"  # ask the new release what it says of this device
    TRYING = "trying"  # have it run, and watch
    RETURNING = "returning"  # have the old one run again
    KEEPING = "keeping"  # it has shown that it works


class Kind(StrEnum):
    """Which way."""

    UPDATE = "update"
    ROLLBACK = "rollback"


class Result(StrEnum):
    """How it ended."""

    UPDATED = "updated"
    ROLLED_BACK = "rolled_back"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"  # nothing was changed
    RETURNED = "returned"  # it did not work, and what was there before runs again
    STUCK = "stuck"  # it did not work, and there is no way back without a person


GOOD = {Result.UPDATED, Result.ROLLED_BACK, Result.NOTHING_TO_DO}


@dataclass(frozen=True, slots=True)
class State:
    """An update or a roll-back that is under way."""

    kind: Kind
    phase: Phase
    since: float
    """Unix seconds."""
    before: str | None
    """The release that was in use when it began."""
    after: str = ""
    """The release that is to be used; empty until it is known."""
    bundle: str = ""
    """Path of the file."""
    mark: str = ""
    """Tells the file from others, where it lies on the FAT partition."""
    version: str = ""
    allow_downgrade: bool = False
    tries: int = 0
    """How often this phase, or one of those before the trial, was begun."""
    expected: Expected = field(default_factory=Expected)
    """What ran before, and so has to run afterwards."""
    why: str = ""
    """Why it returns."""

    def at(self, phase: Phase, **changes: Any) -> "State":
        """The same in another phase."""
        return replace(self, phase=phase, **changes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an update or a roll-back ended."""

    kind: Kind
    result: Result
    at: float
    """Unix seconds."""
    version: str
    """What was to be used; empty where that was never known."""
    in_use: str
    """What is used now."""
    why: str = ""
    bundle: str = ""
    """Name of the file."""

    @property
    def good(self) -> bool:
        """It did what was asked for."""
        return self.result in GOOD

    def sentence(self) -> str:
        """For a person, in one line."""
        what = f"{self.kind} to {self.version}" if self.version else self.kind.value
        match self.result:
            case Result.UPDATED | Result.ROLLED_BACK:
                said = f"{what}: done; {self.in_use} is in use"
            case Result.NOTHING_TO_DO:
                said = f"{what}: nothing to do; {self.in_use} is in use"
            case Result.REFUSED:
                said = f"{what}: refused, nothing was changed; {self.in_use} is in use"
            case Result.RETURNED:
                said = f"{what}: it did not work; {self.in_use} is in use again"
            case Result.STUCK:
                said = f"{what}: NEEDS A PERSON; {self.in_use} is in use"
        return f"{said}: {self.why}" if self.why else said


def read_state(layout: Layout) -> State | None:
    """What is under way; None where nothing is, or nothing can be read."""
    try:
        said = json.loads(layout.under_way.read_bytes())
        expected = said.pop("expected")
        faults = frozenset(str(it) for it in expected.pop("faults"))
        return State(
            **{
                **_typed(said, State),
                "kind": Kind(said["kind"]),
                "phase": Phase(said["phase"]),
                "expected": Expected(**expected, faults=faults),
            }
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_state(layout: Layout, state: State, disk: Disk) -> None:
    """Remember it. Raises OSError."""
    said = asdict(state)
    said["expected"]["faults"] = sorted(state.expected.faults)
    disk.write(layout.under_way, json.dumps(said).encode() + b"\n")


def forget_state(layout: Layout, disk: Disk) -> None:
    """Nothing is under way any more. Raises OSError."""
    disk.remove(layout.under_way)


def is_under_way(layout: Layout) -> bool:
    """Whether an update is to be carried on."""
    return layout.under_way.exists()


def read_outcome(layout: Layout) -> Outcome | None:
    """How the last one ended; None where there was none."""
    try:
        said = json.loads(_outcome(layout).read_bytes())
        kind, result = Kind(said["kind"]), Result(said["result"])
        return Outcome(**{**_typed(said, Outcome), "kind": kind, "result": result})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_outcome(layout: Layout, outcome: Outcome, disk: Disk) -> None:
    """Remember how it ended. Raises OSError."""
    disk.write(_outcome(layout), json.dumps(asdict(outcome)).encode() + b"\n")


def read_seen(layout: Layout) -> list[str]:
    """The marks of bundles that were dealt with, the oldest first."""
    try:
        said = json.loads((layout.home / "seen.json").read_bytes())
    except (OSError, ValueError):
        return []
    return [str(it) for it in said] if isinstance(said, list) else []


def note_seen(layout: Layout, mark: str, disk: Disk) -> None:
    """Do not try this bundle again by itself. Raises OSError."""
    marks = [*(it for it in read_seen(layout) if it != mark), mark][-MOST_SEEN:]
    disk.write(layout.home / "seen.json", json.dumps(marks).encode() + b"\n")


def _outcome(layout: Layout) -> Path:
    return layout.home / "last-update.json"


def _typed(said: Mapping[str, Any], what: type) -> dict[str, Any]:
    """The members that are known: another version may have written it."""
    return {name: it for name, it in said.items() if name in what.__dataclass_fields__}  # type: ignore[attr-defined]  # a dataclass
