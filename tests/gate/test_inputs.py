"""The two inputs that people press."""

from gate.events import AttendantPressed, KeyTurned, ReleaseChanged
from gate.inputs import ContactEvent, ContactLevels, Contacts, contacts_deadline, contacts_step
from gate.model import Monotonic

Look = tuple[float, bool | None, bool | None]


def events_of(*looks: Look) -> list[ContactEvent]:
    contacts, events = Contacts(), list[ContactEvent]()
    for at, release, attendant in looks:
        levels = None if release is None else ContactLevels(release, bool(attendant))
        contacts, more = contacts_step(contacts, levels, Monotonic(at))
        events += more
    return events


def test_a_release_counts_at_once_and_its_end_only_when_the_line_is_quiet() -> None:
    looks: list[Look] = [(0, True, False), (1, False, False), (1.4, None, None)]
    assert events_of(*looks) == [ReleaseChanged(active=True)]

    assert events_of(*looks, (1.5, None, None))[1:] == [ReleaseChanged(active=False)]


def test_a_bouncing_fire_panel_makes_one_event_each_way() -> None:
    bouncing: list[Look] = [(n / 100, n % 2 == 0, False) for n in range(20)]
    assert events_of(*bouncing, (1.0, None, None)) == [
        ReleaseChanged(active=True),
        ReleaseChanged(active=False),
    ]


def test_a_reboot_does_not_fake_a_button_press() -> None:
    """Seen in esp-rfid (584): the level at the start is no change."""
    assert events_of((0, False, True), (1, False, True)) == []


def test_a_press_counts_once_however_long_it_lasts_and_however_it_bounces() -> None:
    looks: list[Look] = [(0, False, False), (0.1, None, None), (1, False, True)]
    looks += [(1.01, False, False), (1.02, False, True), (5, False, True)]
    assert events_of(*looks) == [AttendantPressed()]

    again: list[Look] = [(6, False, False), (6.1, None, None), (7, False, True)]
    assert events_of(*looks, *again) == [AttendantPressed()] * 2


def test_a_quiet_line_asks_for_no_deadline() -> None:
    held, open_ = ContactLevels(release=False, attendant=True), ContactLevels(release=True)
    contacts, _ = contacts_step(Contacts(), held, Monotonic(0))
    assert contacts_deadline(contacts) is None
    contacts, _ = contacts_step(contacts, open_, Monotonic(1))
    assert contacts_deadline(contacts) == 1.05


def turned(*looks: tuple[float, bool]) -> list[ContactEvent]:
    contacts, events = Contacts(held=False), list[ContactEvent]()
    for at, key in looks:
        levels = ContactLevels(release=False, key=key)
        contacts, more = contacts_step(contacts, levels, Monotonic(at))
        events += more
    due = contacts_deadline(contacts)
    if due is not None:
        events += contacts_step(contacts, None, due)[1]
    return events


def test_a_key_that_is_turned_at_the_start_counts_and_one_that_bounces_counts_once() -> None:
    assert turned((0, True)) == [KeyTurned(active=True)]
    assert turned((0, True), (0.02, False), (0.04, True)) == [KeyTurned(active=True)]
    assert turned((0, True), (0.05, False)) == []


def test_a_key_is_turned_back() -> None:
    back = turned((0, True), (1, True), (2, False), (2.05, True), (2.06, False))
    assert back == [KeyTurned(active=True), KeyTurned(active=False)]
