"""The Wi-Fi codes of telephones."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate.setup.code import Code, Rejected
from gate.setup.wifi import Wifi, is_wifi, read_wifi, write_wifi

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda name: len(name.encode()) <= 32 and name.isprintable()
)
PASSWORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63)


@pytest.mark.parametrize(
    ("text", "wifi"),
    [
        ("WIFI:T:WPA;S:mynetwork;P:mypassword;;", Wifi("mynetwork", "mypassword")),  # ZXing's wiki
        ("WIFI:S:Toko;T:WPA;P:rahasia123;H:false;;", Wifi("Toko", "rahasia123")),  # Android
        ("WIFI:S:Toko;T:SAE;P:rahasia123;;", Wifi("Toko", "rahasia123", sae=True)),
        ("WIFI:T:WPA;R:1;S:Toko;P:rahasia123;;", Wifi("Toko", "rahasia123")),  # WPA3 section 7
        ("WIFI:T:nopass;S:Free WiFi;P:;;", Wifi("Free WiFi", None)),
        ("WIFI:S:Free WiFi;;", Wifi("Free WiFi", None)),
        ("wifi:T:wpa2;S:x;P:12345678;H:true;", Wifi("x", "12345678", hidden=True)),
        (r'WIFI:T:WPA;S:"foo\;bar\\baz";P:12345678;;', Wifi(r"foo;bar\baz", "12345678")),
        (r"WIFI:T:WPA;S:\"x\";P:12345678;;", Wifi('"x"', "12345678")),
        ('WIFI:T:WPA;S:"ABCD";P:12345678;;', Wifi("ABCD", "12345678")),
        ("WIFI:T:WPA;S:x;P:" + "0f" * 32 + ";;", Wifi("x", "0f" * 32)),
    ],
)
def test_what_telephones_and_the_wiki_show(text: str, wifi: Wifi) -> None:
    assert is_wifi(text.encode())
    assert read_wifi(text.encode()) == wifi


SECURED = st.builds(Wifi, NAMES, PASSWORDS, hidden=st.booleans(), sae=st.booleans())
OPEN = st.builds(Wifi, NAMES, st.none(), hidden=st.booleans())


@settings(max_examples=50)
@given(wifi=SECURED | OPEN)
@example(Wifi('";\\', 'a";:,\\\\";', hidden=True))
def test_a_network_that_is_written_is_the_one_that_is_read(wifi: Wifi) -> None:
    assert read_wifi(write_wifi(wifi).encode()) == wifi


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("WIFI:", "1 to 32"),
        ("WIFI:T:WPA;S:;P:12345678;;", "1 to 32"),
        ("WIFI:T:WPA;S:" + "é" * 17 + ";P:12345678;;", "1 to 32"),
        ("WIFI:T:WPA;S:x;P:1234567;;", "8 to 63"),
        ("WIFI:T:WPA;S:x;P:" + "1" * 65 + ";;", "8 to 63"),
        ("WIFI:T:WPA;S:x;P:pässword;;", "8 to 63"),
        ("WIFI:T:WPA;S:x;S:y;P:12345678;;", "S stands in it twice"),
        ("WIFI:T:WPA;S:x;P:12345678", "end with ;;"),
        ("WIFI:T:WPA;S:x;P:12345678;;;", "end with ;;"),
        ("WIFI:T:WPA;S:x;P:12345678;;X:1;", "end with ;;"),
        ("WIFI:T:WPA;S:x;P:12345678;Q:1;;", "Q is not known"),
        ("WIFI:T:WPA;S:x;P:12345678;H:maybe;;", "H is true"),
        ("WIFI:T:XYZ;S:x;P:12345678;;", "T is WPA"),
        ("WIFI:S:x;P:12345678;;", "T does not say"),
        ("WIFI:T:WPA;S:x\n;P:12345678;;", "control"),
        ("WIFI:T:WPA;S:x\x00;P:12345678;;", "control"),
        ("WIFI:T:WPA;S:x;P:" + "1" * 600 + ";;", "bytes"),
    ],
)
def test_what_is_no_network_is_refused_in_words(text: str, word: str) -> None:
    answer = read_wifi(text.encode())

    assert isinstance(answer, Rejected)
    assert answer.code is Code.MALFORMED
    assert word in answer.detail


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("WIFI:T:WEP;S:x;P:12345;;", "WEP protects nothing"),
        ("WIFI:T:WPA2-EAP;S:x;E:PEAP;I:me;P:12345678;;", "802.1X"),
        ("WIFI:T:WPA;S:x;I:me;P:12345678;;", "802.1X"),
    ],
)
def test_what_a_gate_does_not_join_is_refused_with_the_reason(text: str, word: str) -> None:
    answer = read_wifi(text.encode())

    assert isinstance(answer, Rejected)
    assert answer.code is Code.NOT_TAKEN_HERE
    assert word in answer.detail


@given(tail=st.binary(max_size=200))
def test_any_bytes_are_a_network_or_are_refused(tail: bytes) -> None:
    assert isinstance(read_wifi(b"WIFI:" + tail), Wifi | Rejected)


@given(tail=st.text(alphabet='TSPH:;\\"AWEP, x1', max_size=60))
def test_any_fields_are_a_network_or_are_refused(tail: str) -> None:
    assert isinstance(read_wifi(b"WIFI:" + tail.encode()), Wifi | Rejected)
