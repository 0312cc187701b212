"""The Python environment: whether what comes from the system's packages can be imported.

It is asked in a child of the same interpreter: a binding that was made for other libraries may end
the process that imports it, and what was imported once cannot be tried again.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good

TRY = """
import importlib, json, sys
for name in sys.argv[1:]:
    said = {"name": name}
    try:
        module = importlib.import_module(name)
        said["file"] = str(getattr(module, "__file__", ""))
        said["empty"] = not [it for it in dir(module) if not it.startswith("__")]
    except BaseException as error:
        said["error"] = f"{type(error).__name__}: {error}"
        said["missing"] = getattr(error, "name", None) or ""
    print(json.dumps(said), flush=True)
"""

SYSTEM = Trouble(
    "PYTHON-SYSTEM",
    Level.WARNING,
    tested="the Python environment",
    cause="The gate runs in the system's own Python. Debian marks that as externally managed: pip"
    " refuses to install there (`error: externally-managed-environment`), and what was forced in"
    " with --break-system-packages is broken by the next apt upgrade.",
    mend="sudo /usr/bin/gate doctor",
    more="`/usr/bin/gate` of the Debian package starts the environment below /opt/gate. Never use"
    " --break-system-packages; docs/install.md says how a gate is installed.",
)
CLOSED = Trouble(
    "VENV-CLOSED",
    Level.BROKEN,
    tested="the Python environment",
    cause="The virtual environment was made without --system-site-packages. picamera2, libcamera"
    " and lgpio are packages of the system and have no wheels that would do, so that none of them"
    " can be imported.",
    mend="sudo sed -i 's/^include-system-site-packages.*/include-system-site-packages = true/'"
    " {file}",
)
LIBCAMERA = Trouble(
    "LIBCAMERA-MISSING",
    Level.BROKEN,
    tested="libcamera and picamera2",
    cause="The Python binding of libcamera, or picamera2 itself, is not installed. They are in the"
    " Raspberry Pi archive only, not on PyPI in a form that works, and not in Debian.",
    mend="sudo apt install --no-install-recommends python3-picamera2 python3-libcamera",
    more="Other systems than Raspberry Pi OS cannot drive a Raspberry Pi camera.",
)
PYKMS = Trouble(
    "PYKMS-MISSING",
    Level.BROKEN,
    tested="libcamera and picamera2",
    cause="picamera2 imports pykms for its previews even where nobody previews. A picamera2 from"
    " PyPI does not bring it.",
    mend="sudo apt install python3-kms++",
    more="A picamera2 in the environment itself hides that of the system: `pip uninstall"
    " picamera2` there.",
)
NUMPY = Trouble(
    "NUMPY-ABI",
    Level.BROKEN,
    tested="numpy",
    cause="`numpy.dtype size changed, may indicate binary incompatibility`: somebody has installed"
    " a numpy by pip, which hides that of the system. picamera2 and its libraries were compiled for"
    " the system's.",
    mend="sudo {python} -m pip uninstall --yes numpy",
)
BINDINGS = Trouble(
    "BINDINGS-BROKEN",
    Level.BROKEN,
    tested="libcamera and picamera2",
    cause="A binding is there and does not load: it was compiled for another version of its"
    " library, or for another Python. An upgrade took one and not the other.",
    mend="sudo apt install --reinstall python3-picamera2 python3-libcamera",
    more="Let apt finish first (`sudo apt full-upgrade`). The gate holds these packages, so that"
    " no upgrade parts them (see PACKAGES-FREE).",
)
LGPIO = Trouble(
    "LGPIO-MISSING",
    Level.BROKEN,
    tested="lgpio",
    cause="lgpio, which drives the GPIO lines, is not installed.",
    mend="sudo apt install python3-lgpio",
)
STUB = Trouble(
    "LGPIO-STUB",
    Level.BROKEN,
    tested="lgpio",
    cause="The lgpio that is imported is version 0.0.0.2 of PyPI: an empty file. pip takes it where"
    " there is no wheel for this Python (3.13 on a Raspberry Pi), and it hides the system's.",
    mend="sudo {python} -m pip uninstall --yes lgpio",
    more="Then, where it is missing: `sudo apt install python3-lgpio`.",
)
FOLDER = Trouble(
    "FOLDER-READONLY",
    Level.BROKEN,
    tested="the working directory",
    cause="lgpio makes a pipe (`.lgd-nfy0`) in the working directory and raises FileNotFoundError"
    " where it cannot. The unit has WorkingDirectory=/run/gate for it.",
    mend="sudo systemctl revert gate.service && sudo systemctl restart gate.service",
    more="By hand: start the gate in a folder that its user may write.",
)
ZBAR = Trouble(
    "ZBAR-MISSING",
    Level.BROKEN,
    tested="the readers of codes",
    cause="The library of zbar is a package of the system, and it is not installed: libzbar0 up to"
    " Debian 12, libzbar0t64 from 13 on.",
    mend="sudo apt install {package}",
    more='`decoder = "zxing"` in [scanner] does without it.',
)
ZXING = Trouble(
    "ZXING-MISSING",
    Level.BROKEN,
    tested="the readers of codes",
    cause="zxing-cpp is not in this environment. It has wheels for 64-bit systems alone.",
    mend="sudo {python} -m pip install zxing-cpp",
    more='`decoder = "pyzbar"` in [scanner] does without it; a 32-bit system has nothing else.',
)
OLD_PINS = Trouble(
    "PINS-LIBRARY",
    Level.WARNING,
    tested="other programs for the pins",
    cause="pigpio and RPi.GPIO write to the registers of the chip past the kernel. On a Raspberry"
    " Pi 5 neither works (`Cannot determine SOC peripheral base address`); on the others they"
    " change lines that the gate has, without a word.",
    mend="sudo apt purge pigpio pigpiod python3-pigpio python3-rpi.gpio",
    more="The gate needs lgpio alone; `python3-rpi-lgpio` stands in for RPi.GPIO where another"
    " program imports it.",
)

TROUBLES = (
    *(SYSTEM, CLOSED, LIBCAMERA, PYKMS, NUMPY, BINDINGS, LGPIO, STUB, FOLDER, ZBAR, ZXING),
    OLD_PINS,
)

READERS = {"cascade": ("zxingcpp", "pyzbar.pyzbar"), "zxing": ("zxingcpp",)}


@dataclass(frozen=True, slots=True)
class Import:
    """What came of importing one module."""

    name: str
    file: str = ""
    empty: bool = False
    error: str = ""
    missing: str = ""
    """The module that is not there, where that is the error."""


def environment(device: Device) -> Iterator[Finding]:
    """What the gate runs on."""
    settings = device.prefix / "pyvenv.cfg"
    if not settings.is_file():
        yield SYSTEM.found(f"it runs in the system's Python ({device.prefix})")
        return
    needs_system = device.config is not None and (
        device.config.camera.source == "picamera2" or device.config.turnstile.source == "gpio"
    )
    rows = (row.partition("=") for row in settings.read_text("utf-8").splitlines())
    shared = {key.strip(): value.strip() for key, _, value in rows}
    if needs_system and shared.get("include-system-site-packages") != "true":
        yield CLOSED.found(f"{device.prefix} does not see the system's packages", file=settings)
        return
    yield good(SYSTEM.tested, str(device.prefix))


def modules(device: Device) -> Iterator[Finding]:
    """Every module that this configuration needs from outside."""
    wanted = _wanted(device)
    tried = {it.name: it for it in imports(device, *wanted)}
    found = [*_judged(device, tried)]
    yield from found
    if wanted and not found:
        yield good("modules of the system", f"{', '.join(wanted)} can be imported")


def working_folder(device: Device) -> Iterator[Finding]:
    """Where lgpio makes its pipe; as root everything can be written, so only inside."""
    if device.inside and device.config is not None and device.config.turnstile.source == "gpio":
        if os.access(".", os.W_OK):
            yield good(FOLDER.tested, "can be written")
        else:
            yield FOLDER.found("this user cannot write it")


def old_pins(device: Device) -> Iterator[Finding]:
    """Programs that go past the kernel. pigpio is on every image; it does harm while it runs."""
    if not device.model or device.config is None or device.config.turnstile.source != "gpio":
        return
    running = device.holders("dev/gpiomem", "dev/mem")
    starts = device.shown("pigpiod.service", "UnitFileState").get("UnitFileState") == "enabled"
    others = ["pigpiod starts with the board"] if starts and not running else []
    if device.model.startswith("Raspberry Pi 5"):
        # rpi-lgpio has the same name and is not compiled.
        compiled = (device.root / "usr/lib/python3/dist-packages/RPi").glob("_GPIO*.so")
        others += [f"RPi.GPIO ({file.name})" for file in compiled]
    if running or others:
        yield OLD_PINS.found(f"on this {device.model}: {', '.join((*running, *others))}")
    else:
        yield good(OLD_PINS.tested, "none")


CHECKS = (environment, modules, working_folder, old_pins)


def imports(device: Device, *names: str) -> Iterator[Import]:
    """Try each; a child that dies of one goes on with the rest in another."""
    left = list(names)
    while left:
        env = {**os.environ, **device.environ}
        if not device.inside:  # lgpio must not leave its pipe where a technician stands
            env["LG_WD"] = tempfile.gettempdir()
        answer = device.run(device.python, "-c", TRY, *left, timeout_s=20.0, env=env)
        told = [*_told(answer.out)]
        yield from told
        left = left[len(told) :]
        if left:
            why = f"the interpreter ended ({answer.why})"
            yield Import(left.pop(0), error=why)


def _told(out: str) -> Iterator[Import]:
    for row in out.splitlines():
        if row.startswith("{"):
            yield Import(**json.loads(row))


def _wanted(device: Device) -> tuple[str, ...]:
    if device.config is None:
        return ()
    names: list[str] = []
    if device.config.camera.source == "picamera2":
        names += ["numpy", "libcamera", "pykms", "picamera2"]
    if device.config.turnstile.source == "gpio":
        names.append("lgpio")
    return (*names, *READERS.get(device.config.scanner.decoder, ("pyzbar.pyzbar",)))


def _judged(device: Device, tried: dict[str, Import]) -> Iterator[Finding]:
    yield from _camera(device, tried)
    lgpio = tried.get("lgpio")
    if lgpio is not None and "lgd-nfy" in lgpio.error:
        yield FOLDER.found(lgpio.error)
    elif lgpio is not None and lgpio.missing == "lgpio":
        yield LGPIO.found(lgpio.error)
    elif lgpio is not None and lgpio.error:
        yield BINDINGS.found(f"lgpio: {lgpio.error}")
    elif lgpio is not None and lgpio.empty:
        yield STUB.found(f"{lgpio.file} is empty", python=device.python)
    zbar, zxing = tried.get("pyzbar.pyzbar"), tried.get("zxingcpp")
    if zbar is not None and zbar.error:
        package = "libzbar0" if device.release in {"bullseye", "bookworm"} else "libzbar0t64"
        yield ZBAR.found(zbar.error, package=package)
    if zxing is not None and zxing.error:
        yield ZXING.found(zxing.error, python=device.python)


def _camera(device: Device, tried: dict[str, Import]) -> Iterator[Finding]:
    """One finding for the camera's stack: what stands lowest in it is the cause of the rest."""
    stack = [tried[name] for name in ("numpy", "libcamera", "pykms", "picamera2") if name in tried]
    failed = [it for it in stack if it.error]
    if not failed:
        return
    first = failed[0]
    abi = next((it for it in failed if "dtype size changed" in it.error), None)
    # pykms counts only where picamera2 wants it: newer ones do without.
    real = [it for it in failed if it.name != "pykms"]
    if abi is not None or first.name == "numpy":
        yield NUMPY.found((abi or first).error, python=device.python)
    elif any(it.missing == "pykms" for it in real):
        yield PYKMS.found(first.error)
    elif any(it.missing == it.name for it in real):
        yield LIBCAMERA.found("; ".join(it.error for it in real if it.missing == it.name))
    elif real:
        yield BINDINGS.found(f"{real[0].name}: {real[0].error}")
