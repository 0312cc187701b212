"""The place between SQLite and the operating system, opened up so that Python can stand in it.

SQLite reaches files through a VFS (https://sqlite.org/vfs.html): a table of functions in C. A copy
of the default one, with its own `xOpen` and `xDelete`, becomes the default; a file that it opens
below a tapped directory is the operating system's, with `xWrite`, `xTruncate`, `xSync` and `xClose`
taken out of its table of methods and replaced. `sqlite3.connect` and everything above it is
unchanged. All of it is ctypes on the library that `sqlite3` itself uses; no compiler is needed.

Locks and the shared memory of a write-ahead log are not touched: they are not on the disk.
"""

import ctypes
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)

NAME = b"tapped"
OK = sqlite3.SQLITE_OK
OPEN_READONLY, OPEN_READWRITE, OPEN_CREATE = 0x1, 0x2, 0x4


class Tap(Protocol):
    """Who stands between. Called in SQLite's threads, several at a time.

    Each method says how it went, as an SQLite result code; `go` does what SQLite asked for and
    returns its code. What is raised becomes SQLITE_IOERR. `file` is the name without a directory.
    """

    def open(self, file: str, flags: int, go: Callable[[int], int]) -> int:
        """A file is opened; `go` takes the flags (SQLITE_OPEN_...)."""

    def write(self, file: str, at: int, contents: bytes, go: Callable[[], int]) -> int:
        """Bytes are written at an offset."""

    def truncate(self, file: str, size: int, go: Callable[[], int]) -> int:
        """What is beyond `size` bytes is cut off."""

    def sync(self, file: str, go: Callable[[], int]) -> int:
        """What was written to the file has to be on the disk."""

    def delete(self, file: str, go: Callable[[], int], *, durable: bool) -> int:
        """A file is deleted; `durable`: the deletion itself has to be on the disk."""


class TapError(Exception):
    """This Python's SQLite cannot be tapped; the text says why."""


def install(folder: Path, tap: Tap) -> None:
    """Put `tap` between SQLite and the files in `folder` that are opened from now on.

    Raises TapError.
    """
    _switch().add(os.path.realpath(folder), tap)


def uninstall(folder: Path, tap: Tap) -> None:
    """Take `tap` away: files opened from now on are the operating system's again.

    A connection that is still open keeps it. Without the last one SQLite is as it was.
    """
    _switch().remove(os.path.realpath(folder), tap)


# --- sqlite3.h -------------------------------------------------------------------------------

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_Close = CFUNCTYPE(c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _Open),
        ("xDelete", _Delete),
        ("others", c_void_p * 14),  # xAccess to xNextSystemCall
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", _Close),
        ("xRead", c_void_p),
        ("xWrite", _Write),
        ("xTruncate", _Truncate),
        ("xSync", _Sync),
        ("others", c_void_p * 13),  # xFileSize to xUnfetch
    )


def _library() -> Any:
    """The SQLite that the standard library's `sqlite3` calls, whatever else is installed.

    Symbols are looked for in the extension module and in what that was linked to.
    """
    import _sqlite3  # noqa: PLC0415 - beside its only use

    library: Any = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        library.sqlite3_libversion.restype = c_char_p
        library.sqlite3_vfs_find.argtypes = (c_char_p,)
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        library.sqlite3_vfs_register.argtypes = (POINTER(_Vfs), c_int)
        library.sqlite3_vfs_unregister.argtypes = (POINTER(_Vfs),)
    except AttributeError as error:
        raise TapError(f"this Python hides its SQLite: {error}") from error
    if library.sqlite3_libversion().decode() != sqlite3.sqlite_version:
        raise TapError(f"the SQLite that was found is not the {sqlite3.sqlite_version} in use")
    return library


# --- in between ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """An open file: who taps it, its name, and the operating system's methods."""

    tap: Tap
    name: str
    methods: _Methods


