"""The JWKS file: what is taken, and that everything wrong is told at once with the way out."""

import json
from math import inf
from pathlib import Path
from typing import Any

import pytest

from gate.issuing import new_key, public_jwk, public_jwks
from gate.keys import MAX_FILE_BYTES, MAX_KEYS, KeysError, KeySet, load_keys, parse_keys
from gate.model import Utc


def jwks(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def complaint(data: bytes) -> str:
    with pytest.raises(KeysError) as caught:
        parse_keys(data, source="keys.json")
    return str(caught.value)


def test_keys_are_found_by_kid_and_all_of_them_without_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(public_jwks(new_key("old"), new_key("new"))))

    keys = load_keys(path)

    assert [key.cose.kid for key in keys.candidates(b"new")] == [b"new"]
    assert [key.cose.kid for key in keys.candidates(None)] == [b"old", b"new"]
    assert keys.candidates(b"other") == ()


def test_two_keys_may_share_a_kid_and_one_key_written_twice_counts_once() -> None:
    one, two = new_key("same"), new_key("same")

    keys = parse_keys(json.dumps(public_jwks(one, two, one)).encode(), source="keys.json")

    assert len(keys.candidates(b"same")) == 2


def test_a_key_set_without_keys_has_no_candidates() -> None:
    assert KeySet().candidates(None) == ()


def test_the_groups_of_a_loaded_key_set_cannot_be_changed() -> None:
    keys = parse_keys(json.dumps(public_jwks(new_key("a"))).encode(), source="keys.json")

    with pytest.raises(TypeError):
        keys.by_kid[b"b"] = ()  # type: ignore[index]  # that is what is tried


def test_members_that_the_gate_does_not_know_are_passed_over() -> None:
    key = {**public_jwk(new_key("a")), "x5t": 7, "key_ops": ["verify"], "valid_until": "later"}

    assert len(parse_keys(jwks(key), source="keys.json").candidates(b"a")) == 1


def test_a_private_key_is_refused_and_not_quoted() -> None:
    private = new_key("city-26")

    told = complaint(jwks(private))

    assert "key 1 (kid 'city-26') is a private key" in told
    assert "public keys only" in told
    assert private["d"] not in told


def test_everything_wrong_is_told_at_once() -> None:
    good = public_jwk(new_key("good"))

    told = complaint(
        jwks(
            good,
            "text",
            {**good, "kty": "RSA", "alg": "RS256"},
            {**good, "kid": "", "x": "AAAA"},
            {**good, "use": "enc", "key_ops": ["sign"]},
            {**good, "kid": "a\ud800b"},
            {**good, "crv": {"deep": ["x"] * 99}},
        )
    ).splitlines()

    assert [line.removeprefix("keys.json: ").split(".")[0] for line in told] == [
        "key 2 is not a JSON object",
        "key 3 (kid 'good') has kty 'RSA'",
        "key 3 (kid 'good') has alg 'RS256'",
        "key 4 (kid '') has no kid that can be printed",
        "key 4 (kid '') has an x that is not 32 bytes in base64url (43 characters)",
        "key 5 (kid 'good') has use 'enc'",
        "key 5 (kid 'good') has key_ops without \"verify\"",
        "key 6 (kid 'a\\ud800b') has no kid that can be printed",
        "key 7 (kid 'good') has crv {'deep': ['x', 'x', 'x', 'x', 'x', 'x', ",
    ]


@pytest.mark.parametrize("x", ["A" * 42, "A" * 44, "A" * 42 + "+", "A" * 42 + "\n", 43, None])
def test_an_x_of_another_shape_is_refused(x: object) -> None:
    assert "an x that is not" in complaint(jwks({**public_jwk(new_key("a")), "x": x}))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe\xff", b"[" * 60_000, b"1" * 5_000], ids=lambda data: data[:4]
)
def test_a_file_that_is_not_json_is_refused_with_the_way_out(data: bytes) -> None:
    assert "gate pass keygen" in complaint(data)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"keys": {}}, {"keys": []}, public_jwk(new_key("a")), {"keys": [0] * (MAX_KEYS + 1)}],
)
def test_a_document_that_is_no_key_set_is_refused_with_its_shape(document: object) -> None:
    assert '{"keys": [...]}' in complaint(json.dumps(document).encode())


def test_a_file_of_any_length_is_read_up_to_the_limit_only(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(json.dumps(public_jwks(new_key("a"))).encode() + b" " * MAX_FILE_BYTES)

    with pytest.raises(KeysError, match=f"larger than {MAX_FILE_BYTES} bytes"):
        load_keys(path)


def test_a_missing_file_and_a_folder_are_told_with_their_path(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(KeysError, match=str(path)):
            load_keys(path)


@pytest.mark.parametrize(
    ("now", "valid"), [(989, False), (990, True), (1999, True), (2009, True), (2010, False)]
)
def test_a_key_is_valid_from_its_first_second_until_its_last_with_clocks_that_differ(
    now: float, valid: bool
) -> None:
    jwk = {**public_jwk(new_key("a")), "nbf": 1000, "exp": 2000}

    (key,) = parse_keys(jwks(jwk), source="keys.json").candidates(b"a")

    assert key.is_valid(Utc(now), 10.0) is valid


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"nbf": "soon"}, "nbf"),
        ({"exp": 1.5}, "exp"),
        ({"nbf": True}, "nbf"),
        ({"nbf": 5, "exp": 5}, "never valid"),
        ({"exp": -1}, "exp"),
        ({"exp": 10**400}, "exp"),
    ],
)
def test_a_moment_that_is_none_is_refused(members: dict[str, object], what: str) -> None:
    assert what in complaint(jwks({**public_jwk(new_key("a")), **members}))


@pytest.mark.parametrize("version", ["1", -1, 1.0, True, None, 10**20])
def test_a_version_is_a_whole_number(version: object) -> None:
    document = {**public_jwks(new_key("a")), "version": version}
    assert "version" in complaint(json.dumps(document).encode())


def test_a_document_has_its_version_or_zero() -> None:
    document = public_jwks(new_key("a"))
    assert parse_keys(json.dumps(document).encode(), source="k").version == 0
    assert parse_keys(json.dumps({**document, "version": 7}).encode(), source="k").version == 7


def test_a_key_that_is_there_at_two_times_is_valid_at_both() -> None:
    jwk = public_jwk(new_key("a"))
    first, then = {**jwk, "exp": 1000}, {**jwk, "nbf": 2000}

    found = parse_keys(jwks(first, then, then), source="keys.json").candidates(b"a")

    assert [(key.begins, key.ends) for key in found] == [(-inf, 1000), (2000, inf)]


def test_the_same_keys_read_twice_are_the_same() -> None:
    data = json.dumps(public_jwks(new_key("a"), new_key("b"))).encode()
    assert parse_keys(data, source="k") == parse_keys(data, source="k")
    assert parse_keys(data, source="k") != parse_keys(jwks(public_jwk(new_key("a"))), source="k")
