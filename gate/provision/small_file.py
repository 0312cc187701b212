"""The one file that a technician writes: `gate.toml` on the FAT partition.

It is the gate's own configuration (any section of config/gate.toml) with three sections more, which
say what the whole device needs. Places on the device are not the technician's business: what
`[secrets]` brings, the provisioner stores, and says in the daemon's configuration where.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, ValidationError

from gate.config import Config, ConfigError, Problem
from gate.config.draft import draft
from gate.config.fields import SECRET
from gate.config.problems import problems_of
from gate.config.rules import broken_rules
from gate.config.text import bare, toml_value
from gate.config.toml import decoded
from gate.places import Places
from gate.provision.mistakes import Reading, located, read_all
from gate.provision.sections import STORED, Device, Secrets, Wifi

__all__ = ["END", "FROM_SECRETS", "NAME", "OWN", "STORED", "SmallFile", "read", "written"]

NAME = Places().small_file.name

END = "# end"
"""The last line of a file that announces it: without it, the file was cut while it was copied."""

HEAD = f'# Which gate this is (docs/provisioning.md). The last line of this file is "{END}".'

FROM_SECRETS = {
    ("mqtt", "password_file"): "mqtt_password",
    ("mqtt", "ca_file"): "mqtt_ca",
    ("mqtt", "cert_file"): "mqtt_cert",
    ("mqtt", "key_file"): "mqtt_key",
    ("mqtt", "operators"): "operators",
    ("passes", "keys"): "keys",
    ("passes", "root"): "root",
}
"""Keys of the daemon's configuration whose files the provisioner stores, and what brings each."""

_ANNOUNCED = re.compile(rf'#[^\n]*last line of this file is "{END}"')


class SmallFile(Config):
    """What the file says: every key by itself and with the others is right."""

    REFERENCE: ClassVar[str] = "config/gate-card.toml"

    device: Device
    wifi: Wifi | None = Field(None, json_schema_extra=SECRET)
    secrets: Secrets = Field(json_schema_extra=SECRET)


FOLDER = Places().settings
"""Where paths of the file begin: where the daemon's configuration will be."""

OWN = ("device", "wifi", "secrets")
"""The sections that the daemon does not know."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A file, and what is wrong with it by itself."""

    file: SmallFile
    """With holes in the place of what is wrong: ask with `known`."""
    problems: tuple[Problem, ...]
    reading: Reading

    @property
    def secrets(self) -> Secrets | None:
        """What it brings, as far as that can be read; None where one cannot know."""
        secrets: Secrets | None = known(self.file, "secrets")
        return None if self.reading.problems else secrets

    def told(self, more: Iterable[Problem] = ()) -> tuple[Problem, ...]:
        """Everything wrong, with the line of each key."""
        return located([*self.problems, *more], self.reading)


def known(table: Any, *keys: str) -> Any:
    """What is at these keys; None where there is nothing, or a hole."""
    for key in keys:
        table = getattr(table, key, None)
    return table


def read(data: bytes) -> SmallFile:
    """What the bytes of such a file say. Raises `ConfigError` with every mistake and its place.

    Nothing of this machine is looked at: the file may be on a laptop, for any device.
    """
    examined = examine(data)
    if examined.problems:
        raise ConfigError(examined.told())
    return examined.file


def examine(data: bytes) -> Examined:
    """The same without an error: what is right, and what is wrong."""
    try:
        text = decoded(data)
    except ConfigError as error:
        return Examined(_empty(), error.problems, Reading({}, error.problems, ""))
    if cut := _cut(text):
        return Examined(_empty(), (cut,), Reading({}, (cut,), ""))
    reading = read_all(text)
    problems = [*reading.problems]
    left_out: dict[str, Any] = {
        name: {} for name, it in SmallFile.model_fields.items() if it.is_required()
    }
    tables = {**left_out, **reading.tables}
    try:
        file = SmallFile.model_validate(tables, context={"folder": FOLDER})
    except ValidationError as error:
        problems += problems_of(error, SmallFile, missing=not reading.problems)
        file = draft(SmallFile, tables, folder=FOLDER)
    if not reading.problems:  # else a rule would miss what could not be read
        problems += broken_rules(file, holes=bool(problems), here=False)
        problems += _broken_rules(file, tables)
    return Examined(file, tuple(problems), reading)


def _empty() -> SmallFile:
    """Nothing but holes."""
    return SmallFile.model_construct(_fields_set=set())


def written(**sections: Mapping[str, Any]) -> bytes:
    """Such a file: a section for each argument. Raises `ConfigError` where it would be no good one.

    Its lines end as Windows wants them, and it ends with the line that says that it is whole.
    """
    lines = [HEAD]
    for section, keys in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{bare(key)} = {_value(it)}" for key, it in keys.items() if it is not None]
    data = "\n".join([*lines, "", END, ""]).replace("\n", "\r\n").encode()
    read(data)
    return data


def _value(value: Any) -> str:
    """A document of several lines as it is, so that a person recognises it."""
    if not isinstance(value, str) or "\n" not in value:
        return toml_value(value)
    plain = value.replace("\n", "").isprintable() and "'''" not in value
    return f"'''\n{value}'''" if plain and not value.endswith("'") else toml_value(value)


def _cut(text: str) -> Problem | None:
    """Whether the file ends before its end."""
    copy = "It was cut while it was copied: copy it again, and have the card ejected."
    if not text.strip():
        return Problem("the file", "is empty", copy)
    rows = text.strip().splitlines()
    if _ANNOUNCED.match(rows[0]) and rows[-1].strip() != END:
        return Problem(f"line {len(rows)}", f'is the last one, and is not "{END}"', copy)
    return None


def _broken_rules(file: SmallFile, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """What is between the keys of this file. Where a key is wrong by itself, there is a hole."""
    for (section, key), secret in FROM_SECRETS.items():
        if isinstance(told := tables.get(section), dict) and key in told:
            what = "is the device's business: it chooses the place itself"
            yield Problem(f"{section}.{key}", what, f"Write [secrets] {secret} instead.")
    device, mqtt = known(file, "device"), known(file, "mqtt")
    if known(file, "wifi") and device and getattr(device, "wifi_country", "?") is None:
        what = "is missing, and a Raspberry Pi leaves Wi-Fi off without it"
        yield Problem("device.wifi_country", what, 'Add it, for example wifi_country = "ID".')
    secrets = known(file, "secrets")
    if secrets is None or mqtt is None:
        return
    said = {name: getattr(secrets, name, "?") is not None for name in Secrets.model_fields}
    if said["mqtt_password"] and getattr(mqtt, "user", "?") is None:
        yield Problem(
            "mqtt.user", "is missing, and secrets.mqtt_password needs it", "Add the user."
        )
    if said["mqtt_cert"] and not said["mqtt_key"]:
        what = "is missing, and mqtt_cert needs it"
        way_out = "Add the key; or take mqtt_cert out, and have the device make a key (gate.csr)."
        yield Problem("secrets.mqtt_key", what, way_out)
    if said["mqtt_key"] and not said["mqtt_cert"]:
        what = "is missing, and mqtt_key needs it"
        yield Problem("secrets.mqtt_cert", what, "Add the certificate.")
    if said["mqtt_key"] and not said["mqtt_ca"]:
        what = "is missing, so TLS is off and nothing reads the other certificate"
        yield Problem("secrets.mqtt_ca", what, "Add the authority's certificate.")
