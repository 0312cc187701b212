"""The files of NetworkManager and of the machine's name."""

from configparser import ConfigParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.provision.network import connection, hosts_with, radio_on, stored_network
from tests.gate.provision.cards import WIFI

PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)


@settings(max_examples=25)
@given(
    st.text(min_size=1, max_size=8).filter(lambda it: it.isprintable()),
    st.text(PRINTABLE, min_size=8, max_size=63) | st.none(),
)
def test_any_network_is_read_back_as_it_was(ssid: str, password: str | None) -> None:
    assert stored_network(connection(ssid, password, hidden=False)) == (ssid, password)


@pytest.mark.parametrize("password", [r"pass\sword", r"\s\s\s\s", r"a\\sb cde", r"\\\\end\ "])
def test_a_password_with_backslashes_stays_the_same_when_it_is_kept(password: str) -> None:
    assert stored_network(connection("x", password, hidden=False)) == ("x", password)


@pytest.mark.parametrize(
    ("ssid", "written"),
    [
        ("mall-gates", "mall-gates"),
        ("12;34", "49;50;59;51;52;"),
        ("1234", "49;50;51;52;"),
        ("a b", "97;32;98;"),
        ("Mäll", "77;195;164;108;108;"),
    ],
)
def test_a_name_that_could_be_taken_for_something_else_is_written_as_bytes(
    ssid: str, written: str
) -> None:
    assert f"\nssid={written}\n".encode() in connection(ssid, None, hidden=False)


def test_a_password_is_written_as_glib_reads_it() -> None:
    keyfile = connection("x", r" a\s;#=1", hidden=True).decode()
    assert "\npsk=\\sa\\\\s;#=1\n" in keyfile
    assert "\nhidden=true\n" in keyfile
    assert "\nkey-mgmt=wpa-psk\n" in keyfile


def test_an_open_network_has_no_security_and_wpa3_alone_has_its_own() -> None:
    parser = ConfigParser(interpolation=None)
    parser.read_string(connection("x", None, hidden=False).decode())
    assert "wifi-security" not in parser
    assert b"key-mgmt=sae" in connection("x", WIFI, hidden=False, sae=True)


@pytest.mark.parametrize("junk", [None, b"", b"\xff", b"[wifi]", b"ssid=x", b"[wifi]\nssid=1;x;"])
def test_what_is_no_keyfile_has_no_network(junk: bytes | None) -> None:
    assert stored_network(junk) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "[main]\nWirelessEnabled=true\n"),
        (b"[main]\nWirelessEnabled=false\n", "[main]\nWirelessEnabled=true\n"),
        (
            b"[main]\nNetworkingEnabled=true\nWirelessEnabled=false\nWWANEnabled=false\n",
            "[main]\nNetworkingEnabled=true\nWirelessEnabled=true\nWWANEnabled=false\n",
        ),
    ],
)
def test_the_radio_is_switched_on_and_nothing_else(before: bytes | None, after: str) -> None:
    assert radio_on(before).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "127.0.0.1\tlocalhost\n127.0.1.1\tnew\n"),
        (b"127.0.1.1 old old.local\n::1 localhost", "127.0.1.1\tnew\n::1 localhost\n"),
        (b"127.0.1.1 a\n10.0.0.1 b \xff\n127.0.1.1 c\n", "127.0.1.1\tnew\n10.0.0.1 b \udcff\n"),
        (b"# 127.0.1.1 x\n", "# 127.0.1.1 x\n127.0.1.1\tnew\n"),
    ],
)
def test_the_device_knows_its_own_name(before: bytes | None, after: str) -> None:
    made = hosts_with(before, "new")
    assert made.decode("utf-8", "surrogateescape") == after
    assert hosts_with(made, "new") == made
