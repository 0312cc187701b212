"""Who may sign in: a file of names and Argon2 hashes (RFC 9106) that only its owner may read.

    {"users": {"anna": "$argon2id$v=19$m=65536,t=3,p=4$..."}}

Written by `gate central user`. A change counts at once; a file that has become unreadable changes
nothing, and is told in the log.
"""

import json
import logging
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

log = logging.getLogger(__name__)

SHORTEST = 12
LONGEST = 128
"""Characters of a password."""
MOST_BYTES = 65_536
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

_hasher = PasswordHasher()  # the library's profile: the RFC's second choice, 64 MiB
_NOBODY = _hasher.hash("nobody has this name")
"""An unknown name takes as long as a known one."""


class UsersError(Exception):
    """The users cannot be used; the text says the way out."""


class Users:
    """The users in the file at `path`, as it is now. Raises `UsersError` where it is none yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _mark(path)
        self._hashes = read_users(path)
        if not self._hashes:
            raise UsersError(_first(path))

    def hash_of(self, name: str) -> str | None:
        """What the password of `name` is checked with now; None: no such user."""
        mark = _mark(self._path)
        if mark != self._seen:
            self._seen = mark
            try:
                self._hashes = read_users(self._path)
            except UsersError as error:
                log.error("users as before: %s", error)  # noqa: TRY400 - the text is all of it
        return self._hashes.get(name)

    def check(self, name: str, password: str) -> str | None:
        """The hash, where name and password belong together. Takes some 50 ms by intention."""
        expected = self.hash_of(name)
        try:
            _hasher.verify(expected or _NOBODY, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return None
        return expected


def read_users(path: Path) -> Mapping[str, str]:
    """Names and hashes; none where there is no file yet. Raises `UsersError`."""
    try:
        with path.open("rb") as file:
            mode, data = os.fstat(file.fileno()).st_mode, file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsersError(
            f"{path}: cannot be read ({error.strerror}). It belongs to the user that central runs "
            "as: run `gate central user` as that one."
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsersError(f"{path}: others may read or write it. Run: chmod 600 {path}")
    try:
        users = json.loads(data)["users"]
        fine = all(
            NAME.fullmatch(name) and one.startswith("$argon2id$") for name, one in users.items()
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        fine = False
    if not fine:
        raise UsersError(
            f"{path}: is not a file of users. Move it away and make the users anew: "
            f"gate central user NAME --users {path}"
        )
    return dict(users)


def set_password(path: Path, name: str, password: str) -> bool:
    """Make the user, or give it another password; whether it is new. Raises `UsersError`."""
    if not NAME.fullmatch(name):
        raise UsersError(f"name {name!r:.40}: up to 32 of a-z 0-9 . _ -, a letter or digit first")
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsersError(f"a password has {SHORTEST} to {LONGEST} characters; three words will do")
    if not password.isprintable():
        raise UsersError("a password is one line, without control characters")
    users = read_users(path)
    _write(path, {**users, name: _hasher.hash(password)})
    return name not in users


def remove_user(path: Path, name: str) -> None:
    """Take a user away; whose sessions end. Raises `UsersError`."""
    users = read_users(path)
    if name not in users:
        raise UsersError(f"{path}: has no user {name!r:.40}")
    if len(users) == 1:
        raise UsersError(f"{name} is the last user of the page: make another one first")
    _write(path, {other: one for other, one in users.items() if other != name})


def _write(path: Path, users: Mapping[str, str]) -> None:
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            if os.geteuid() == 0 and path.exists():  # root helps; the file stays its owner's
                os.fchown(file.fileno(), path.stat().st_uid, path.stat().st_gid)
            json.dump({"users": users}, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise UsersError(f"{error.filename}: {error.strerror}") from error


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _first(path: Path) -> str:
    return (
        f"{path}: nobody can sign in yet. Make the first user on this machine: "
        f"gate central user NAME --users {path}"
    )
