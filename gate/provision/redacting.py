"""Taking secrets off the card: their lines then say that they are stored. Pure."""

import tomllib
from collections.abc import Iterable

from gate.config.text import toml_value
from gate.provision.sections import STORED
from gate.provision.toml_places import Keys, places_in

_MARK = b"\xef\xbb\xbf"


def redacted(data: bytes, secrets: Iterable[Keys]) -> bytes:
    """A good small file without the values of these keys; all else is as it was, remarks too.

    Raises AssertionError rather than leave a secret, or say another thing than before.
    """
    text = data.decode("utf-8-sig")
    places, gone = places_in(text), [*secrets]
    for place in sorted((places[keys] for keys in gone), key=lambda it: -it.begin):
        text = text[: place.begin] + toml_value(STORED) + text[place.end :]
    before, after = tomllib.loads(data.decode("utf-8-sig")), tomllib.loads(text)
    for *tables, key in gone:
        table = before
        for name in tables:
            table = table[name]
        table[key] = STORED
    assert after == before, "the rest of the file must say the same"  # noqa: S101 - a bug, if ever
    return (_MARK if data.startswith(_MARK) else b"") + text.encode()
