"""Every visible text stands in one table, in both languages, and each is used."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from gate.central.view import Condition
from gate.central.web import wording
from gate.central.web.site import STATUS
from gate.central.web.wording import TABLE, Language, language_of, texts
from gate.model import Alarm, Mode, Part
from gate.orders import Code, Verb

HERE = Path(wording.__file__).parent
SOURCES = [*(HERE / "templates").glob("*.html"), *(HERE / "static").glob("*.js")]
CENTRALS_ALARMS = {
    "release",
    "release_over",
    "unlisted",
    *re.findall(
        r"\balarm\(\s*\"(\w+)\"",
        "".join(path.read_text(encoding="utf-8") for path in (HERE.parent).glob("*.py")),
    ),
}
"""As its modules name them."""
CENTRALS_CODES = "unknown_venue unknown_gate out_of_range released offline no_answer disk"

GROUPS = {
    "condition_": [*Condition],
    "short_": [*Condition],
    "mode_": [*Mode],
    "part_": [*Part],
    "verb_": [*Verb],
    "alarm_": [*Alarm, *CENTRALS_ALARMS],
    "state_": ["online", "offline", "lost", "unknown"],
    "scan_": ["entry", "exit"],
    "code_": [*Code, *STATUS, *CENTRALS_CODES.split(), "gates_uncertain", "no_connection"],
}
"""Texts whose key is put together: the page has them by the value that it shows."""


def put_together() -> set[str]:
    keys = {group + value for group, values in GROUPS.items() for value in values}
    keys -= {"verb_mode"}  # its modes have texts
    explained = {f"{key}_text" for key in keys if key.startswith(("mode_", "verb_"))}
    return keys | explained | {f"code_{code}" for code in ("full", "closed", "out_of_service")}


def named_in_sources() -> set[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    html = re.findall(r"\bt\.([a-z_]+)", text)
    script = chain.from_iterable(
        re.findall(r'"([a-z_]+)"', call) for call in re.findall(r"\bword\(([^()]*)", text)
    )
    return set(html) | set(script)


@pytest.mark.parametrize("language", Language)
def test_every_text_that_is_used_is_there_and_every_text_that_is_there_is_used(
    language: Language,
) -> None:
    table = texts(language)
    assert set(table) == put_together() | named_in_sources()
    assert all(text.strip() for text in table.values())


def test_both_languages_have_the_same_blanks_and_are_two_languages() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert all(len(both) == len(Language) for both in table.values())
    blanks = {key: [sorted(re.findall(r"{\w+}", t)) for t in both] for key, both in table.items()}
    assert not [key for key, (one, other) in blanks.items() if one != other]
    same = {key for key, (one, other) in table.items() if one == other}
    assert same <= {"mode", "mode_normal", "part_broker", "confirm_title"}


def test_no_text_stands_in_the_pages_themselves() -> None:
    for path in (HERE / "templates").glob("*.html"):
        html = re.sub(
            r"{%.*?%}|{{.*?}}|<[^>]*>|{#.*?#}", " ", path.read_text(encoding="utf-8"), flags=re.S
        )
        words = set(re.findall(r"[A-Za-z]{2,}", html))
        assert words <= {"Aman", "Indonesia", "English"}, path


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("", "", "id"),
        ("", "en-US,en;q=0.9", "en"),
        ("", "en;q=0.5,id;q=0.8", "id"),
        ("", "id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", "id"),
        ("", "de,en;q=0.3", "en"),
        ("", "de", "id"),
        ("id", "en", "id"),
        ("en", "id", "en"),
        ("xx", "en", "en"),
        ("", ";;;q=,,en;q=9,\x00", "id"),
        ("", "en;q=0", "id"),
        ("", "en" * 5000, "id"),
    ],
)
def test_the_readers_language(chosen: str, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language
