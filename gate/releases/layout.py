"""Where the releases are, what they are called, and which one is in use.

    /opt/gate/releases/0.2.0/     a virtual environment; a release once its file `complete` is there
    /opt/gate/current             -> releases/0.2.0   what runs
    /opt/gate/proven              -> releases/0.1.0   the newest that has shown that it works here

Both links name the same release but while another one is on trial. Who updates runs the proven one.

A release's folder bears its version. Where one of that version has to be made again while it is in
use (its Python has gone with an upgrade of the system), the new one gets `~2` behind it: what is in
use is never taken apart.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.places import Places

VERSION = re.compile(r"(\d{1,6}(?:\.\d{1,6}){0,3})(?:rc(\d{1,6}))?", re.ASCII)
"""Numbers with dots, of a release candidate with `rcN` behind them."""

LONGEST_VERSION = 40
"""Characters."""

_NAME = re.compile(r"([0-9.rc]+)(?:~\d{1,6})?", re.ASCII)

Ordered = tuple[tuple[int, ...], int]
"""Compares as versions do."""


def ordered(version: str) -> Ordered:
    """What a version is compared by. Raises ValueError where it is none."""
    found = VERSION.fullmatch(version)
    if found is None or len(version) > LONGEST_VERSION:
        raise ValueError(f"{version!r:.60} is no version: 1.2.3, or 1.2.3rc1")
    numbers = tuple(int(number) for number in found[1].split("."))
    candidate = int(found[2]) if found[2] else 1_000_000
    return numbers + (0,) * (4 - len(numbers)), candidate


def version_of(name: str) -> str:
    """The version of the release with this name. Raises ValueError where it is no release's."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r:.60} is no release's name")
    ordered(found[1])
    return found[1]


@dataclass(frozen=True, slots=True)
class Made:
    """What the file `complete` says of a release."""

    version: str
    lock: str
    """SHA-256 of the list of packages that it was made from, in hex."""
    python: str
    """The Python that it was made with, such as 3.13: it runs with no other."""

    def as_json(self) -> bytes:
        """The file's content."""
        said = {"version": self.version, "lock": self.lock, "python": self.python}
        return json.dumps(said).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """The releases of the device whose file system begins at `root`."""

    root: Path = Path("/")

    @property
    def home(self) -> Path:
        """All that is ours."""
        return self.root / "opt/gate"

    @property
    def releases(self) -> Path:
        """A folder for each."""
        return Places(self.root).releases

    @property
    def current(self) -> Path:
        """The link to what runs."""
        return Places(self.root).current

    @property
    def proven(self) -> Path:
        """The link to the newest that has shown that it works here."""
        return self.home / "proven"

    @property
    def under_way(self) -> Path:
        """What is known of an update that has not ended (`gate.releases.state`)."""
        return self.home / "update.json"

    @property
    def asked(self) -> Path:
        """The folder of the bundle that somebody handed in, where its service can read it."""
        return self.home / "asked"

    @property
    def incoming(self) -> Path:
        """What was unpacked from a bundle."""
        return self.home / "incoming"

    @property
    def lock(self) -> Path:
        """Held by who changes any of this (`gate.releases.install.exclusive`)."""
        return self.home / "lock"

    def folder(self, name: str) -> Path:
        """Where the release is."""
        return self.releases / name

    def python(self, name: str) -> Path:
        """Its Python, started as `bin/python -m gate`."""
        return self.folder(name) / "bin/python"

    def complete(self, name: str) -> Path:
        """The file that makes a folder a release."""
        return self.folder(name) / "complete"

    def before(self, name: str) -> Path:
        """The file with the name of the release that was in use before this one."""
        return self.folder(name) / "before"

    def made(self, name: str) -> Made | None:
        """How a release was made; None where there is no complete one of that name."""
        try:
            said = json.loads(self.complete(name).read_bytes())
            return Made(str(said["version"]), str(said["lock"]), str(said["python"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def names(self) -> list[str]:
        """The complete releases, the oldest version first."""
        found = (path.name for path in _below(self.releases) if _NAME.fullmatch(path.name))
        return sorted(filter(self.made, found), key=lambda it: (ordered(version_of(it)), it))

    def half_made(self) -> list[Path]:
        """What a power cut has left: folders without `complete`, and those that were going."""
        kept = {*self.names(), *self.led_to()}
        return [path for path in _below(self.releases) if path.name not in kept]

    def led_to(self) -> set[str]:
        """The names that `current` and `proven` lead to, whatever is there."""
        links = (_target(link) for link in (self.current, self.proven))
        return {name for name in links if name is not None}

    def in_use(self) -> str | None:
        """The release that `current` leads to; None where it leads to none."""
        return self._led_to(self.current)

    def trusted(self) -> str | None:
        """The release that `proven` leads to, else the one in use."""
        return self._led_to(self.proven) or self.in_use()

    def previous(self, name: str) -> str | None:
        """The release that was in use before `name`, where it is still there."""
        try:
            before = self.before(name).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        return before if before != name and _NAME.fullmatch(before) and self.made(before) else None

    def _led_to(self, link: Path) -> str | None:
        name = _target(link)
        return name if name and _NAME.fullmatch(name) and self.made(name) else None


def _target(link: Path) -> str | None:
    try:
        return link.readlink().name
    except OSError:
        return None


def _below(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
