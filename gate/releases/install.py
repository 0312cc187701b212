"""Making a release and bringing it into use: offline, and such that no power cut leaves half of it.

The order of the steps is what keeps the promise:

1. What an earlier cut left half made is removed.
2. A virtual environment is made in the folder where it stays, and filled by pip from the given
   wheels alone; each must have the hash that the list says.
3. All of it is on the disk before the file `complete` makes it a release.
4. `before` says what was in use; then `current` changes, in one step.

Who calls `install`, `activate` or `prune` holds `exclusive`: never two at once.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.durable import Disk
from gate.process import Runner
from gate.releases.layout import Layout, Made, ordered

LOCK_FILE = "requirements.lock"
"""Beside the wheels: name==version --hash=sha256:..., one package a line."""

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""A release is made with the system's Python: numpy, picamera2 and lgpio come from apt with it."""

KEPT = 3
"""Releases that stay on the disk."""

VENV_S = 600.0
PIP_S = 1800.0
"""Seconds; a Pi Zero 2 W with a slow card needs a few minutes."""


class ReleaseError(Exception):
    """A release cannot be made or used; the text says why, and the way out."""


class BusyError(ReleaseError):
    """Somebody else is at it."""


@contextmanager
def exclusive(layout: Layout) -> Iterator[None]:
    """Be the only one who changes releases. Raises BusyError, OSError.

    The lock goes with its process, however that ends. What is made is there to be read by the
    gate's own user, whatever the umask of who calls this.
    """
    umask = os.umask(0o022)
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        with _locked(layout):
            yield
    finally:
        os.umask(umask)


@contextmanager
def _locked(layout: Layout) -> Iterator[None]:
    with layout.lock.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "A release is being made or tried at this moment. Wait for its end:"
                " gate update --status"
            ) from None
        yield


def install(
    wheels: Path,
    version: str,
    disk: Disk,
    run: Runner,
    root: Path = Path("/"),
    *,
    python: Path = SYSTEM_PYTHON,
) -> str:
    """Make the release of `version` from a folder of wheels; gives its name.

    One that was made of the same packages by the same Python is there already. Raises
    ReleaseError, with nothing changed but what was half made; OSError of the disk.
    """
    layout = Layout(root)
    wanted = Made(_checked(version), _hash_of(wheels / LOCK_FILE), python_version(python, run))
    disk.make_folder(layout.releases)
    for rest in layout.half_made():
        disk.remove(rest)
    name = _free_name(layout, wanted)
    if layout.made(name) == wanted:
        return name
    folder = layout.folder(name)
    disk.remove(folder)
    try:
        _make(folder, wheels, python, run)
    except ReleaseError:
        disk.remove(folder)
        raise
    disk.sync(folder)
    disk.write(layout.complete(name), wanted.as_json())
    return name


def activate(name: str, disk: Disk, root: Path = Path("/")) -> None:
    """Have the release run from the next start of the daemon on. Raises ReleaseError, OSError."""
    layout = Layout(root)
    if layout.made(name) is None:
        raise ReleaseError(f"{name}: not a complete release in {layout.releases}")
    now = layout.in_use()
    if now == name:
        return
    if now is not None:
        disk.write(layout.before(name), now.encode("ascii") + b"\n")
    disk.link(layout.current, Path("releases") / name)


def prove(name: str, disk: Disk, root: Path = Path("/")) -> None:
    """Have the release be the one that updates the next. Raises OSError."""
    disk.link(Layout(root).proven, Path("releases") / name)


def prune(
    disk: Disk, root: Path = Path("/"), *, kept: int = KEPT, unwanted: str | None = None
) -> list[str]:
    """Remove the oldest releases until so many are left, and the `unwanted` one before; gives
    those that went. Raises OSError.

    What is in use, what was before it and what is proven stay.
    """
    layout = Layout(root)
    for rest in layout.half_made():
        disk.remove(rest)
    now = layout.in_use()
    needed = {now, layout.trusted(), layout.previous(now) if now else None}
    names = layout.names()
    spare = sorted((it for it in names if it not in needed), key=lambda it: it != unwanted)
    most = max(len(names) - kept, int(unwanted in spare))
    gone = spare[:most]
    for name in gone:
        disk.remove(layout.folder(name))
    return gone


def _make(folder: Path, wheels: Path, python: Path, run: Runner) -> None:
    made = run(python, "-m", "venv", "--system-site-packages", folder, timeout_s=VENV_S)
    if not made.ok:
        raise ReleaseError(
            f"no virtual environment: {made.why}. Where venv is missing: apt install python3-venv"
        )
    # Nothing of the site's pip counts (piwheels is in /etc/pip.conf of a Raspberry Pi), and what
    # apt has is not taken for installed: apt may remove it.
    offline = ("env", "PIP_CONFIG_FILE=/dev/null", folder / "bin/python", "-m", "pip", "install")
    filled = run(
        *offline,
        *("--isolated", "--no-index", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--ignore-installed", "--no-cache-dir", "--no-input", "--disable-pip-version-check"),
        *("--root-user-action=ignore", "--quiet"),
        *("--find-links", wheels, "--requirement", wheels / LOCK_FILE),
        timeout_s=PIP_S,
    )
    if not filled.ok:
        raise ReleaseError(f"the packages were not taken: {filled.why}")


def _checked(version: str) -> str:
    try:
        ordered(version)
    except ValueError as error:
        raise ReleaseError(str(error)) from None
    return version


def _hash_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}") from error


def python_version(python: Path, run: Runner) -> str:
    """Which Python this is, such as 3.13. Raises ReleaseError."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    said = run(python, "-c", script, timeout_s=60.0)
    if not said.ok:
        raise ReleaseError(f"{python} does not run: {said.why}")
    return said.out.strip()


def _free_name(layout: Layout, wanted: Made) -> str:
    """What the release is called: one that is in use, or may be needed, keeps its folder."""
    now = layout.in_use()
    needed = layout.led_to() | ({layout.previous(now)} if now else set())
    name, number = wanted.version, 1
    while layout.made(name) != wanted and name in needed:
        number += 1
        name = f"{wanted.version}~{number}"
    return name
