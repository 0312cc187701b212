"""The archive itself: parts in the order of their names, with a MANIFEST; no part too large."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_PART = 2 * 1024 * 1024
LARGEST = 16 * 1024 * 1024
"""Bytes of all parts together, unpacked: a text that comes through by mail."""

MANIFEST = "MANIFEST"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive."""

    name: str
    source: str
    """A path or a command."""
    text: str = ""
    missing: str = ""
    """Why there is none; empty where there is."""


def packed(parts: Sequence[Part], *, folder: str, now: int) -> bytes:
    """A tar.gz with these parts below `folder`. The same parts at the same moment: the same bytes.

    Of a part that is too large the end stays, where a log has its news; what does not fit at all is
    told in the MANIFEST. `now` is in unix seconds.
    """
    room, rows, files = LARGEST, [], []
    for part in sorted(parts, key=lambda part: part.name):
        if part.missing:
            rows.append(f"{part.name}\t-\t-\t{part.source}\tmissing: {part.missing}")
            continue
        whole = part.text.encode()
        data = whole[-min(LARGEST_PART, max(room, 0)) :] if room > 0 else b""
        room -= len(data)
        note = "" if len(data) == len(whole) else f"the last {len(data)} of {len(whole)} bytes"
        digest = hashlib.sha256(data).hexdigest()
        rows.append(f"{part.name}\t{len(data)}\t{digest}\t{part.source}\t{note}")
        files.append((part.name, data))
    head = "name\tbytes\tsha256\tsource\tnote"
    files.insert(0, (MANIFEST, "\n".join((head, *rows, "")).encode()))
    return _tar_gz(files, folder, now)


def _tar_gz(files: Sequence[tuple[str, bytes]], folder: str, now: int) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), now, 0o600
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(tar.getvalue(), mtime=now)
