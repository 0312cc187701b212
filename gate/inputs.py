"""The two inputs that people press: release (fire panel) and the attendant's button. Pure.

Levels go in with their time, events come out. A release counts at once, and its end only after
the line has been quiet for a while: a bouncing contact must neither delay the fire panel nor
fill the record. A button that is held down while the daemon starts is not a press.
"""

from dataclasses import dataclass, replace

from gate.events import AttendantPressed, ReleaseChanged
from gate.model import Monotonic

RELEASE_QUIET_S = 0.5
BUTTON_QUIET_S = 0.05


@dataclass(frozen=True, slots=True)
class Contacts:
    """What is believed of the two contacts, and since when their lines have been quiet."""

    release: bool = False
    release_quiet_since: Monotonic | None = None
    held: bool = True
    """The button counts as held until it has been seen open: a press is a change."""
    open_since: Monotonic | None = None


ContactEvent = ReleaseChanged | AttendantPressed


def contacts_step(
    contacts: Contacts, release: bool | None, attendant: bool | None, now: Monotonic
) -> tuple[Contacts, tuple[ContactEvent, ...]]:
    """The contacts after reading these levels at `now`; None where only time has passed."""
    events: list[ContactEvent] = []
    if release is True:
        if not contacts.release:
            events.append(ReleaseChanged(active=True))
        contacts = replace(contacts, release=True, release_quiet_since=None)
    elif contacts.release and release is False and contacts.release_quiet_since is None:
        contacts = replace(contacts, release_quiet_since=now)
    if attendant is True:
        if not contacts.held:
            events.append(AttendantPressed())
        contacts = replace(contacts, held=True, open_since=None)
    elif contacts.held and attendant is False and contacts.open_since is None:
        contacts = replace(contacts, open_since=now)
    quiet = contacts.release_quiet_since
    if quiet is not None and now >= quiet + RELEASE_QUIET_S:
        contacts = replace(contacts, release=False, release_quiet_since=None)
        events.append(ReleaseChanged(active=False))
    if contacts.open_since is not None and now >= contacts.open_since + BUTTON_QUIET_S:
        contacts = replace(contacts, held=False, open_since=None)
    return contacts, tuple(events)


def contacts_deadline(contacts: Contacts) -> Monotonic | None:
    """When to call again although no level has changed."""
    due = []
    if contacts.release_quiet_since is not None:
        due.append(Monotonic(contacts.release_quiet_since + RELEASE_QUIET_S))
    if contacts.open_since is not None:
        due.append(Monotonic(contacts.open_since + BUTTON_QUIET_S))
    return min(due, default=None)
