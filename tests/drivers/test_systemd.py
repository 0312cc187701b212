"""What arrives at systemd's end: a real datagram socket, by path and by abstract name."""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from drivers.systemd import Notify

SOON_S = 5.0
"""Longer than anything here takes; only a failing test waits for it."""


class Systemd:
    """systemd's end of the socket."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._name.replace("@", "\0", 1))
        self._socket.settimeout(0)  # what was sent is here already

    def environ(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self._name}

    def heard(self) -> list[str]:
        """The lines of the next message."""
        return self._socket.recv(4096).decode().split("\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    in_a_file = str(tmp_path / "notify")
    systemd = Systemd(in_a_file if request.param == "path" else f"@gate-test/{os.getpid()}")
    yield systemd
    systemd.close()


def test_each_message_is_what_sd_notify_says(systemd: Systemd) -> None:
    notify = Notify(systemd.environ())

    notify.ready()
    assert systemd.heard() == ["READY=1"]
    notify.status("open, 41 inside")
    assert systemd.heard() == ["STATUS=open, 41 inside"]
    notify.watchdog()
    assert systemd.heard() == ["WATCHDOG=1"]
    notify.reloading(now=1234.5)
    assert systemd.heard() == ["RELOADING=1", "MONOTONIC_USEC=1234500000"]
    notify.stopping()
    assert systemd.heard() == ["STOPPING=1"]


def test_a_status_cannot_become_another_message(systemd: Systemd) -> None:
    """A fault's text may come from anywhere; READY=1 in it means nothing."""
    Notify(systemd.environ()).status("camera:\nREADY=1\r\n gone")
    assert systemd.heard() == ["STATUS=camera: READY=1 gone"]


def test_a_status_may_hold_any_letter(systemd: Systemd) -> None:
    Notify(systemd.environ()).status("37,3 °C \udcff")
    assert systemd.heard() == ["STATUS=37,3 °C ?"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}])
def test_without_systemd_nothing_is_said(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    Notify(environ).ready()
    assert caplog.records == []


@pytest.mark.parametrize("name", ["/nowhere/notify", "@nobody", "x" * 200, "vsock:2:1"])
def test_a_socket_that_cannot_be_reached_is_told_once_and_disturbs_nobody(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    notify = Notify({"NOTIFY_SOCKET": name})
    for _ in range(3):
        notify.watchdog()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_systemd_that_does_not_read_is_not_waited_for(
    systemd: Systemd, caplog: pytest.LogCaptureFixture
) -> None:
    notify, dropped = Notify(systemd.environ()), Event()

    def say_until_the_queue_is_full() -> None:
        while not caplog.records:
            notify.watchdog()
        notify.watchdog()
        dropped.set()

    Thread(target=say_until_the_queue_is_full, daemon=True).start()
    assert dropped.wait(SOON_S)

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    systemd.heard()
    notify.status("there is room again")
    while systemd.heard() == ["WATCHDOG=1"]:
        pass
