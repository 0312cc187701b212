"""Set-up codes that are shown to a gate in service, while its key switch is turned.

The daemon cannot write its own settings, and believes no code: it puts the parts together and hands
the message on to gate-setup-code.service, which is root's and looks at everything anew: signature,
clock, nonce, device, file. Without the turned key, a set-up code is one more text that is no pass.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from gate.setup.code import Rejected, is_ours, read_part
from gate.setup.parts import Heap, Missing, collect
from gate.setup.wording import refused, wanting

log = logging.getLogger(__name__)

NAME = "set-up-code"
"""In the runtime directory of the daemon; gate-setup-code.path waits for it."""


def folder_in(environ: Mapping[str, str]) -> Path | None:
    """The runtime directory that systemd has made for a unit (systemd.exec(5))."""
    folder = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) if folder else None


class Handing:
    """Belongs to the scanner's thread.

    `folder` is the daemon's runtime directory; None where it has none, and so nobody to hand
    anything to. `keyed` says whether the key switch is turned; any thread may ask it.
    """

    def __init__(self, *, folder: Path | None, keyed: Callable[[], bool]) -> None:
        self._folder = folder
        self._keyed = keyed
        self._heap = Heap()

    def offer(self, text: bytes) -> bool:
        """Whether this text is for set-up, and none of the lane's business."""
        if self._folder is None or not is_ours(text):
            return False
        if not self._keyed():
            self._heap = Heap()
            return False
        part = read_part(text)
        answer: bytes | Missing | Rejected = part if isinstance(part, Rejected) else b""
        if not isinstance(part, Rejected):
            self._heap, answer = collect(self._heap, part)
        match answer:
            case bytes():
                self._hand_on(answer, self._folder)
            case Missing():
                log.info("%s", wanting(answer))
            case Rejected():
                log.info("%s", refused(answer))
        return True

    def _hand_on(self, message: bytes, folder: Path) -> None:
        """The folder is in memory: nobody waits for a disk."""
        new = folder / f"{NAME}.new"
        try:
            new.write_bytes(message)
            new.replace(folder / NAME)
        except OSError as error:
            log.warning("a set-up code cannot be handed on: %s", error)
        else:
            log.info("a set-up code is handed on: journalctl -u gate-setup-code")
