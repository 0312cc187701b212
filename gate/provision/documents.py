"""What `[secrets]` brings: each document whole and of its kind, from wherever it is.

Pure but for the key that a device makes for itself (`gate.provision.enrolment`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from gate.config import Problem
from gate.config.text import toml_value
from gate.keys import MAX_FILE_BYTES, KeysError, parse_keys
from gate.places import Places
from gate.provision.enrolment import certificate_fault, key_fault
from gate.provision.sections import STORED, Secrets, is_content

_DEVICE = Places()
PLACES: Mapping[str, str] = {
    name: str(PurePosixPath(path).relative_to("/"))
    for name, path in {
        "mqtt_password": _DEVICE.mqtt_password,
        "mqtt_ca": _DEVICE.ca,
        "mqtt_cert": _DEVICE.certificate,
        "mqtt_key": _DEVICE.private_key,
        "keys": _DEVICE.keys,
        "root": _DEVICE.root_key,
        "operators": _DEVICE.operators,
        "update_keys": _DEVICE.update_keys,
        "setup_keys": _DEVICE.setup_keys,
    }.items()
}
"""Where each document is on a device, below its root."""

SECRET = ("mqtt_password", "mqtt_key")
"""What does not stay on the card."""

Beside = Callable[[str], bytes | None]
"""The content of a file that lies beside the small one; None where there is none."""


@dataclass(frozen=True, slots=True)
class Document:
    """One that the file names."""

    data: bytes
    beside: str | None = None
    """The name of the file that it is from."""
    stored: bool = False
    """It is the device's already."""


def documents(
    secrets: Secrets | None, beside: Beside, found: Mapping[str, bytes] | None
) -> tuple[dict[str, Document], list[Problem]]:
    """What the file names, and what is wrong with it.

    `found` is what the device has, by path; None where this is no device, and nobody knows.
    `secrets` may have holes, where a key is wrong by itself.
    """
    named: dict[str, Document] = {}
    problems: list[Problem] = []
    for name in PLACES:
        value = getattr(secrets, name, None)
        if value is None:
            continue
        document = _document(name, value, beside, found)
        if isinstance(document, Problem):
            problems.append(document)
        elif document is not None:
            named[name] = document
            problems += _faults(name, document)
    if secrets is not None:
        problems += _between(named, secrets, found)
    return named, problems


def _document(
    name: str, value: str, beside: Beside, found: Mapping[str, bytes] | None
) -> Document | Problem | None:
    path = f"secrets.{name}"
    if value == STORED:
        if found is None:
            return None
        if PLACES[name] not in found:
            what = f'reads "{STORED}", and there is none on this device'
            return Problem(path, what, "Write it there, or the name of a file beside this one.")
        return Document(found[PLACES[name]], stored=True)
    if name == "mqtt_password":
        return Document(f"{value}\n".encode())
    if is_content(value):
        return Document(value.encode())
    data = beside(value)
    if data is None:
        what = f"{toml_value(value)} is not there"
        return Problem(path, what, "Copy the file to the card, beside this one.")
    return Document(data, beside=value)


def _faults(name: str, document: Document) -> Iterator[Problem]:
    """What is wrong with one by itself. No word of a secret is repeated."""
    path, source = f"secrets.{name}", document.beside or "what stands there"
    if name == "mqtt_password":
        return
    if len(document.data) > MAX_FILE_BYTES:
        what = f"{source} is larger than {MAX_FILE_BYTES} bytes"
        yield Problem(path, what, "Is it the right file?")
    elif name == "mqtt_key":
        if fault := key_fault(document.data):
            yield Problem(path, f"{source} {fault}", "Copy the file of the authority again, whole.")
    elif name.startswith("mqtt_") and b"PRIVATE KEY" in document.data:
        what = f"{source} holds a private key, too, and would stay on the card with it"
        yield Problem(path, what, "Copy a file with certificates alone; the key is mqtt_key.")
    elif name.startswith("mqtt_"):
        if fault := certificate_fault(document.data):
            yield Problem(path, f"{source} {fault}", "Copy the file of the authority again, whole.")
    else:
        try:
            parse_keys(document.data, source=source)
        except KeysError as error:
            for line in str(error).splitlines():
                what, _, way_out = line.partition(". ")
                yield Problem(path, what, way_out)


def _between(
    named: Mapping[str, Document], secrets: Secrets, found: Mapping[str, bytes] | None
) -> Iterator[Problem]:
    if found is not None and getattr(secrets, "keys", "?") is None and PLACES["keys"] not in found:
        what = "is missing, and the device has no keys of those who issue passes"
        way_out = 'Add keys = "keys.json", and copy that file to the card.'
        yield Problem("secrets.keys", what, way_out)
    if (keys := named.get("keys")) and found and PLACES["keys"] in found:
        try:
            new, old = (
                parse_keys(data, source="").version for data in (keys.data, found[PLACES["keys"]])
            )
        except KeysError:
            return
        if new < old:
            what = f"has version {new}, and the device has version {old}: versions only go up"
            yield Problem("secrets.keys", what, "Copy the newest file of keys to the card.")
