"""Taking secrets out of text, in two ways that do not rely on each other. Pure.

1. By structure: what stands where a secret stands (a private key in PEM, the value of a key whose
   name says so, the private part of a JWK, a pass or a code held up to the camera, a password in an
   address), whatever its value is.
2. By value: what lies in the credentials folder, wherever it turns up, as it is or as it is written
   in JSON, in an address, in hex, or in base64 (a part of a longer base64 text, too).

Too much is taken out rather than too little: a line with `password:` in it loses its end.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import quote

REMOVED = "[removed]"
SHORTEST = 4
"""Bytes: a shorter secret would be found in every second word. By structure it is removed too."""
_SHORTEST_CODED = 6

_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_NAMED = re.compile(
    r"""(?P<key>[\w.-]*(?:password|passwd|passphrase|psk|secret|token|private[_-]?key|wep-key)[\w.-]*)
        (?P<between>\\?["']?[ \t]*[:=][ \t]*)
        (?P<value>\"{3}.*?(?:\"{3}|\Z) | '{3}.*?(?:'{3}|\Z)
          | \\?"(?:\\.|[^"\\\n])*\\?" | '[^'\n]*'
          | (?:null|true|false|[0-9.]+)(?=[\s,}\]]) | [^\n]+)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_OPTION = re.compile(r"(--?(?:password|passphrase|psk|pw|secret|token)[ =])\S+", re.IGNORECASE)
_JWK = re.compile(
    r"""(\\?["'](?:d|k|p|q|dp|dq|qi)\\?["']\s*:\s*\\?["'])[A-Za-z0-9_=-]{8,}""", re.VERBOSE
)
_PRIVATE = ("d", "k", "p", "q", "dp", "dq", "qi")
"""Members of a JWK that are secret (RFC 7518)."""

_ADDRESS = re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@")
_HELD_UP = re.compile(r"(AB1:|AS1:)[0-9A-Z $%*+./:-]+|WIFI:[^\n\"']*")
"""A pass, a set-up code (Base45), a Wi-Fi code."""


class Redactor:
    """Takes out what it knows to be secret, and what looks like it."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # The longest first: a secret that holds another one goes as a whole.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clean(self, text: str) -> str:
        """The text without secrets."""
        text = _PEM.sub("[private key removed]", text)
        text = _NAMED.sub(_without_value, text)
        text = _OPTION.sub(rf"\1{REMOVED}", text)
        text = _JWK.sub(rf"\1{REMOVED}", text)
        text = _ADDRESS.sub(rf"\1{REMOVED}@", text)
        text = _HELD_UP.sub("[code removed]", text)
        return text if self._values is None else self._values.sub(REMOVED, text)


def secrets_in(data: bytes) -> set[bytes]:
    """What of a file of secrets is to be looked for: the whole, and each line.

    A file that holds certificates alone has none. The lines of a key in PEM are secrets each; of
    JSON those are that `_PRIVATE` names.
    """
    if b"-----BEGIN CERTIFICATE-----" in data and b"PRIVATE KEY" not in data:
        return set()
    if data.lstrip().startswith((b"{", b"[")):
        with suppress(ValueError):
            return {value.encode() for value in _private_values(json.loads(data))}
    lines = [line.strip() for line in data.splitlines() if not line.startswith(b"-----")]
    return {data.strip(), *lines} - {b""}


def _private_values(value: object) -> Iterable[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key in _PRIVATE and isinstance(inner, str):
                    yield inner
                yield from _private_values(inner)
        case list():
            for inner in value:
                yield from _private_values(inner)


def _forms(secret: bytes) -> Iterable[str]:
    """Each way in which a secret may be written."""
    if len(secret) < SHORTEST:
        return
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        text = ""
    if text:
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        yield quote(text)
        yield quote(text, safe="")
    yield secret.hex()
    yield secret.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield from _in_base64(secret, encode)


def _in_base64(secret: bytes, encode: Callable[[bytes], bytes]) -> Iterable[str]:
    """What is always the same of its base64, wherever it begins in what was encoded."""
    for before in range(3):
        coded = encode(b"\0" * before + secret).decode()
        begin = (0, 2, 3)[before]
        end = len(coded.rstrip("=")) - (0 if (before + len(secret)) % 3 == 0 else 1)
        if end - begin >= _SHORTEST_CODED:
            yield coded[begin:end]


def _without_value(found: re.Match[str]) -> str:
    """A key that names a file stays: it says where the secret is, not what. So does none at all."""
    if found["key"].lower().endswith(("_file", "-file", "_files")):
        return found[0]
    if found["value"] in {"null", "true", "false"}:
        return found[0]
    value = found["value"]
    mark = '"' if value.startswith('"') else "'" if value.startswith("'") else ""
    return f"{found['key']}{found['between']}{mark}{REMOVED}{mark}"
