"""Files that a verb is given, and those that it writes."""

from pathlib import Path

from gate.commands.failing import fail, fail_on_file
from gate.issuing import Jwk, signing_key
from gate.keys import MAX_FILE_BYTES


def read(path: Path, most: int) -> bytes:
    """The file, up to so many bytes."""
    with path.open("rb") as file:
        return file.read(most)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the file's place in one step: a reader sees the old or the new."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)


def signer_of(key: Path) -> Jwk:
    """The private key in a file; else says what is wrong with it, and ends the verb."""
    try:
        return signing_key(read(key, MAX_FILE_BYTES))
    except OSError as error:
        fail_on_file(error)
    except ValueError as error:
        fail(f"{key}: {error}")
