"""What was taken over last, so that only a change of the card is one. Pure."""

from collections.abc import Mapping
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, ValidationError

RECORD = "etc/gate/provisioned.json"
"""0600: by its digest somebody could try a short password out."""


class Record(BaseModel):
    """What stood on the card afterwards, when the secrets had left it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seen: str = ""
    """The digest of it."""
    names: tuple[str, ...] = ()
    """What lay beside the small file and was part of it."""
    camera: str = "auto"
    restarted_for: str = ""
    """The config.txt that the machine was restarted for: for none is it twice."""

    def kept(self) -> bytes:
        """For the disk."""
        return self.model_dump_json().encode()


def record_in(data: bytes | None) -> Record:
    """The record in a file; one that nothing is known in where there is none."""
    try:
        return Record.model_validate_json(data or b"{}")
    except ValidationError:
        return Record()


def seen(small: bytes, names: tuple[str, ...], files: Mapping[str, bytes | None]) -> str:
    """What the small file and what lies beside it are known by."""
    whole = sha256(sha256(small).digest())
    for name in sorted(names):
        data = files.get(name)
        whole.update(name.encode() + b"\0")
        whole.update(b"-" if data is None else sha256(data).digest())
    return whole.hexdigest()
