"""The files that the configuration names: whether they can be read, and the secret in one."""

import stat
from pathlib import Path

MAX_SECRET_BYTES = 1024


def file_fault(path: Path) -> str | None:
    """Why `path` is not a file that can be read, in a few words; None where it is."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            return "is not a file"
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return "does not exist"
    except (OSError, ValueError) as error:
        return _cannot(error)


def folder_fault(path: Path) -> str | None:
    """Why `path` is not a folder, in a few words; None where it is."""
    try:
        return None if stat.S_ISDIR(path.stat().st_mode) else "is not a folder"
    except FileNotFoundError:
        return "does not exist"
    except (OSError, ValueError) as error:
        return _cannot(error)


def read_secret(path: Path) -> str:
    """The only line of the file at `path`. Raises OSError, or ValueError with a sentence."""
    with path.open("rb") as file:
        data = file.read(MAX_SECRET_BYTES + 1)
    if len(data) > MAX_SECRET_BYTES:
        raise ValueError(f"is larger than {MAX_SECRET_BYTES} bytes")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None  # the cause holds the secret
    if len(lines) != 1 or not lines[0]:
        raise ValueError(f"holds {len(lines)} lines instead of the one with the secret")
    return lines[0]


def _cannot(error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read ({reason or 'its name is not possible here'})"
