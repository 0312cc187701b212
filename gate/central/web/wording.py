"""Every text of the page, in Indonesian and English: `texts.toml`, one line each."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "texts.toml"

_PREFERENCE = re.compile(
    r"\s*([a-zA-Z]{1,8})(?:-[a-zA-Z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?"
)


class Language(StrEnum):
    """In the order in which they stand in the table."""

    INDONESIAN = "id"
    ENGLISH = "en"


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Each text by its key."""
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    column = list(Language).index(language)
    return {key: both[column] for key, both in table.items()}


def language_of(chosen: str, accepted: str) -> Language:
    """The reader's language: what they have chosen here, else what their browser prefers.

    `accepted` is an Accept-Language (RFC 9110 section 12.5.4); whatever it is not is passed over.
    """
    if chosen in [*Language]:
        return Language(chosen)
    wanted: dict[str, float] = {}
    for part in accepted[:200].split(","):
        if said := _PREFERENCE.fullmatch(part):
            name, weight = said[1].lower(), float(said[2] or 1)
            wanted[name] = max(wanted.get(name, 0.0), weight)
    weights = {language: wanted.get(language, 0.0) for language in Language}
    return max(weights, key=lambda language: weights[language])
