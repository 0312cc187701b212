"""The list of devices: what a spreadsheet may do to it, and what is told of its mistakes."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from gate.acl import Place
from gate.commands.fleet.found import COMMON
from gate.fleet.columns import ENROL, NOTE, SHORT, template
from gate.fleet.devices import Device, devices_in, gates_in
from gate.fleet.site import Certificates, Site
from gate.fleet.table import TableError
from gate.provision.small_file import read
from tests.gate.configs import ROOT

SITE = Site.model_validate(
    {
        "site": {"name": "mall"},
        "broker": {"hosts": ["broker.mall.lan", "192.0.2.10"]},
        "clients": {"watchers": ["desk"]},
        "certificates": {},
    }
)
TWO = "gate,district,venue,turnstile.open_for_s\nt01-a,pusat,mall,6.5\nt01-b,pusat,mall,\n"


def made(text: str | bytes, common: str = COMMON, site: Site = SITE) -> list[Device]:
    data = text.encode() if isinstance(text, str) else text
    return devices_in(data, site=site, common=tomllib.loads(common), keys=["keys.json"])


def mistakes(text: str | bytes, common: str = COMMON) -> list[str]:
    with pytest.raises(TableError) as raised:
        made(text, common)
    return [str(mistake) for mistake in raised.value.mistakes]


def told(device: Device) -> Mapping[str, Any]:
    return tomllib.loads(device.small_file.decode())


def test_each_device_gets_what_it_is_and_what_all_have() -> None:
    first, second = made(TWO)
    assert first.place == Place("pusat", "mall", "t01-a")
    assert told(first)["turnstile"]["open_for_s"] == 6.5
    assert "open_for_s" not in told(second)["turnstile"]
    assert told(second)["turnstile"]["relay"] == {"pin": 17, "active": "high"}
    assert told(second)["device"]["name"] == "t01-b"
    assert told(second)["mqtt"] == {"host": "broker.mall.lan", "port": 8883, "root": "aman"}
    assert read(second.small_file).gate.id == "t01-b"


def test_the_template_is_a_good_list_with_either_separator() -> None:
    assert [device.gate for device in made(template())] == ["t01-a", "t01-b"]
    assert made(template(";")) == made(template())


@pytest.mark.parametrize(
    "as_saved",
    [
        b"\xef\xbb\xbf" + TWO.encode(),
        TWO.replace("\n", "\r\n").encode(),
        TWO.replace(",", ";").replace("6.5", "6,5").encode(),
        TWO.replace(",", "\t").encode("utf-16"),
        ("sep=;\r\n" + TWO.replace(",", ";").replace("\n", "\r\n")).encode(),
        (TWO + ",,,\n\n").encode(),
        TWO.replace("gate,", "Gate ,").replace("t01-a,", " t01-a ,").encode(),
    ],
    ids=["mark", "crlf", "semicolons", "unicode text", "sep line", "empty lines", "spaces"],
)
def test_what_excel_does_to_a_list_does_not_matter(as_saved: bytes) -> None:
    assert made(as_saved) == made(TWO)


def test_a_key_in_a_table_and_the_words_of_spreadsheets_are_taken() -> None:
    (device,) = made(
        "gate,district,venue,turnstile.relay.pin,mqtt.home_assistant,wifi,wifi_password,"
        "wifi_hidden,thermometer.address,scan,enrol\n"
        "t01-a,pusat,mall,27,TRUE,mall-gates,correct horse,no,0x5B,ENTRY,Ya\n"
    )
    file = told(device)
    assert file["turnstile"]["relay"] == {"pin": 27, "active": "high"}
    assert file["mqtt"]["home_assistant"] is True
    assert file["wifi"] == {"ssid": "mall-gates", "password": "correct horse", "hidden": False}
    assert file["thermometer"]["address"] == 0x5B
    assert file["gate"]["scan"] == "entry"
    assert device.enrol
    assert file["secrets"] == {"mqtt_ca": "ca.pem", "keys": "keys.json"}


def test_a_site_whose_devices_make_their_own_keys_may_except_one() -> None:
    own = SITE.model_copy(update={"certificates": Certificates.model_validate({"enrol": True})})
    text = "gate,district,venue,enrol\nt01-a,pusat,mall,\nt01-b,pusat,mall,no\n"
    assert [device.enrol for device in made(text, site=own)] == [True, False]


def test_every_mistake_is_told_at_once_with_its_line_and_column() -> None:
    found = mistakes(
        "gate,district,venue,scan,turnstile.open_for_s,wifi,enrol\n"
        "t01-a,pusat,mall,entry,600,,\n"
        "T01-B,pusat,mall,in,8,,maybe\n"
        ",pusat,mall,entry,8,,\n"
        "t01-a,pusat,mall,entry,eight,,\n"
    )
    assert [line.partition(": ")[0] for line in found] == [
        "line 2, column E (turnstile.open_for_s)",
        "line 3, column G (enrol)",
        "line 3, column A (gate)",
        "line 3, column D (scan)",
        "line 4, column A (gate)",
        "line 5, column A (gate)",
        "line 5, column E (turnstile.open_for_s)",
    ]
    assert found[5].endswith('"t01-a" is in line 2 already. Each has a name of its own.')
    assert "600 s is outside 1 to 60 s" in found[0]
    assert '"in" is none of "entry" | "exit"' in found[3]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "gate,district,venue,host_name\nt1,p,m,north\nt2,p,m,North\n",
            'line 3, column D (host_name): "North" is in line 2 already',
        ),
        ("gate,district,venue\nt1,p,m\nT1,p,m\n", 'line 3, column A (gate): "T1" is in line 2'),
        (
            "gate,district,venue,host_name\nt1,p,m,t2\nt2,p,m,\n",
            'line 3, column D (host_name): "t2" is in line 2 already',
        ),
        (
            "gate,district,venue\ndesk,p,m\n",
            'line 2, column A (gate): "desk" is a client in site.toml already',
        ),
    ],
)
def test_no_two_have_one_name(text: str, what: str) -> None:
    assert what in "\n".join(mistakes(text))


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("gates", "column D (gates): is no key of a device. Did you mean gate?"),
        ("turnstile.open_for", "Did you mean turnstile.open_for_s?"),
        ("turnstile", "column D (turnstile): is no key of a device"),
        ("secrets.mqtt_key", "is what gate fleet says itself"),
        ("mqtt.ca_file", "is what gate fleet says itself"),
        ("mqtt.root", "is what gate fleet says itself"),
        ("venue", "column D: venue is column C already"),
        ("", "line 2, column D: has no name in the first line"),
    ],
)
def test_a_column_that_is_none_is_told(header: str, what: str) -> None:
    assert what in "\n".join(mistakes(f"gate,district,venue,{header}\nt01-a,pusat,mall,1\n"))


def test_a_comma_too_many_is_told_and_one_in_quotes_is_none() -> None:
    wrong = "gate,district,venue,note\nt01-a,pusat,mall,North, by the stairs\n"
    (found,) = mistakes(wrong)
    assert found.startswith("line 2, column E: has no name in the first line. Name the column, or")
    right = 'gate,district,venue,note\nt01-a,pusat,mall,"North,\nby the stairs"\nt01-b,Pusat,m,\n'
    (found,) = mistakes(right)
    assert found.startswith('line 4, column B (district): "Pusat" is not a-z, 0-9 and -, up to 16')


def test_what_is_wrong_with_all_devices_is_told_once_and_is_in_the_common_file() -> None:
    wrong = COMMON.replace('active = "high"', 'active = "hihg"', 1)
    (found,) = mistakes(TWO, wrong)
    assert found.startswith('gates.toml, turnstile.relay.active: "hihg" is none of')


def test_what_is_wrong_with_some_devices_is_told_in_their_lines() -> None:
    text = "gate,district,venue,scan\nt01-a,pusat,mall,entry\nt01-b,pusat,mall,exit\n"
    (found,) = mistakes(text)
    assert found.startswith('line 3: screening.mode is "hard", but an exit lane measures nobody')
    assert found.endswith("That may be a column screening.mode here.")


def test_a_table_that_the_common_file_has_as_something_else_is_made_of_the_cells() -> None:
    (device,) = made(
        "gate,district,venue,turnstile.relay.pin,turnstile.relay.active\nt01-a,d,v,17,high\n",
        COMMON.replace('relay = { pin = 17, active = "high" }', "relay = 17"),
    )
    assert told(device)["turnstile"]["relay"] == {"pin": 17, "active": "high"}


@pytest.mark.parametrize(
    ("common", "what"),
    [
        ('[secrets]\nmqtt_ca = "x"\n', "gates.toml, secrets: is what gate fleet says itself"),
        ('[mqtt]\nroot = "x"\n', "site.toml, [broker] root"),
        ("open_for_s = 8\n", "gates.toml, open_for_s: stands in no section"),
    ],
)
def test_what_is_not_common_is_told(common: str, what: str) -> None:
    assert what in "\n".join(mistakes(TWO, common))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "line 1: is empty"),
        (b"gate,venue\n", "line 2: is no device"),
        (b"gate,note\nt01-a,ok\nt01-b,caf\xe9\n", 'line 3: is not UTF-8 text. Save it as "CSV UTF'),
        (b'gate,note\nt01-a,"half\n', "cannot be read"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"," * (5 << 20), "larger than"),
    ],
)
def test_what_is_no_list_is_told(data: bytes, what: str) -> None:
    assert what in "\n".join(mistakes(data))


def test_the_documentation_names_every_column() -> None:
    page = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
    named = [line for line in page.splitlines() if line.startswith("| `")]
    for column in (*SHORT, ENROL, NOTE):
        assert any(f"`{column}`" in line.split("|")[1] for line in named), column


def test_a_list_that_was_taken_over_tells_its_gates() -> None:
    assert gates_in(TWO.encode()) == ["t01-a", "t01-b"]
