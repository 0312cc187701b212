"""What is to be done to a device, as values that can be kept on its disk.

A list of steps is carried out in order, may end after any of them, and is then carried out again
from its beginning: each is the same the second time. `gate.provision.carrying` does that.
"""

from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Value(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Put(_Value):
    """Put a file in the place of the one that may be there."""

    kind: Literal["put"] = "put"
    path: str
    """Below the root of the device; with `card`, below the FAT partition."""
    data: bytes = Field(repr=False)
    mode: int = 0o644
    group: str = "root"
    card: bool = False
    was: str | None = None
    """Only where the file there has this digest: somebody may have changed it meanwhile."""


class Folder(_Value):
    """Make a folder of root's."""

    kind: Literal["folder"] = "folder"
    path: str
    mode: int


class Link(_Value):
    """Make a symbolic link, in the place of the one that may be there."""

    kind: Literal["link"] = "link"
    path: str
    target: str


class Gone(_Value):
    """Remove a file, if it is there."""

    kind: Literal["gone"] = "gone"
    path: str
    card: bool = False
    was: str | None = None


class Run(_Value):
    """Have the running system know of it. One that fails is told, and keeps nothing back."""

    kind: Literal["run"] = "run"
    command: tuple[str, ...]
    tell: bool = True
    """Whether it is told where it fails; not where it fails at each boot, since who would hear it
    does not run yet."""


Step = Annotated[Put | Folder | Link | Gone | Run, Field(discriminator="kind")]


class Steps(_Value):
    """All of them, as they are kept."""

    form: Literal[1] = 1
    """A release that knows another form gives them up."""
    steps: tuple[Step, ...]
    done: tuple[str, ...]
    """What they come to, for the log."""

    def kept(self) -> bytes:
        """For the disk. It holds secrets."""
        return self.model_dump_json().encode()


def digest(data: bytes) -> str:
    """What a file is known by."""
    return sha256(data).hexdigest()
