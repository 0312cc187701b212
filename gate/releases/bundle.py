"""An update bundle: one file (`*.gateup`) with a release's packages, signed offline.

It is a tar archive (POSIX ustar), so that anybody can look into one with `tar tvf`, but it is not
read as one. There is exactly one way to write a bundle:

1. First the member `manifest`: a COSE_Sign1 (`gate.sign1`) over version, architecture, Pythons,
   the oldest version that it may be installed over, and name, size and SHA-256 of every file.
2. Then these files in the order of the manifest, each with the header that follows from its name
   and size: a plain file, nobody's, of no time. Then two empty blocks, and the end.

So after the manifest every byte is known before it is read, and whatever is different (a path, a
link, one more member, a flipped bit, a file cut short) is not a bundle that somebody has signed.
"""

import hashlib
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Any, BinaryIO

from gate.keys import KeySet
from gate.model import Utc
from gate.releases.install import LOCK_FILE, ReleaseError
from gate.releases.layout import ordered
from gate.sign1 import check_signature, open_envelope, read_claims, seal

SUFFIX = ".gateup"
CONTEXT = b"aman.update/1"
"""What the signature is for."""

ANY = "all"
"""The architecture of a bundle that every machine may take."""

MAX_MANIFEST = 60_000
MAX_FILES = 200
MAX_FILE = 24 * 2**20
MAX_TOTAL = 160 * 2**20
"""Bytes. A file is held in memory while it is checked."""

_BLOCK = 512
_MANIFEST = "manifest"
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,94}\.whl", re.ASCII)
_ARCH = re.compile(r"[a-z0-9]{2,16}", re.ASCII)
_PYTHON = re.compile(r"3\.\d{1,3}", re.ASCII)


class BundleError(ReleaseError):
    """Not a bundle for this device; the text says why, and the way out."""


class Claim(IntEnum):
    """What a manifest says (RFC 8392 section 3.1, and four of our own)."""

    IAT = 6
    VERSION = -70020
    ARCH = -70021
    PYTHONS = -70022
    MINIMUM = -70023
    FILES = -70024


_KINDS: dict[int, type] = {
    Claim.IAT: int,
    Claim.VERSION: str,
    Claim.ARCH: str,
    Claim.PYTHONS: list,
    Claim.MINIMUM: str,
    Claim.FILES: list,
}


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a bundle."""

    name: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a bundle, and whom it is for."""

    version: str
    arch: str
    """As dpkg calls it, or `all`."""
    pythons: tuple[str, ...]
    """Such as 3.11 and 3.13: it has the packages for each of them."""
    minimum: str
    """The oldest version that it may be installed over."""
    made_at: int
    """Unix seconds."""
    files: tuple[Packed, ...]

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def file_name(self) -> str:
        """What the bundle is called."""
        return f"aman-gate-{self.version}-{self.arch}{SUFFIX}"


def write_bundle(
    into: BinaryIO, manifest: Manifest, contents: Mapping[str, bytes], key: Mapping[str, str]
) -> None:
    """Write the bundle of these files, signed with the private `key`.

    Raises ValueError where no device would take it.
    """
    claims: dict[int, object] = {
        Claim.IAT: manifest.made_at,
        Claim.VERSION: manifest.version,
        Claim.ARCH: manifest.arch,
        Claim.PYTHONS: list(manifest.pythons),
        Claim.MINIMUM: manifest.minimum,
        Claim.FILES: [[file.name, file.size, file.sha256] for file in manifest.files],
    }
    _manifest_of(claims)
    signed = seal(claims, key, CONTEXT)
    if len(signed) > MAX_MANIFEST:
        raise ValueError(f"a manifest of {len(signed)} bytes; up to {MAX_MANIFEST} are taken")
    for name, data in (
        (_MANIFEST, signed),
        *((it.name, contents[it.name]) for it in manifest.files),
    ):
        into.write(_header(name, len(data)) + data + _padding(len(data)))
    into.write(bytes(2 * _BLOCK))


def packed(contents: Mapping[str, bytes]) -> tuple[Packed, ...]:
    """The files as a manifest has them."""
    return tuple(
        Packed(name, len(data), hashlib.sha256(data).digest())
        for name, data in sorted(contents.items())
    )


def read_manifest(file: BinaryIO, keys: KeySet | None) -> Manifest:
    """The manifest of the bundle that begins here, signed by one of `keys`.

    Keys count whatever the time is: a gate whose clock is lost needs updates, too. None: by
    whomever it is signed, for people who look at it. Raises BundleError.
    """
    size = _size_said(_taken(file, _BLOCK, at_begin=True))
    signed = _taken(file, size)
    if _taken(file, -size % _BLOCK) != _padding(size):
        raise BundleError(_DAMAGED)
    try:
        envelope = open_envelope(signed, CONTEXT)
        unsigned = check_signature(envelope, keys, Utc(0), inf) if keys is not None else None
        if unsigned is None:
            return _manifest_of(read_claims(envelope, _KINDS))
    except ValueError as error:
        raise BundleError(f"its manifest is none: {error}. {_AGAIN}") from error
    if unsigned.code == "bad_signature":
        raise BundleError(f"its signature is wrong: it was altered or damaged. {_AGAIN}")
    raise BundleError(
        f"it is signed by a key that this device does not know ({unsigned.detail}). The keys in"
        " /etc/gate/update-keys.json are those that may sign; take a bundle signed by one of them."
    )


