"""What a Raspberry Pi needs of its card and its packages, whichever gate it is."""

import stat
from pathlib import Path

from gate.durable import Disk
from gate.places import Places
from gate.process import Runner
from gate.provision import boot_config
from gate.provision.held import STATUS, to_hold

LARGEST = 1_048_576
"""Of a file that is read, in bytes."""


def boot_lines(places: Places, disk: Disk, camera: str, done: list[str]) -> bool:
    """Have config.txt say what a gate needs. Whether it has changed; raises OSError."""
    data = content(places.boot_config, LARGEST)
    if data is None:  # no Raspberry Pi
        return False
    text = data.decode("latin-1")
    new = boot_config.with_lines(text, boot_config.wanted(camera))
    if new == text:
        return False
    backup = places.boot / boot_config.BACKUP
    if not backup.exists():
        disk.write(backup, data)
    disk.write(places.boot_config, new.encode("latin-1"))
    done.append(f"config.txt: the gate's lines stand in it; before, it was {backup.name}")
    return True


def hold(places: Places, run: Runner, done: list[str]) -> None:
    """Hold packages that no upgrade may touch.

    It is no fault where that cannot be: a package is being installed, and the next start does it.
    """
    try:
        status = (places.root / STATUS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    packages = [*to_hold(status)]
    if not packages:
        return
    if (finished := run("apt-mark", "hold", *packages)).ok:
        done.append(f"Held, so that no upgrade breaks the camera: {', '.join(packages)}")
    else:
        done.append(f"Not held yet ({finished.why}): {', '.join(packages)}")


def content(path: Path, largest: int) -> bytes | None:
    """What is in a file, up to one byte more than it may hold; None where there is no file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(largest + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
