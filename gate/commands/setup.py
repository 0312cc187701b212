"""`gate setup`: a device without a configuration takes one through its own camera."""

import logging
import os
import signal
import stat
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from drivers.frame import CameraError
from drivers.kernel_clock import KernelClock
from drivers.process import run
from drivers.qr import DecoderAbsent, open_decoder
from drivers.systemd import Notify
from gate import RELEASED
from gate.clock import Timekeeper
from gate.config.eye import Camera as Eye
from gate.config.eye import Scanner as Reading
from gate.durable import Disk
from gate.eyes.scanner import Camera, Scanner
from gate.hardware import open_camera
from gate.keys import KeysError, KeySet, load_keys
from gate.model import Utc
from gate.places import Places
from gate.process import Runner
from gate.provision.applying import Provisioner
from gate.setup.device import Provisioned
from gate.setup.names import names_of
from gate.setup.taking import Taking
from gate.setup.waiting import CameraBack, CameraLost, Crashed, Inbox, Shown, Stop, wait

USED = "setup-used.json"
"""Beside the configuration: the codes that this device has taken."""


LONGEST_MESSAGE = 8_192
"""Bytes; more than the parts of a code can hold."""

IN_SERVICE = "This gate has a configuration: hold a signed set-up code in front of the camera"
WAITS = (
    "NOT CONFIGURED: hold a set-up code (gate setup-code make) or the Wi-Fi code of a telephone 15"
    " to 35 cm in front of the camera, or put gate.toml on the card's small partition"
)
"""What is said first, here and there."""


def setup(
    *,
    pictures: Annotated[
        Path | None,
        typer.Option(help="Look at the pictures of this folder, and not through the camera."),
    ] = None,
    code: Annotated[
        Path | None,
        typer.Option(help="Take the code in this file, which the daemon has handed on, and end."),
    ] = None,
) -> None:
    """Wait in front of the camera for a set-up code or a Wi-Fi code, and configure the device.

    gate-setup.service runs it while there is no /etc/gate/gate.toml. Signed codes (gate setup-code
    make) bring the whole small file; Wi-Fi codes, as telephones show them, a network. What is
    waited for and what was taken is printed. By hand, on a gate that has a configuration (stop it
    first: one program at a time has the camera), it takes signed codes alone.

    Ends with 0 when the device is configured, or on SIGTERM and Ctrl-C; with 1 where --code is not
    taken, with 78 where the decoder is not installed.
    """
    logging.basicConfig(level="INFO", format="%(levelname)s %(threadName)s: %(message)s")
    if code is not None:
        if not take_handed_on(Places(), code, run=run, say=typer.echo):
            raise typer.Exit(1)
        return
    replayed = {} if pictures is None else {"source": "replay", "folder": pictures}
    eye = Eye.model_validate(replayed)
    try:
        set_up(Places(), eye, open_camera=partial(open_camera, eye, None), run=run, say=typer.echo)
    except DecoderAbsent as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(os.EX_CONFIG) from error


def set_up(
    places: Places,
    eye: Eye,
    *,
    open_camera: Callable[[], Camera],
    run: Runner,
    say: Callable[[str], None],
) -> bool:
    """Wait until the device is configured: True; False where SIGTERM or Ctrl-C ended it.

    Raises DecoderAbsent, and what a thread met, if it met a bug.
    """
    inbox, systemd = Inbox(), Notify(os.environ)
    timekeeper = Timekeeper(KernelClock(), released=Utc(RELEASED.timestamp()))
    taking = _taking(places, timekeeper, run, say)
    reading = Reading.model_validate({})
    with ExitStack() as parts:
        decoder = parts.enter_context(closing(open_decoder(reading.decoder)))
        scanner = Scanner(
            open_camera=open_camera,
            decoder=decoder,
            same_phone_s=reading.same_phone_s,
            look_every_s=1.0 / eye.fps,
            read_every=1,  # nobody waits in a lane here, and a code is all that there is to see
            clock=timekeeper.monotonic,
            on_code=lambda text, _at: inbox.put(Shown(text)),
            on_lost=lambda why: inbox.put(CameraLost(why)),
            on_back=lambda: inbox.put(CameraBack()),
            on_crash=lambda bug: inbox.put(Crashed(bug)),
            broken=CameraError,
            frame_timeout_s=eye.stall_after_s,
            blind_after_s=eye.blind_after_s,
            moves=eye.moves,
        )
        _obey_signals(inbox, parts)
        scanner.start()
        parts.callback(scanner.stop)
        systemd.ready()
        say(IN_SERVICE if places.config.exists() else WAITS)

        def tell(text: str) -> None:
            systemd.status(text.splitlines()[0])
            say(text)

        return wait(inbox, taking, say=tell, beat=timekeeper.look)


def take_handed_on(places: Places, file: Path, *, run: Runner, say: Callable[[str], None]) -> bool:
    """Take the message in a file of the daemon's, who may have put anything there. Once."""
    try:
        try:
            message = _regular(file)
        finally:
            Disk().remove(file)  # whatever it is: else it would be handed on for ever
    except OSError as error:
        say(f"NOT TAKEN: {file}: {error.strerror}")
        return False
    timekeeper = Timekeeper(KernelClock(), released=Utc(RELEASED.timestamp()))
    said = _taking(places, timekeeper, run, say).take_message(message)
    say(said.text)
    return said.taken


def _regular(file: Path) -> bytes:
    """What is in a file, and not in what it points to. Raises OSError."""
    fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.read(fd, LONGEST_MESSAGE) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    finally:
        os.close(fd)


def _taking(
    places: Places, timekeeper: Timekeeper, run: Runner, say: Callable[[str], None]
) -> Taking:
    disk = Disk()
    provisioner = Provisioner(places=places, disk=disk, run=run)
    return Taking(
        device=Provisioned(provisioner, now=timekeeper.now, say=say),
        keys=_keys(places.setup_keys, say),
        names=names_of(places.root),
        used=places.settings / USED,
        disk=disk,
        clock=timekeeper,
        in_service=places.config.exists(),
    )


def _keys(path: Path, say: Callable[[str], None]) -> KeySet | None:
    """Whose codes are taken; None where nobody's are. What is wrong with the file is said."""
    if not path.exists():
        return None
    try:
        return load_keys(path)
    except KeysError as error:
        say(f"No signed code is taken: {error}")
        return None


def _obey_signals(inbox: Inbox, parts: ExitStack) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        parts.callback(signal.signal, number, signal.signal(number, lambda *_: inbox.put(Stop())))
