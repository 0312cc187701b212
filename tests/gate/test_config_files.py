"""The bytes of a configuration file, and of the files that it names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from gate.config import ConfigError, load, read_secret
from tests.gate.configs import (
    ROOT,
    Changes,
    every_key,
    problems_in,
    problems_of,
    setting,
    text_of,
)

# --- text that is no TOML -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "suggestion"),
    [
        ("[gate]\nid = t01-a\n", "line 2, column 6", "Text stands in double quotes"),
        ("[gate]\r\nid = t01-a\r\n", "line 2, column 6", "Text stands in double quotes"),
        ("[gate]\nid = \u201ct01-a\u201d\n", "line 2, column 6", "Take straight quotes"),
        ("[gate]\nid: 5\n", "line 2, column 3", "A line looks like key = value"),
        ("[gate]\nid = 5\nid = 6\n", "line 3, column 7", "The key stands twice"),
        ("[gate]\n[gate]\n", "line 2, column 6", "The section stands twice"),
        ('[gate]\nid = "C:\\data"\n', "line 2, column 11", "Write a backslash twice"),
        ("[gate", "line 1, column 6", "Compare it"),
        ("[gate]\nid = ", "line 2, column 6", "Text stands in double quotes"),
        ("a = " + "[" * 30_000, "the file", "Compare it"),
        ("a = " + "1" * 5_000, "the file", "Compare it"),
        ("#" * 70_000, "the file", "Is it the right file?"),
        ("[gate]\nid = 'a".encode("utf-16"), "the file", "Save the file as UTF-8."),
        ("\ufeff[gate]\n# é".encode() + b"\xe9", "line 2, column 4", "Save the file as UTF-8."),
    ],
    ids=lambda it: repr(it)[:30],
)
def test_text_that_is_no_toml_is_told_where_and_what_to_do(
    tmp_path: Path, text: str | bytes, place: str, suggestion: str
) -> None:
    (problem,) = problems_in(text, tmp_path)
    assert problem.path == place
    assert problem.suggestion.startswith(suggestion)


def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            load(path)


REFERENCE = (ROOT / "config" / "gate.toml").read_bytes()
SIGNS = ["[", "]", "{", "}", '"', "'''", "\\u0000", "#", ".", ",", " = ", "\n", "\r", "\ufeff"]
WORDS = ["[gate]", "[[camera]]", "id", "relay", "0x5A", "1e400", "nan", "-1", "1979-05-27", "true"]
pieces = st.lists(st.sampled_from(SIGNS + WORDS), max_size=40).map("".join)


@given(st.binary(max_size=200) | pieces.map(str.encode))
def test_any_bytes_give_a_configuration_or_problems(data: bytes) -> None:
    assert all(problem.what and problem.suggestion for problem in problems_in(data, ROOT))


@given(st.integers(0, len(REFERENCE)), st.integers(0, 40), pieces)
def test_a_damaged_file_gives_a_configuration_or_problems(
    start: int, length: int, piece: str
) -> None:
    damaged = REFERENCE[:start] + piece.encode() + REFERENCE[start + length :]
    assert all(problem.what and problem.suggestion for problem in problems_in(damaged, ROOT))


ODD = ["''", "'8 s'", "37,3", '"\\u001b"', "9" * 300, "0x" + "F" * 5_000]
scalars = st.sampled_from([*WORDS[4:], *ODD])
values = st.recursive(
    scalars | st.floats().map(repr) | st.integers().map(repr),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda it: f"[{', '.join(it)}]")
        | st.lists(inner, max_size=3).map(
            lambda it: f"{{{', '.join(f'k{n} = {v}' for n, v in enumerate(it))}}}"
        )
    ),
    max_leaves=4,
)


@given(st.sampled_from([*every_key()]), values)
def test_any_value_of_any_key_gives_a_configuration_or_problems(
    key: tuple[str, str, FieldInfo], value: str
) -> None:
    text = text_of(setting(key[0], key[1], "?")).replace('"?"', value, 1)
    assert all(problem.what and problem.suggestion for problem in problems_in(text, ROOT))


# --- secrets --------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"s3cret", b"s3cret\n", b"\xef\xbb\xbfs3cret\r\n"])
def test_a_secret_is_the_only_line_of_its_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "password").write_bytes(data)
    assert read_secret(tmp_path / "password") == "s3cret"


@pytest.mark.parametrize("data", [b"", b"\n", b"one\ntwo\n", b"two\xff\xfe", b"two" * 2000])
def test_a_file_without_one_secret_is_a_problem_that_does_not_repeat_it(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "password").write_bytes(data)
    changes: Changes = {"mqtt": {"user": "gate", "password_file": "password"}}
    (problem,) = problems_of(tmp_path, changes)
    assert problem.path == "mqtt.password_file"
    assert "two" not in str(problem).replace(str(tmp_path), "")
