"""The sections that say what the whole device needs: machine, network, what it is to know."""

import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gate.config.fields import SECRET, Section

STORED = "(stored on the device)"
"""In the place of a secret: keep what the device has."""

_BESIDE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def is_content(text: str) -> bool:
    """Whether a value of `[secrets]` is the document itself, and not the name of a file."""
    return text.lstrip().startswith(("-----BEGIN ", "{"))


def _document(text: str) -> str:
    if text != STORED and not is_content(text) and not _BESIDE.fullmatch(text):
        raise PydanticCustomError("document", "is no document")
    return text


def _ssid(text: str) -> str:
    if not 1 <= len(text.encode()) <= 32 or not text.isprintable():
        raise PydanticCustomError("ssid", "is no name of a network")
    return text


def _zone(name: str) -> str:
    if not _is_zone(name) and _is_zone("UTC"):  # a laptop may know none at all: the device looks
        raise PydanticCustomError("zone", "is no time zone")
    return name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


class Device(Section):
    """The machine itself."""

    name: str | None = Field(
        None,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="Host name. Without it, it stays as it is.",
        json_schema_extra={"form": "a host name: a-z, 0-9 and -, up to 63 characters"},
        examples=["gate-t01-a"],
    )
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}$",
        description="Time zone of its clock on the wall. Without it, it stays as it is.",
        json_schema_extra={"form": "a name of the IANA time zone database"},
        examples=["Asia/Jakarta"],
    )
    wifi_country: str | None = Field(
        None,
        pattern=r"^[A-Z]{2}$",
        description="Whose rules the radio keeps. A Raspberry Pi leaves Wi-Fi off without it.",
        json_schema_extra={"form": "two capital letters (ISO 3166), like ID"},
        examples=["ID"],
    )
    camera: Literal["auto", "imx219", "imx296", "imx378", "imx477", "imx708", "ov5647"] = Field(
        "auto",
        description="auto: the firmware looks which camera is there. A name: that sensor, for a"
        " camera that is not found by itself.",
    )


class Wifi(Section):
    """The wireless network. Leave the section out where a cable is."""

    ssid: Annotated[str, AfterValidator(_ssid)] = Field(
        description="Name of the network.",
        json_schema_extra={"form": "the name of a network, 1 to 32 bytes"},
        examples=["mall-gates"],
    )
    password: str | None = Field(
        None,
        repr=False,
        pattern=r"^([ -~]{8,63}|[0-9A-Fa-f]{64})$",
        description="Password of the network (WPA2, WPA3). Without it the network is an open one.",
        json_schema_extra={**SECRET, "form": "8 to 63 letters, digits and signs of ASCII"},
        examples=["correct horse battery"],
    )
    hidden: bool = Field(default=False, description="Whether the network does not tell its name.")


_PEM: dict[str, Any] = {"form": "a text that begins with -----BEGIN, or the name of a file beside"}
_JWKS: dict[str, Any] = {"form": 'a text like {"keys": [...]}, or the name of a file beside'}

Document = Annotated[str, AfterValidator(_document)]


class Secrets(Section):
    """What the gate is to know. Each may be the text itself, or the name of a file beside this one.

    What is secret here is taken off the card once it is stored: its line then says so.
    """

    mqtt_password: str | None = Field(
        None,
        repr=False,
        pattern=r"^[^\x00-\x1f\x7f\u{85}\u{feff}\u{2028}\u{2029}]{1,256}$",
        description="Password at the broker: the text itself. Goes with [mqtt] user.",
        json_schema_extra={**SECRET, "form": "a text of 1 to 256 characters in one line"},
        examples=["a long word"],
    )
    mqtt_ca: Document | None = Field(
        None,
        description="Certificate of the authority that signed the broker's. Switches TLS on.",
        json_schema_extra=_PEM,
        examples=["ca.pem"],
    )
    mqtt_cert: Document | None = Field(
        None,
        description="Certificate of this gate. Goes with mqtt_key.",
        json_schema_extra=_PEM,
        examples=["gate.pem"],
    )
    mqtt_key: Document | None = Field(
        None,
        repr=False,
        description="Private key of that certificate. Better leave both out: with mqtt_ca alone the"
        " device makes a key that never leaves it, and writes gate.csr here for the site's"
        " authority to sign.",
        json_schema_extra={**SECRET, **_PEM},
        examples=["gate.key"],
    )
    keys: Document | None = Field(
        None,
        description="Public keys of those who issue passes.",
        json_schema_extra=_JWKS,
        examples=["keys.json"],
    )
    root: Document | None = Field(
        None,
        description="Public key of the site: keys that it has signed are taken from central.",
        json_schema_extra=_JWKS,
        examples=["root.json"],
    )
    operators: Document | None = Field(
        None,
        description="Public keys of those whose commands are obeyed.",
        json_schema_extra=_JWKS,
        examples=["operators.json"],
    )
    update_keys: Document | None = Field(
        None,
        description="Public keys of those whose updates are taken.",
        json_schema_extra=_JWKS,
        examples=["update-keys.json"],
    )
    setup_keys: Document | None = Field(
        None,
        description="Public keys of those whose set-up codes are taken.",
        json_schema_extra=_JWKS,
        examples=["setup-keys.json"],
    )
