"""The Wi-Fi code that telephones show: `WIFI:T:WPA;S:name;P:password;;`. Pure.

The format is a custom, not a standard: the wiki of ZXing ("Barcode Contents", "Wi-Fi Network
config") describes it, iOS and Android write it, WPA3's specification (section 7) adds SAE. What is
taken here: fields in any order and each once, `\\` before `\\ ; , : "`, a value in quotes, no field
nobody knows. Bytes of a password are never quoted in a refusal.
"""

import re
from dataclasses import dataclass

from gate.setup.code import Code, Rejected

PREFIX = b"WIFI:"
LONGEST_TEXT = 512

_FIELDS = re.compile(r"(?:([A-Z0-9]{1,3}):((?:[^\\;]|\\.)*);)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^\\"]|\\.)*)"', re.DOTALL)
_TO_ESCAPE = re.compile(r'([\\;,:"])')
_KNOWN = {"T", "S", "P", "H"}
_WITHOUT_EFFECT = {"R", "K"}
"""Of WPA3's specification: hints for a telephone."""
_ENTERPRISE = {"E", "A", "I", "PH2"}
_PASSPHRASE = re.compile(r"[ -~]{8,63}|[0-9A-Fa-f]{64}")
_WPA = {"WPA", "WPA2", "WPA3", "WPA/WPA2", "WPA2/WPA3"}


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network to join."""

    ssid: str
    password: str | None
    """None where it is open."""
    hidden: bool = False
    sae: bool = False
    """WPA3 alone."""


def is_wifi(text: bytes) -> bool:
    """Whether somebody holds up a Wi-Fi code."""
    return text[: len(PREFIX)].upper() == PREFIX


def read_wifi(text: bytes) -> Wifi | Rejected:
    """The network in a code, or why it is none that a gate can join."""
    if len(text) > LONGEST_TEXT:
        return _malformed(f"{len(text)} bytes")
    try:
        said = text[len(PREFIX) :].decode()
    except UnicodeDecodeError:
        return _malformed("it is not UTF-8")
    if not said.isprintable():
        return _malformed("there are control characters in it")
    fields = _fields(said)
    if isinstance(fields, Rejected):
        return fields
    return _network(fields)


def write_wifi(wifi: Wifi) -> str:
    """The code of a network; what `read_wifi` takes, and a telephone too."""
    kind = "nopass" if wifi.password is None else "SAE" if wifi.sae else "WPA"
    fields = {"T": kind, "S": _escaped(wifi.ssid)}
    if wifi.password is not None:
        fields["P"] = _escaped(wifi.password)
    if wifi.hidden:
        fields["H"] = "true"
    return PREFIX.decode() + "".join(f"{name}:{value};" for name, value in fields.items()) + ";"


def _fields(said: str) -> dict[str, str] | Rejected:
    fields: dict[str, str] = {}
    at = 0
    while found := _FIELDS.match(said, at):
        name, value = found.groups()
        if name in fields:
            return _malformed(f"{name} stands in it twice")
        fields[name] = value
        at = found.end()
    if said[at:] not in {"", ";"}:
        return _malformed("it does not end with ;;")
    if _ENTERPRISE & fields.keys() or fields.get("T", "").upper().endswith("EAP"):
        return Rejected(
            Code.NOT_TAKEN_HERE, "a network with user names (802.1X) is set up by hand: nmcli"
        )
    if unknown := fields.keys() - _KNOWN - _WITHOUT_EFFECT:
        return _malformed(f"field {min(unknown)} is not known")
    return fields


def _network(fields: dict[str, str]) -> Wifi | Rejected:
    kind, hidden = fields.get("T", "").upper(), fields.get("H", "false").lower()
    ssid, password = _plain(fields.get("S", "")), _plain(fields.get("P", ""))
    if not 1 <= len(ssid.encode()) <= 32:
        return _malformed("a network has a name of 1 to 32 bytes")
    if hidden not in {"true", "false"}:
        return _malformed("H is true or false")
    if kind == "WEP":
        return Rejected(
            Code.NOT_TAKEN_HERE, "WEP protects nothing: set the access point to WPA2 or WPA3"
        )
    if kind in {"", "NOPASS"}:
        if password:
            return _malformed("a password, and T does not say what for")
        return Wifi(ssid, None, hidden == "true")
    if kind not in {*_WPA, "SAE"}:
        return _malformed("T is WPA, SAE or nopass")
    if not _PASSPHRASE.fullmatch(password):
        return _malformed("a password has 8 to 63 characters of ASCII, or 64 hex digits")
    return Wifi(ssid, password, hidden == "true", sae=kind == "SAE")


def _plain(value: str) -> str:
    """A value without its escapes, and without the quotes that tell a text from hex digits."""
    quoted = _QUOTED.fullmatch(value)
    return _ESCAPED.sub(r"\1", quoted[1] if quoted else value)


def _escaped(value: str) -> str:
    return _TO_ESCAPE.sub(r"\\\1", value)


def _malformed(detail: str) -> Rejected:
    return Rejected(Code.MALFORMED, detail)
