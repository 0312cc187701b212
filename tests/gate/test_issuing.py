"""Making keys and signing passes, and the worked example that docs/pass.md promises."""

import json
import re
from ast import literal_eval
from pathlib import Path

import cbor2
import pytest
from base45 import b45decode

from gate.drawing import draw
from gate.issuing import issue, new_key, public_jwks, signing_key
from gate.keys import parse_keys
from gate.model import Pass, Utc
from gate.passes import verify, visit_id

NOON = Utc(1769860800.0)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "pass.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)\n```", DOCUMENT, re.DOTALL)


def example_text() -> str:
    return issue(
        key=signing_key(blocks("json")[0].encode()),
        venue="demo-mall",
        issued_at=Utc(1769824800.0),
        valid_from=Utc(1769824800.0),
        expires=Utc(1769839200.0),
        party=3,
        assisted=True,
        cti=bytes(range(16)),
    )


def test_the_worked_example_of_the_document_is_what_issuing_gives() -> None:
    claims, text = blocks("text")
    payload, header, message = (bytes.fromhex(block) for block in blocks("hex"))

    assert example_text() == text
    assert b45decode(text[4:].encode()) == message
    assert cbor2.loads(message).value[:3] == [header, {}, payload]
    written = re.sub("h'(.*)'", lambda h: repr(bytes.fromhex(h[1])), claims)
    assert literal_eval(written) == cbor2.loads(payload)
    assert f"The text, {len(text)} characters, QR version {draw(text).version}" in DOCUMENT
    assert f"record this visit as `{visit_id('demo-mall', bytes(range(16)))}`" in DOCUMENT


def test_a_gate_accepts_the_worked_example() -> None:
    key = json.loads(blocks("json")[0])
    keys = parse_keys(json.dumps(public_jwks(key)).encode(), source="the document")

    answer = verify(
        blocks("text")[1].encode(), keys=keys, venue="demo-mall", now=Utc(1769830000.0), skew_s=0.0
    )

    assert isinstance(answer, Pass)
    assert (answer.party, answer.assisted, answer.staff) == (3, True, False)


@pytest.mark.parametrize(
    ("kid", "party", "later_s", "row"),
    [
        ("city-26", 1, 0.0, "| one person | 204 | 8 |"),
        ("city-26", 4, 0.0, "| a party | 213 | 8 |"),
        ("city-26", 20, 3600.0, "| a party, flags, valid later than issued | 231 | 9 |"),
    ],
)
def test_a_pass_has_the_size_that_the_document_names(
    kid: str, party: int, later_s: float, row: str
) -> None:
    flags = later_s > 0

    text = issue(
        key=new_key(kid),
        venue="plaza-indonesia1",
        issued_at=NOON,
        valid_from=Utc(NOON + later_s),
        expires=Utc(NOON + 7200),
        party=party,
        staff=flags,
        assisted=flags,
    )

    assert row.split("|")[2:4] == [f" {len(text)} ", f" {draw(text).version} "]
    assert row in DOCUMENT


def test_the_largest_pass_fits_version_9_at_level_m() -> None:
    text = issue(
        key=new_key("k" * 16),
        venue="v" * 16,
        issued_at=NOON,
        valid_from=Utc(NOON + 3600),
        expires=Utc(NOON + 7200),
        party=20,
        staff=True,
        assisted=True,
    )

    code = draw(text)

    assert (code.version, code.error, code.mode) == (9, "M", "alphanumeric")


def test_everything_that_gates_would_refuse_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="venue") as caught:
        issue(
            key=new_key("k"),
            venue="Mall!",
            issued_at=Utc(-5.0),
            valid_from=NOON,
            expires=Utc(NOON + 24 * 3600 + 1),
            party=21,
            cti=b"short",
        )

    told = str(caught.value)
    assert all(word in told for word in ("'Mall!'", "party of 21", "86401 s", "1970", "5 bytes"))


def test_a_pass_of_24_hours_may_be_issued_and_one_of_no_time_may_not() -> None:
    def with_hours(hours: float) -> str:
        return issue(
            key=new_key("k"),
            venue="mall",
            issued_at=NOON,
            valid_from=NOON,
            expires=Utc(NOON + hours * 3600),
        )

    assert with_hours(24).startswith("AB1:")
    with pytest.raises(ValueError, match="valid for 0 s"):
        with_hours(0)


@pytest.mark.parametrize("kid", ["", "k" * 17, "two words", "jalan-é"])
def test_a_kid_that_would_bloat_or_garble_a_pass_is_not_made(kid: str) -> None:
    with pytest.raises(ValueError, match="kid"):
        new_key(kid)


def test_the_public_half_holds_no_secret() -> None:
    key = new_key("city-26")

    published = public_jwks(key)["keys"][0]

    assert "d" not in published
    assert key["d"] not in published.values()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"d": None}, "not a private JWK"),
        ({"d": "short"}, "not a private JWK"),
        ({"crv": "X25519"}, "not an Ed25519 key"),
        ({"kid": 7}, "not an Ed25519 key with a kid"),
        ({"x": "A" * 43}, "do not belong together"),
    ],
)
def test_a_file_that_cannot_sign_is_refused_without_quoting_the_secret(
    change: dict[str, object], complaint: str
) -> None:
    key = new_key("city-26")

    with pytest.raises(ValueError, match=complaint) as caught:
        signing_key(json.dumps({**key, **change}).encode())

    assert key["d"] not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"[" * 60_000, b'{"keys": []}'])
def test_a_file_that_is_no_key_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a private JWK"):
        signing_key(data)
