"""The technician's file: what is accepted, and everything that is said about a wrong one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate.config import ConfigError
from gate.provision.sections import Device, Secrets, Wifi
from gate.provision.small_file import END, STORED, read, written
from tests.gate.configs import ROOT
from tests.gate.provision.cards import GOOD, PASSWORD, WIFI, card, problems_in

# --- a good file ----------------------------------------------------------------------------


def test_what_is_written_is_read_again() -> None:
    file = read(written(**GOOD))
    assert (file.device.name, file.wifi and file.wifi.ssid) == ("gate-t01-a", "mall gates")
    assert file.secrets.mqtt_password == PASSWORD
    assert file.turnstile.relay.pin == 17


def test_a_document_of_many_lines_is_written_as_it_is() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    data = card(secrets={"mqtt_ca": pem})
    assert pem.replace("\n", "\r\n").encode() in data
    assert read(data).secrets.mqtt_ca == pem


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.rstrip(),
        lambda data: b"# mine\r\n" + data,
    ],
    ids=["BOM", "LF", "no end of line", "another first line"],
)
def test_what_editors_make_of_it_is_accepted(encode: Callable[[bytes], bytes]) -> None:
    assert read(encode(card())).gate.id == "t01-a"


def test_the_example_says_every_key_and_is_good() -> None:
    text = (ROOT / "config" / "gate-card.toml").read_text(encoding="utf-8")
    assert read(text.encode()).device.camera == "auto"
    for section in (Device, Wifi, Secrets):
        for key in section.model_fields:
            assert f"\n{key} =" in text or f"\n#{key} =" in text, key


def test_what_the_device_has_may_be_kept() -> None:
    stored = dict.fromkeys(Secrets.model_fields, STORED)
    assert problems_in(card(secrets=stored, wifi={"password": STORED})) == []


def test_no_secret_is_in_what_a_file_prints() -> None:
    said = repr(read(card(secrets={"mqtt_ca": "ca.pem", "mqtt_cert": "c", "mqtt_key": "k.key"})))
    assert "ca.pem" in said
    assert not any(secret in said for secret in (PASSWORD, WIFI, "k.key"))


def test_a_bad_file_is_not_even_written() -> None:
    with pytest.raises(ConfigError, match=r"gate\.id"):
        card(gate={"id": "Gate A"})


# --- everything wrong at once, with its place -------------------------------------------------


def told(data: bytes) -> list[str]:
    """Place and key of each problem."""
    return [problem.path for problem in problems_in(data)]


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    data = card()
    for good, bad in (
        (b'name = "gate-t01-a"', b"name = gate-t01-a"),
        (b"[wifi]", b"[wifi"),
        (b'"mall gates"', b'"mall gates'),
        (b'host = "broker.example"', b'hots = "broker.example"'),
        (b"pin = 22", b"pin = 99"),
    ):
        assert good in data
        data = data.replace(good, bad)
    assert told(data) == [
        "line 4, column 8",
        "line 8, column 6",
        "line 9, column 19",
        "line 22, column 1, mqtt.hots",
        "line 30, column 14, turnstile.sensor_a.pin",
    ]


def test_what_stands_in_a_line_that_cannot_be_read_is_not_missing() -> None:
    data = card().replace(b'id = "t01-a"', b"id = t01-a").replace(b"relay = {", b"relay = (")
    assert [problem.what for problem in problems_in(data)] == ["Invalid value"] * 2


def test_a_document_that_lost_its_quotes_is_one_mistake() -> None:
    data = card(secrets={"mqtt_ca": "-----BEGIN CERTIFICATE-----\nMIIB\nabc=\nQ==\n-----END"})
    assert len(problems_in(data.replace(b"'''\r\n---", b"---"))) == 1


def test_a_section_that_stands_twice_is_told_once() -> None:
    (problem,) = problems_in(card().replace(b"[mqtt]", b"[gate]"))
    assert (problem.path, "twice" in problem.what) == ("line 21, column 6", True)


def test_what_is_missing_is_told_at_its_section() -> None:
    data = card().replace(b'venue = "mall-t01"\r\n', b"").replace(b"[thermometer]\r\n", b"")
    assert told(data)[0] == "thermometer.variant"
    assert "line 16, column 1, gate.venue" in told(data)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"wifi": {"password": "short"}}, "wifi.password"),
        ({"wifi": {"ssid": "x" * 33}}, "wifi.ssid"),
        ({"device": {"name": "Gate_A"}}, "device.name"),
        ({"device": {"name": "gate-"}}, "device.name"),
        ({"device": {"timezone": "Asia/Nowhere"}}, "device.timezone"),
        ({"device": {"timezone": "../../etc/passwd"}}, "device.timezone"),
        ({"device": {"wifi_country": "id"}}, "device.wifi_country"),
        ({"device": {"wifi_country": None}}, "device.wifi_country"),
        ({"device": {"camera": "imx9"}}, "device.camera"),
        ({"secrets": {"mqtt_password": "two\nlines"}}, "secrets.mqtt_password"),
        ({"secrets": {"keys": "../keys.json"}}, "secrets.keys"),
        ({"secrets": {"keys": "some words"}}, "secrets.keys"),
        ({"secrets": {"mqtt_key": "gate.key", "mqtt_ca": "ca.pem"}}, "secrets.mqtt_cert"),
        ({"secrets": {"mqtt_cert": "gate.pem"}}, "secrets.mqtt_key"),
        ({"secrets": {"mqtt_cert": "c", "mqtt_key": "k"}}, "secrets.mqtt_ca"),
        ({"mqtt": {"user": None}}, "mqtt.user"),
        ({"mqtt": {"ca_file": "ca.pem"}}, "mqtt.ca_file"),
        ({"passes": {"keys": "keys.json"}}, "passes.keys"),
        ({"camera": {"fps": 15, "exposure_max_ms": 90.0}}, "camera.exposure_max_ms"),
    ],
)
def test_each_rule_names_its_key(change: dict[str, dict[str, object]], path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        card(**change)
    assert [problem.path.rpartition(" ")[2] for problem in refused.value.problems] == [path]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (f'"{WIFI}"', '"hunter2"'),
        (f'"{WIFI}"', '["hunter2hunter2"]'),
        (f'"{WIFI}"', '{ hunter = "hunter2" }'),
        (f'"{PASSWORD}"', '"hunter2\\nhunter2"'),
        (f'"{PASSWORD}"', "hunter2"),
        ('keys = "keys.json"', 'mqtt_key = "-hunter2 hunter2-"'),
        ('keys = "keys.json"', "mqtt_key = 3.1e+17"),
        ("[wifi]", 'wifi = "hunter2"'),
        ("[secrets]", "secrets = ['hunter2']"),
    ],
)
def test_a_secret_that_is_wrong_is_not_repeated(good: str, bad: str) -> None:
    assert good in card().decode()
    problems = problems_in(card().decode().replace(good, bad).encode())
    assert problems
    assert not any("hunter2" in str(it) or "e+17" in str(it) for it in problems)


# --- no file of this kind ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (card().decode().encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + card(), "UTF-16"),
        (card().replace(b"mall gates", b"mall \xff"), "is not UTF-8"),
        (card() + bytes(512), "bytes of zero"),
        (b"#" * 40_000, "is larger than"),
    ],
)
def test_what_is_no_such_file_is_told_in_a_word(data: bytes, said: str) -> None:
    (problem,) = problems_in(data)
    assert said in problem.what


def test_a_file_that_was_cut_while_it_was_copied_is_told_wherever_that_was() -> None:
    data = card()
    whole = data.rindex(END.encode()) + len(END)
    for length in range(0, whole, 3):
        problems = problems_in(data[:length])
        assert problems, length
        if length > data.index(b"\r\n"):
            assert "was cut" in problems[0].suggestion


SECRET = "a-secret-of-20-letters"
JUNK = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"'''",
    b"[",
    b"{",
    b"=",
    b"\n",
    b"\\u",
    b"[wifi]\n",
    b"9" * 4400,
)


@settings(max_examples=40)
@example(data=b"[" * 5000, at=0, cut=9)
@example(data=b'"""', at=200, cut=0)
@given(
    data=st.binary(max_size=30) | st.sampled_from(JUNK),
    at=st.integers(0, 700),
    cut=st.integers(0, 30),
)
def test_whatever_bytes_are_there_it_is_a_file_or_a_refusal_that_tells_no_secret(
    data: bytes, at: int, cut: int
) -> None:
    good = card(wifi={"password": SECRET}, secrets={"mqtt_password": SECRET})
    for problem in problems_in(good[:at] + data + good[at + cut :]):
        assert SECRET not in str(problem)
        assert str(problem).isprintable()


def test_nothing_of_this_machine_is_looked_at(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nothing")
    assert problems_in(card(gate={"data_dir": nowhere}, passes={"revoked": nowhere})) == []


@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "['x'.{}]"])
def test_a_key_of_dots_is_told_and_takes_no_time(form: str) -> None:
    """The standard library would take minutes, and the device would not be up meanwhile."""
    deep = form.format(".".join(["a"] * 16_000))
    problem, *_ = problems_in(deep.encode())
    assert str(problem).startswith("line 1, column ")
    assert "32 dots" in str(problem)
