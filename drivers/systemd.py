"""What a service tells systemd: ready, alive, how it is, stopping (sd_notify(3)).

One datagram of lines NAME=value to the socket that NOTIFY_SOCKET names; systemd promises to keep
it so (systemd.io, Portability and Stability). That is all there is to it, and the packages that
do it are stale or want a compiler.
"""

import logging
import os
import socket
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Notify:
    """Tells whoever started this process, and nobody where NOTIFY_SOCKET is unset.

    Never waits and never raises: what cannot be delivered is dropped, and that is logged once
    until something arrives again. Any thread may call it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        """`environ` is the process's own, as systemd made it."""
        name = environ.get("NOTIFY_SOCKET", "")
        abstract = name.startswith("@")  # a name that is in no file system: unix(7)
        self._address = b"\0" + os.fsencode(name[1:]) if abstract else os.fsencode(name)
        self._unheard = False

    def ready(self) -> None:
        """The start is complete, or the reload."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """How things are, in one line for a person: `systemctl status` shows it."""
        self._send(_status(text))

    def watchdog(self) -> None:
        """A sign of life; without one for WatchdogSec= systemd ends this process."""
        self._send("WATCHDOG=1")

    def reloading(self, now: float) -> None:
        """The configuration is being read again, since `now` (seconds of CLOCK_MONOTONIC).

        `ready` ends it. Type=notify-reload tells an old answer from a new one by the time.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(now * 1_000_000)}")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(0)  # a full queue must not hold the caller
                sender.sendto("\n".join(lines).encode(errors="replace"), self._address)
        except OSError as error:
            if not self._unheard:
                _log.warning("systemd does not hear %s: %s", lines[0], error)
            self._unheard = True
        else:
            self._unheard = False


def _status(text: str) -> str:
    """One line, whatever is in `text`: a line of its own would be another message."""
    return f"STATUS={' '.join(text.split())}"