class _Switch:
    """The VFS with taps. SQLite has one list of VFSs, so a process has one of these."""

    def __init__(self) -> None:
        self._library = _library()
        self._below = self._library.sqlite3_vfs_find(None)
        self._lock = threading.Lock()
        self._taps: dict[str, Tap] = {}
        self._files: dict[int, _File] = {}
        self._tables: dict[int, _Methods] = {}
        self._calls = {
            "xClose": _Close(_guarded(self._close)),
            "xWrite": _Write(_guarded(self._write)),
            "xTruncate": _Truncate(_guarded(self._truncate)),
            "xSync": _Sync(_guarded(self._sync)),
        }
        self._vfs = _Vfs.from_buffer_copy(self._below.contents)
        self._vfs.pNext = None
        self._vfs.zName = NAME
        self._vfs.xOpen = _Open(_guarded(self._open))
        self._vfs.xDelete = _Delete(_guarded(self._delete))

    def add(self, folder: str, tap: Tap) -> None:
        with self._lock:
            if folder in self._taps:
                raise TapError(f"{folder} is tapped already")
            self._taps = {**self._taps, folder: tap}
            self._library.sqlite3_vfs_register(self._vfs, 1)

    def remove(self, folder: str, tap: Tap) -> None:
        with self._lock:
            if self._taps.get(folder) is not tap:
                return
            self._taps = {known: it for known, it in self._taps.items() if known != folder}
            if not self._taps:
                self._library.sqlite3_vfs_unregister(self._vfs)
                self._library.sqlite3_vfs_register(self._below, 1)

    def _tapped(self, path: int | None) -> tuple[Tap | None, str]:
        """Who taps the file at this path (a C string), and the file's name."""
        if path is None:  # a temporary file
            return None, ""
        folder, name = os.path.split(os.fsdecode(ctypes.string_at(path)))
        return self._taps.get(folder), name

    def _open(self, _vfs: int, path: int | None, file: int, flags: int, opened: Any) -> int:
        # `path` goes on as the address that it is: SQLite keeps parameters behind the string.
        def go(flags: int) -> int:
            code: int = below.xOpen(self._below, path, file, flags, opened)
            return code

        below = self._below.contents
        methods = c_void_p.from_address(file)  # the first member of `sqlite3_file`
        methods.value = None  # nothing to close, if this fails
        tap, name = self._tapped(path)
        if tap is None:
            return go(flags)
        code = tap.open(name, flags, go)
        if code == OK and (table := c_void_p.from_address(file).value) is not None:
            with self._lock:
                self._files[file] = _File(tap, name, _Methods.from_address(table))
                methods.value = ctypes.addressof(self._table(table))
        return code

    def _table(self, original: int) -> _Methods:
        """A copy of the methods at that address with ours in it; one for each kind of file."""
        if original not in self._tables:
            table = _Methods.from_buffer_copy(_Methods.from_address(original))
            for name, call in self._calls.items():
                setattr(table, name, call)
            self._tables[original] = table
        return self._tables[original]

    def _delete(self, _vfs: int, path: int, directory: int) -> int:
        def go() -> int:
            code: int = self._below.contents.xDelete(self._below, path, directory)
            return code

        tap, name = self._tapped(path)
        return go() if tap is None else tap.delete(name, go, durable=bool(directory))

    def _close(self, file: int) -> int:
        with self._lock:
            closing = self._files.pop(file)
        return int(closing.methods.xClose(file))

    def _write(self, file: int, contents: int, size: int, at: int) -> int:
        known = self._files[file]
        return known.tap.write(
            known.name,
            at,
            ctypes.string_at(contents, size),
            lambda: int(known.methods.xWrite(file, contents, size, at)),
        )

    def _truncate(self, file: int, size: int) -> int:
        known = self._files[file]
        return known.tap.truncate(
            known.name, size, lambda: int(known.methods.xTruncate(file, size))
        )

    def _sync(self, file: int, flags: int) -> int:
        known = self._files[file]
        return known.tap.sync(known.name, lambda: int(known.methods.xSync(file, flags)))


@cache
def _switch() -> _Switch:
    """The one of this process. Never freed: SQLite may call it as long as a connection lives."""
    switch = _Switch()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(switch))
    return switch


def _guarded(call: Callable[..., int]) -> Callable[..., int]:
    """What is raised must not get lost: ctypes would print it and answer SQLITE_OK."""

    def guarded(*arguments: Any) -> int:
        try:
            return call(*arguments)
        except BaseException:
            log.exception("between SQLite and its files")
            return sqlite3.SQLITE_IOERR

    return guarded
