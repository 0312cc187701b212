"""Forms from anywhere: read with limits, or refused."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.web.asked import (
    Asked,
    CorrectionAsked,
    LimitAsked,
    OrderAsked,
    Problem,
    RecountAsked,
    parse_form,
    read_form,
)

GOOD: dict[type[Asked], dict[str, str]] = {
    LimitAsked: {"venue": "mall-a", "limit": "500"},
    RecountAsked: {"venue": "mall-a", "inside": "79", "reason": "counted by floor"},
    CorrectionAsked: {"venue": "mall-a", "change": "+3", "reason": "goods entrance"},
    OrderAsked: {"venue": "mall-a", "gate": "north-1", "verb": "mode", "mode": "locked"},
}


@pytest.mark.parametrize("model", GOOD, ids=lambda model: model.__name__)
def test_a_good_form_is_read_whatever_else_is_in_it(model: type[Asked]) -> None:
    form = parse_form(urlencode({**GOOD[model], "csrf": "x"}).encode())
    assert isinstance(form, dict)
    assert isinstance(read_form(model, form), model)


def test_signs_and_spaces_around_a_number_are_understood() -> None:
    asked = read_form(CorrectionAsked, {**GOOD[CorrectionAsked], "change": " -12 "})
    assert isinstance(asked, CorrectionAsked)
    assert asked.change == -12


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        (LimitAsked, "limit", value)
        for value in [
            "",
            "-1",
            "1e3",
            "1_000",
            "12.0",
            "\uff11",
            "0x10",
            "9" * 7,
            "9" * 5000,
            "\x00",
        ]
    ]
    + [(LimitAsked, "venue", value) for value in ["", "Mall", "../a", "a" * 65, "mall-a\n"]]
    + [(RecountAsked, "reason", value) for value in ["", "ab", "  a  ", "x" * 201, "two\nlines"]]
    + [(RecountAsked, "gates", "maybe"), (CorrectionAsked, "change", "--3")]
    + [(OrderAsked, "verb", "release"), (OrderAsked, "mode", "open"), (OrderAsked, "gate", "a/b")],
)
def test_a_field_that_is_wrong_is_named(model: type[Asked], field: str, value: str) -> None:
    assert read_form(model, {**GOOD[model], field: value}) == Problem("malformed", field)


def test_a_mode_belongs_to_the_verb_mode_alone() -> None:
    form = GOOD[OrderAsked]
    without = {name: value for name, value in form.items() if name != "mode"}
    assert read_form(OrderAsked, without) == Problem("malformed", "mode")
    assert read_form(OrderAsked, {**form, "verb": "recount"}) == Problem("malformed", "mode")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_none(body: bytes) -> None:
    form = parse_form(body)
    if isinstance(form, dict):
        for model in GOOD:
            read_form(model, form)
    else:
        assert form == Problem("malformed")


@pytest.mark.parametrize("body", [b"&".join([b"a=1"] * 17), b"a=%ff", b"\xff=1", b"a", b"a=1&&"])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert parse_form(body) == Problem("malformed")