def read_files(file: BinaryIO, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """The files of the bundle whose manifest was just read from `file`, each as it was signed.

    Nothing of it counts before the last has come: only then is the end checked. Raises BundleError.
    """
    for it in manifest.files:
        if _taken(file, _BLOCK) != _header(it.name, it.size):
            raise BundleError(_DAMAGED)
        data = _taken(file, it.size)
        if hashlib.sha256(data).digest() != it.sha256:
            raise BundleError(f"{it.name} in it is damaged. {_AGAIN}")
        if _taken(file, -it.size % _BLOCK) != _padding(it.size):
            raise BundleError(_DAMAGED)
        yield it.name, data
    if _taken(file, 2 * _BLOCK) != bytes(2 * _BLOCK) or file.read(1):
        raise BundleError(_DAMAGED)


def unfit(
    manifest: Manifest, *, over: str | None, arch: str, python: str, allow_downgrade: bool
) -> str | None:
    """Why this device may not have it; None where it may.

    `over` is the version that is in use. That this is another one is for the caller to see.
    """
    if manifest.arch not in {ANY, arch}:
        return f"it is for {manifest.arch}, and this device is {arch}: take the bundle for {arch}"
    if python not in manifest.pythons:
        has = " and ".join(manifest.pythons)
        return f"it is for Python {has}, and this system has {python}: make one for {python}"
    if over is None:
        return None
    if ordered(over) < ordered(manifest.minimum):
        return (
            f"it may be installed over {manifest.minimum} or newer, and {over} is in use:"
            f" update to {manifest.minimum} first"
        )
    if ordered(manifest.version) < ordered(over) and not allow_downgrade:
        return (
            f"it is older than what is in use ({over}). gate rollback goes back to what was there"
            " before; gate update --allow-downgrade installs an older one"
        )
    return None


_AGAIN = "Copy the file again, and compare it with the one that was made (gate release show)."
_DAMAGED = f"the file is damaged or was altered. {_AGAIN}"


def _manifest_of(claims: Mapping[Any, Any]) -> Manifest:
    """The claims as a manifest. Raises ValueError."""
    if missing := [claim.name.lower() for claim in Claim if claim not in claims]:
        raise ValueError(f"without {', '.join(missing)}")
    version, minimum = claims[Claim.VERSION], claims[Claim.MINIMUM]
    ordered(version), ordered(minimum)
    if not _ARCH.fullmatch(claims[Claim.ARCH]):
        raise ValueError("an architecture that is none")
    pythons = claims[Claim.PYTHONS]
    if not pythons or not all(isinstance(it, str) and _PYTHON.fullmatch(it) for it in pythons):
        raise ValueError("Pythons that are none")
    files = tuple(_files_of(claims[Claim.FILES]))
    names = [file.name for file in files]
    if len(names) > MAX_FILES or len({*names}) != len(names):
        raise ValueError(f"more than {MAX_FILES} files, or two of one name")
    if sum(file.size for file in files) > MAX_TOTAL:
        raise ValueError(f"more than {MAX_TOTAL} bytes")
    if LOCK_FILE not in names or not any(it.startswith(f"aman_gate-{version}-") for it in names):
        raise ValueError(f"without {LOCK_FILE} or the program itself")
    made_at = claims[Claim.IAT]
    return Manifest(version, claims[Claim.ARCH], tuple(pythons), minimum, made_at, files)


def _files_of(claimed: Sequence[object]) -> Iterator[Packed]:
    for one in claimed:
        match one:
            case [str(name), int(size), bytes(sha256)] if len(sha256) == 32:
                if name != LOCK_FILE and not _FILE.fullmatch(name):
                    raise ValueError("a file that is no package")
                if isinstance(size, bool) or not 0 <= size <= MAX_FILE:
                    raise ValueError(f"a file of more than {MAX_FILE} bytes")
                yield Packed(name, size, sha256)
            case _:
                raise ValueError("a file without name, size or hash")


def _header(name: str, size: int) -> bytes:
    """The only header that a member of this name and size may have."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _size_said(header: bytes) -> int:
    """How long the manifest is, from its header."""
    digits = header[124:135]
    size = int(digits, 8) if re.fullmatch(rb"[0-7]{11}", digits) else 0
    if not 0 < size <= MAX_MANIFEST or header != _header(_MANIFEST, size):
        raise BundleError(f"not an update bundle. {_AGAIN}")
    return size


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _taken(file: BinaryIO, size: int, *, at_begin: bool = False) -> bytes:
    data = file.read(size) if size else b""
    if len(data) != size:
        why = "not an update bundle" if at_begin else "the file is cut short"
        raise BundleError(f"{why}. {_AGAIN}")
    return data
