"""Where keys stand: against the standard library, which knows what their values are."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.config.text import bare, toml_value
from gate.provision.toml_places import places_in

EXAMPLE = '''\
# remark with a [section] and a = "key"
top = 1
[wifi]\r
ssid = "a # b" # remark = 2
password = """two
lines with = and [x] and "quotes""""
  hidden   =true
[secrets]
key = \'\'\'
-----BEGIN PRIVATE KEY-----
\'\'\'
list = [ [1, 2], { a = "]" }, # ]
  "}", \'\'\'x\'\'\'' ]
[turnstile]
relay = { pin = 17, active.level = "high" }
"quoted key".'other one' = 1979-05-27 07:32:00
[ a . "b" ]
[[many]]
x = 1
[[many]]
x = 2
'''


def test_each_key_has_the_line_and_the_column_where_it_stands() -> None:
    found = places_in(EXAMPLE)
    assert str(found["top",]) == "line 2, column 1"
    assert str(found["wifi",]) == "line 3, column 1"
    assert str(found["wifi", "hidden"]) == "line 7, column 3"
    assert str(found["turnstile", "relay", "pin"]) == "line 15, column 11"
    assert str(found["turnstile", "relay", "active", "level"]) == "line 15, column 21"
    assert str(found["turnstile", "quoted key", "other one"]) == "line 16, column 1"
    assert str(found["a", "b"]) == "line 17, column 1"
    assert str(found["many", "x"]) == "line 19, column 1"


def test_each_value_is_found_from_its_first_to_its_last_character() -> None:
    tables, found = tomllib.loads(EXAMPLE), places_in(EXAMPLE)
    for keys, place in found.items():
        written = EXAMPLE[place.begin : place.end]
        if written and keys in {
            ("top",),
            *((s, k) for s in ("wifi", "secrets") for k in tables[s]),
        }:
            value: Any = tables
            for key in keys:
                value = value[key]
            assert tomllib.loads(f"it = {written}")["it"] == value, keys


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
SCALARS = st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


@settings(max_examples=25)
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_whatever_is_written_is_found_again(document: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = []
    for section, keys in document.items():
        lines += [f"[{bare(section)}]  # ]", *(f"{bare(k)} = {toml_value(keys[k])}" for k in keys)]
    text = "\r\n".join(lines)
    found = places_in(text)
    for section, keys in document.items():
        for key, value in keys.items():
            place = found[section, key]
            assert tomllib.loads(f"it = {text[place.begin : place.end]}") == {"it": value}
            row = text.split("\n")[place.line - 1]
            assert row[place.column - 1 :].startswith(bare(key))


@pytest.mark.parametrize("depth", [100, 20_000])
def test_what_is_too_deep_has_no_place_and_does_no_harm(depth: int) -> None:
    assert "a" in {
        keys[0] for keys in places_in("a = 1\nb = " + "{b = " * depth + "1" + "}" * depth)
    }
