"""The inputs that people move: release (fire panel), attendant's button, key switch. Pure.

Levels go in with their time, events come out. A release counts at once, and its end only after
the line has been quiet for a while: a bouncing contact must neither delay the fire panel nor
fill the record. A button that is held down while the daemon starts is not a press. A key switch
is a level: what it says counts once it has been steady, from the start on.
"""

from dataclasses import dataclass, replace

from gate.events import AttendantPressed, KeyTurned, ReleaseChanged
from gate.model import Monotonic

RELEASE_QUIET_S = 0.5
BUTTON_QUIET_S = 0.05
KEY_STEADY_S = 0.1


@dataclass(frozen=True, slots=True)
class InputsRead:
    """All input levels of the lane as they were at one moment; True is active."""

    sensor_a: bool
    sensor_b: bool | None
    release: bool
    attendant: bool
    key: bool
    at: Monotonic
    proximity: bool | None = None
    """Whether somebody stands at the thermometer; None where nothing is wired that knows."""


@dataclass(frozen=True, slots=True)
class ContactLevels:
    """The contacts as read at one moment; True is active."""

    release: bool
    attendant: bool = False
    key: bool = False


@dataclass(frozen=True, slots=True)
class Contacts:
    """What is believed of the contacts, and since when their lines have been quiet."""

    release: bool = False
    release_quiet_since: Monotonic | None = None
    held: bool = True
    """The button counts as held until it has been seen open: a press is a change."""
    open_since: Monotonic | None = None
    key: bool = False
    key_differs_since: Monotonic | None = None
    """Since when the key's line has said something else."""


ContactEvent = ReleaseChanged | AttendantPressed | KeyTurned


def contacts_step(
    contacts: Contacts, levels: ContactLevels | None, now: Monotonic
) -> tuple[Contacts, tuple[ContactEvent, ...]]:
    """The contacts after reading these levels at `now`; None where only time has passed."""
    events: list[ContactEvent] = []
    if levels is not None:
        if levels.release and not contacts.release:
            events.append(ReleaseChanged(active=True))
        if levels.attendant and not contacts.held:
            events.append(AttendantPressed())
        contacts = _read(contacts, levels, now)
    quiet = contacts.release_quiet_since
    if quiet is not None and now >= quiet + RELEASE_QUIET_S:
        contacts = replace(contacts, release=False, release_quiet_since=None)
        events.append(ReleaseChanged(active=False))
    if contacts.open_since is not None and now >= contacts.open_since + BUTTON_QUIET_S:
        contacts = replace(contacts, held=False, open_since=None)
    differs = contacts.key_differs_since
    if differs is not None and now >= differs + KEY_STEADY_S:
        contacts = replace(contacts, key=not contacts.key, key_differs_since=None)
        events.append(KeyTurned(active=contacts.key))
    return contacts, tuple(events)


def contacts_deadline(contacts: Contacts) -> Monotonic | None:
    """When to call again although no level has changed."""
    due = []
    if contacts.release_quiet_since is not None:
        due.append(Monotonic(contacts.release_quiet_since + RELEASE_QUIET_S))
    if contacts.open_since is not None:
        due.append(Monotonic(contacts.open_since + BUTTON_QUIET_S))
    if contacts.key_differs_since is not None:
        due.append(Monotonic(contacts.key_differs_since + KEY_STEADY_S))
    return min(due, default=None)


def _read(contacts: Contacts, levels: ContactLevels, now: Monotonic) -> Contacts:
    def since(moment: Monotonic | None) -> Monotonic:
        return now if moment is None else moment

    if levels.release:
        contacts = replace(contacts, release=True, release_quiet_since=None)
    elif contacts.release:
        contacts = replace(contacts, release_quiet_since=since(contacts.release_quiet_since))
    if levels.attendant:
        contacts = replace(contacts, held=True, open_since=None)
    elif contacts.held:
        contacts = replace(contacts, open_since=since(contacts.open_since))
    if levels.key == contacts.key:
        return replace(contacts, key_differs_since=None)
    return replace(contacts, key_differs_since=since(contacts.key_differs_since))
