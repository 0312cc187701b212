"""Waiting in front of the camera."""

import pytest

from gate.setup.taking import Said
from gate.setup.waiting import CameraBack, CameraLost, Crashed, Inbox, Shown, Stop, wait


class Takes:
    """Is configured by one text."""

    def take(self, text: bytes) -> Said:
        return Said(text.decode(), configured=text == b"the code")


def waited(*events: Shown | CameraLost | CameraBack | Crashed | Stop) -> tuple[bool, list[str]]:
    inbox, said = Inbox(), list[str]()
    for event in events:
        inbox.put(event)
    return wait(inbox, Takes(), say=said.append, beat=lambda: None), said


def test_it_waits_until_the_device_is_configured() -> None:
    done = waited(Shown(b"a pass"), CameraLost("unplugged"), CameraBack(), Shown(b"the code"))

    assert done == (
        True,
        [
            "a pass",
            "NO CAMERA: unplugged. gate doctor says more; the card works without one",
            "the camera sees again",
            "the code",
        ],
    )


def test_it_ends_when_it_is_told_to() -> None:
    assert waited(Stop()) == (False, [])


def test_a_bug_in_a_thread_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        waited(Crashed(ZeroDivisionError()))
