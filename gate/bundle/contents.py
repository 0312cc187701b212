"""What goes into the archive, and where it comes from. Each part may be missing on its own."""

import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from gate.bundle.archive import Part
from gate.bundle.database import summary
from gate.bundle.redaction import Redactor, secrets_in
from gate.places import Places
from gate.process import Runner
from gate.provision.sections import STORED
from gate.schema import StoreError
from gate.units import SERVICES

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of a file that are looked at: its end."""

KERNEL_LINES = 2000
JOURNAL_LINES = 20_000
COMMAND_S = 60.0

PACKAGES = (
    *("aman-gate", "python3", "python3-numpy", "python3-pil", "python3-lgpio", "python3-libcamera"),
    *("python3-picamera2", "libcamera0*", "libzbar0*", "raspi-firmware", "linux-image-*"),
)


def secrets_of(places: Places, more: Iterable[Path] = ()) -> set[bytes]:
    """Every secret that has a place of its own on this device, as far as this user may read it.

    `more` are files that hold nothing but a secret, wherever the configuration has them.
    """
    found: set[bytes] = set()
    for path in (*_files(places.credentials), *more):
        found |= secrets_in(_read(path))
    for path in _files(places.root / "etc/NetworkManager/system-connections"):
        for line in _read(path).splitlines():
            key, _, value = line.partition(b"=")
            if key.strip() in {b"psk", b"password", b"wep-key0"}:
                found.add(value.strip())
    return found | _of_the_small_file(_read(places.small_file))


def _of_the_small_file(data: bytes) -> set[bytes]:
    """As long as the provisioner has not taken them out of it."""
    try:
        tables = tomllib.loads(_text(data))
        said = [tables.get("wifi", {}).get("password"), *tables.get("secrets", {}).values()]
    except (ValueError, AttributeError, RecursionError):
        return set()
    keys = [it for it in said if isinstance(it, str) and "PRIVATE KEY" in it]
    words = [said[0], tables.get("secrets", {}).get("mqtt_password")]
    plain = {it.encode() for it in words if isinstance(it, str) and it and it != STORED}
    return plain.union(*(secrets_in(key.encode()) for key in keys))


def unreadable(places: Places) -> list[str]:
    """Secrets that this user may not read, and so cannot be looked for by value."""
    try:
        return [str(it) for it in places.credentials.iterdir() if it.is_file() and not _may(it)]
    except FileNotFoundError:
        return []
    except OSError:
        return [str(places.credentials)]


def parts_of(
    places: Places, config: Path, data: Path, run: Runner, *, secret_files: Iterable[Path] = ()
) -> Iterator[Part]:
    """All parts, without secrets. `data` is the folder of the database; see `secrets_of`."""
    redactor = Redactor(secrets_of(places, secret_files))
    for name, path in _texts(places, config):
        yield _file(name, path, redactor)
    for name, command in _commands(config):
        yield _said(name, command, run, redactor)
    yield _database(data / "gate.db", redactor)


def _texts(places: Places, config: Path) -> Iterator[tuple[str, Path]]:
    yield "config/gate.toml", config
    yield "config/small-file.toml", places.small_file
    yield "boot/config.txt", places.boot_config
    yield "boot/cmdline.txt", places.boot / "cmdline.txt"
    yield "boot/gate-provision.log", places.provision_log
    yield "boot/gate-update.log", places.update_log
    yield "system/os-release", places.root / "etc/os-release"
    yield "system/model", places.root / "proc/device-tree/model"
    yield "system/meminfo", places.root / "proc/meminfo"


def _commands(config: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    ours = (sys.executable, "-I", "-m", "gate")
    here = ("--config", str(config))
    yield "gate/doctor.json", (*ours, "doctor", "--json", *here)
    yield "gate/status.json", (*ours, "status", "--json", *here)
    yield "gate/check.txt", (*ours, "check", *here)
    yield "gate/pins.txt", (*ours, "pins", *here)
    yield "gate/python.txt", (sys.executable, "-I", "-m", "pip", "list", "--format=freeze")
    units = tuple(word for unit in SERVICES for word in ("-u", unit))
    lines = ("-n", str(JOURNAL_LINES), "-o", "short-iso", "--no-pager")
    yield "journal/units.txt", ("journalctl", *units, *lines)
    yield "journal/kernel.txt", ("journalctl", "-k", "-n", str(KERNEL_LINES), "--no-pager")
    yield "journal/dmesg.txt", ("dmesg", "--level=emerg,alert,crit,err,warn")
    yield "system/units.txt", ("systemctl", "status", "--no-pager", "-n0", *SERVICES)
    yield "system/units-as-configured.txt", ("systemctl", "cat", "--no-pager", *SERVICES)
    shown = "-f=${Package} ${Version} ${db:Status-Abbrev}\n"
    yield "system/packages.txt", ("dpkg-query", "-W", shown, *PACKAGES)
    yield "system/kernel.txt", ("uname", "-a")
    yield "system/throttled.txt", ("vcgencmd", "get_throttled")
    yield "system/cameras.txt", ("rpicam-hello", "--list-cameras")
    yield "system/time.txt", ("timedatectl", "show")
    yield "system/disk.txt", ("df", "-h")
    yield "system/network.txt", ("ip", "-brief", "address")


def _file(name: str, path: Path, redactor: Redactor) -> Part:
    try:
        data = _read(path, refuse=True)
    except OSError as error:
        return Part(name, str(path), missing=error.strerror or str(error))
    return Part(name, str(path), redactor.clean(_text(data)))


def _said(name: str, command: tuple[str, ...], run: Runner, redactor: Redactor) -> Part:
    """What a command says, also one that says that something is wrong (gate doctor, systemctl)."""
    done, source = run(*command, timeout_s=COMMAND_S), redactor.clean(" ".join(command).strip())
    source = source.replace("\n", "\\n")
    if not done.out.strip() and not done.ok:
        return Part(name, source, missing=redactor.clean(done.why))
    return Part(name, source, redactor.clean(done.out))


def _database(path: Path, redactor: Redactor) -> Part:
    try:
        return Part("database.txt", str(path), redactor.clean(summary(path)))
    except (StoreError, OSError, TypeError, AttributeError) as error:  # tables of another kind
        return Part("database.txt", str(path), missing=str(error))


def _read(path: Path, *, refuse: bool = False) -> bytes:
    """The end of a file; nothing where it may not be read, unless `refuse` asks for the OSError."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2) if path.stat().st_size else 0  # those of /proc have none
            file.seek(max(0, size - LARGEST_FILE))
            return file.read(LARGEST_FILE)
    except OSError:
        if refuse:
            raise
        return b""


def _text(data: bytes) -> str:
    """As a person reads it: between the bytes of UTF-16 ("Unicode", for an editor on Windows), no
    secret would be found."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace").replace("\0", "")


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []


def _may(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
