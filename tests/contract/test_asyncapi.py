"""The published document: what the code says, valid, and true of what the models write."""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from gate.model import Direction, Utc, VisitId
from gate.payloads import Ctr, Evt, EvtItem, Payload, decode
from gate.payloads.doc import WORDS, document
from gate.payloads.examples import EXAMPLES
from gate.topics import topics

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / "tests" / "data" / "asyncapi-3.0.0.json.gz"
PUBLISHED = ROOT / "docs" / "asyncapi.json"


def validator(model: type[Payload]) -> Draft202012Validator:
    """Of one payload, as somebody would make it who has only the document."""
    written = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{model.__name__}", "components": written["components"]}
    )


def test_the_published_document_is_what_the_code_says() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == document(), "make docs"


def test_the_document_is_valid_by_asyncapi_s_own_schema() -> None:
    schema = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    errors = [error.message for error in Draft7Validator(schema).iter_errors(document())]
    assert errors == []

    spoilt = document()
    spoilt["operations"]["ctr"]["action"] = "shout"
    del spoilt["info"]["title"]
    assert [*Draft7Validator(schema).iter_errors(spoilt)]


def test_every_topic_of_the_contract_is_in_the_document() -> None:
    named = asdict(topics(root="r", district="d", venue="v", gate="g"))
    known = {*named, *named["venue"]} - {"venue"}

    # Home Assistant's message is Home Assistant's to describe
    assert {word.topic for word in WORDS} == known - {"discovery"}


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return found + [ref for member in value.values() for ref in references(member)]
    if isinstance(value, list):
        return [ref for member in value for ref in references(member)]
    return []


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    assert len(set(references(whole))) > 40
    for reference in references(whole):
        found = whole
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_field_of_our_own_has_a_type_and_the_schema_s_name_is_required() -> None:
    for word in WORDS:
        schema = document()["components"]["schemas"][word.model.__name__]
        assert "s" in schema["required"]
        assert schema["properties"]["s"]["const"].startswith("aman.")


@pytest.mark.parametrize("model", [word.model for word in WORDS])
def test_the_example_of_each_payload_is_valid_by_its_schema_and_is_read(
    model: type[Payload],
) -> None:
    example = EXAMPLES[model]
    validator(model).validate(json.loads(example.encode()))
    assert decode(model, example.encode()) == example

    for field in json.loads(example.encode()):
        spoilt = {**json.loads(example.encode()), field: {"no": "such"}}
        if field not in {"policy"}:
            assert [*validator(model).iter_errors(spoilt)], field


NUMBERS = st.integers(0, 2**53 - 1)


@given(entered=NUMBERS, left=NUMBERS, pending=NUMBERS, seq=NUMBERS, ms=st.integers(0, 2**41))
def test_totals_whatever_they_are_are_valid(
    entered: int, left: int, pending: int, seq: int, ms: int
) -> None:
    ctr = Ctr(
        gate="a",
        epoch="00000000",
        entered=entered,
        left=left,
        pending=pending,
        seq=seq,
        ts=Utc(ms / 1000),
        clk="rtc",
    )
    TOTALS.validate(json.loads(ctr.encode()))


@given(
    detail=st.text(max_size=256) | st.none(),
    direction=st.sampled_from(Direction) | st.none(),
    n=NUMBERS | st.none(),
    visit=st.from_regex(r"\A[0-9a-f]{24}\Z").map(VisitId) | st.none(),
)
def test_events_whatever_they_are_are_valid(
    detail: str | None, direction: Direction | None, n: int | None, visit: VisitId | None
) -> None:
    item = EvtItem(
        seq=1, at=Utc(0), kind="alarm", direction=direction, visit=visit, n=n, detail=detail
    )
    EVENTS.validate(json.loads(Evt(gate="a", epoch="00000000", events=(item,)).encode()))


TOTALS, EVENTS = validator(Ctr), validator(Evt)
