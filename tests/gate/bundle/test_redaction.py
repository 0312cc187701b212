"""What is taken out of a text, by where it stands and by what it is; and what stays."""

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.bundle.redaction import REMOVED, Redactor, secrets_in

PEM = """\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----"""


def cleaned(text: str, *secrets: bytes) -> str:
    return Redactor(secrets).clean(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password = "s3cret"', "s3cret"),
        ("password = 's3cret'", "s3cret"),
        ('wifi = { ssid = "mall", password = "s3cret", hidden = true }', "s3cret"),
        ("psk=a word or two", "word"),
        ("802-1x.password: s3cret", "s3cret"),
        ('{"mqtt_password": "s3\\"cret", "host": "b"}', "cret"),
        ('said: {\\"password\\": \\"s3cret\\"}', "s3cret"),
        ("run --password s3cret --host b", "s3cret"),
        ('mqtt_key = """\n' + PEM + '\n"""', "MC4CAQ"),
        ("a log line " + PEM.split("-----END", maxsplit=1)[0], "MC4CAQ"),  # cut off in the middle
        ('{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZ"}', "nWGxne"),
        ("mqtt://gate:s3cret@broker:1883", "s3cret"),
        ("read AB1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3 of 74", "6BFOX"),
        ("read AS1:1/2/ABC:6BFOXN*TS0BI", "6BFOX"),
        ("read WIFI:T:WPA;S:mall;P:s3cret;;", "s3cret"),
    ],
)
def test_what_stands_where_a_secret_stands_goes(text: str, secret: str) -> None:
    assert secret not in cleaned(text)
    assert "removed]" in cleaned(text)


@pytest.mark.parametrize(
    "text",
    [
        'password_file = "mqtt.password"',
        'host = "broker.example"',
        'relay = { pin = 17, active = "high" }',
        '{"kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
        "key-mgmt=wpa-psk",
        "credential:mqtt.password does not exist",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert cleaned(text) == text


def test_json_stays_json() -> None:
    told = '{"password": null, "psk": "x", "pins": [1, 2]}'
    assert json.loads(cleaned(told)) == {"password": None, "psk": REMOVED, "pins": [1, 2]}


@settings(max_examples=50)
@given(
    st.binary(min_size=6, max_size=60),
    st.binary(max_size=5),
    st.binary(max_size=5),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_a_known_secret_is_found_in_base64_wherever_it_begins(
    secret: bytes, before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    coded = encode(before + secret + after).decode()
    assert cleaned(f"x {coded} y", secret) != f"x {coded} y"


@settings(max_examples=25)
@given(st.text(min_size=4, max_size=30).filter(lambda it: it.strip() == it))
def test_a_known_secret_goes_as_it_is_and_in_json(secret: str) -> None:
    for text in (f"<{secret}>", f"<{json.dumps(secret)}>"):
        assert secret not in cleaned(text, secret.encode()).replace(REMOVED, "")
        assert json.dumps(secret)[1:-1] not in cleaned(text, secret.encode()).replace(REMOVED, "")


def test_a_file_of_secrets_has_its_whole_its_lines_and_its_private_members() -> None:
    assert secrets_in(b"hunter2\n") == {b"hunter2"}
    assert PEM.splitlines()[1].encode() in secrets_in(PEM.encode())
    assert secrets_in(b'{"keys": [{"x": "public", "d": "private"}]}') == {b"private"}
    assert secrets_in(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n") == set()
