"""Power cuts: what a disk holds afterwards, from what was done to its files before.

1. What was written to a file before its last sync is there.
2. Each sector of 512 bytes written since then is drawn: as it was (lost), as it was made last
   (kept) or earlier (older), or torn, a part of each. The size is one of those the file had.
3. A name is there for good after a sync of the directory, which SQLite does with the first sync of
   a log or journal. Until then a new file may be missing and a deleted one be back.
4. Shared memory (`-shm`) is gone; it is no file of the recording.

A card that loses what it has promised to keep is beyond this, and beyond any database.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from drivers.simulated.disk import Change, Deleted, Synced, Truncated, Wrote

SECTOR = 512

_FATES = ("lost", "older", "kept", "torn")
_MOODS = ((1, 1, 1, 1), (0, 0, 1, 0), (1, 0, 0, 0), (0, 0, 30, 1), (30, 0, 0, 1))
"""How likely each fate is; one of these for each file and cut, else nothing whole would come by."""


@dataclass(slots=True)
class _File:
    """One file: what is on the disk for sure, and what was done since."""

    synced: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    since: dict[int, list[bytes]] = field(default_factory=dict)
    """Sector number -> what it was made since the last sync, in order."""
    sizes: list[int] = field(default_factory=list)
    named: bool = False
    """The directory on the disk has it."""

    def write(self, at: int, contents: bytes) -> None:
        end = at + len(contents)
        self.now.extend(bytes(max(0, end - len(self.now))))
        self.now[at:end] = contents
        self.sizes.append(len(self.now))
        for sector in range(at // SECTOR, (end + SECTOR - 1) // SECTOR):
            self.since.setdefault(sector, []).append(_sector(self.now, sector))

    def truncate(self, size: int) -> None:
        del self.now[size:]
        self.sizes.append(len(self.now))

    def sync(self) -> None:
        self.synced = bytes(self.now)
        self.since.clear()
        self.sizes.clear()

    def after_a_cut(self, draw: Random, seen: Counter[str]) -> bytes:
        sizes = (len(self.synced), *self.sizes)
        size = draw.choice((sizes[-1], draw.choice(sizes)))
        image = bytearray(self.synced[:size].ljust(size, b"\0"))
        fates = draw.choices(_FATES, weights=draw.choice(_MOODS), k=len(self.since))
        for fate, (sector, states) in zip(fates, self.since.items(), strict=True):
            old = _sector(self.synced, sector)
            if sector * SECTOR >= len(self.synced) and draw.random() < 0.25:
                old = draw.randbytes(SECTOR)  # what an earlier file left there
            seen[fate] += 1
            begin = sector * SECTOR
            image[begin : begin + SECTOR] = _fallen(fate, old, states, draw)
        return bytes(image[:size])


@dataclass(slots=True)
class Platter:
    """A disk with the files of one directory; `note` what is done to them."""

    files: dict[str, _File] = field(default_factory=dict)
    gone: dict[str, _File] = field(default_factory=dict)
    """Deleted, but the directory on the disk may still have them."""

    @classmethod
    def holding(cls, contents: Mapping[str, bytes]) -> "Platter":
        """A disk on which these files have been for long."""
        return cls(
            {
                name: _File(synced=held, now=bytearray(held), named=True)
                for name, held in contents.items()
            }
        )

    def note(self, change: Change) -> None:
        """The next thing that was done."""
        match change:
            case Wrote(name, at, contents):
                self.files.setdefault(name, _File()).write(at, contents)
            case Truncated(name, size):
                self.files.setdefault(name, _File()).truncate(size)
            case Synced(name):
                file = self.files.setdefault(name, _File())
                file.sync()
                if not file.named and name.endswith(("-wal", "-journal")):
                    self._sync_directory()
            case Deleted(name, durable):
                file = self.files.pop(name, _File())
                if file.named:
                    self.gone[name] = file
                if durable:
                    self._sync_directory()

    def after_a_cut(self, draw: Random, seen: Counter[str]) -> dict[str, bytes]:
        """The power goes now: one of the many ways in which the disk may look then.

        `seen` counts what happened to sectors and to names.
        """
        found: dict[str, bytes] = {}
        for name in sorted({*self.files, *self.gone}):
            file = self.files.get(name)
            if file is None or not (file.named or draw.random() < 0.5):
                file = self.gone.get(name)
                if file is None or draw.random() < 0.5:
                    seen["missing"] += 1
                    continue
                seen["back"] += 1
            found[name] = file.after_a_cut(draw, seen)
        return found

    def _sync_directory(self) -> None:
        self.gone.clear()
        for file in self.files.values():
            file.named = True


def _sector(contents: bytes | bytearray, number: int) -> bytes:
    begin = number * SECTOR
    return bytes(contents[begin : begin + SECTOR]).ljust(SECTOR, b"\0")


def _fallen(fate: str, old: bytes, states: list[bytes], draw: Random) -> bytes:
    match fate:
        case "lost":
            return old
        case "kept":
            return states[-1]
        case "older":
            return draw.choice(states)
        case _:
            one, other = draw.sample((old, states[-1]), 2)
            at = draw.randrange(1, SECTOR)
            return one[:at] + other[at:]
