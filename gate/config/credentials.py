"""Secrets by name: `credential:mqtt.password` in the place of a path.

They lie in a folder that root alone may read. A unit with `LoadCredential=gate:` and that folder
copies them at its start to where nobody but the service can read them, and names that place in
CREDENTIALS_DIRECTORY (systemd.exec(5), Credentials); each has the name of the unit's line in front.
What is not started by such a unit, such as `gate check` by root, reads them where they lie.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from gate.places import Places

PREFIX = "credential:"

FOLDER = Places().credentials

_HANDED_ON = "gate_"
"""What systemd puts before the names of what it finds in the folder of `LoadCredential=gate:`."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def place(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the secret of this name is to be read; None where it is no name of one."""
    if not _NAME.fullmatch(name):
        return None
    handed_on = environ.get("CREDENTIALS_DIRECTORY")
    return Path(handed_on, _HANDED_ON + name) if handed_on else FOLDER / name


def name_at(path: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """The name of the secret that is to be read there; None for any other path."""
    name = path.name.removeprefix(_HANDED_ON) if "CREDENTIALS_DIRECTORY" in environ else path.name
    return name if place(name, environ) == path else None
