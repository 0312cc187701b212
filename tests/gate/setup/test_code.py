"""The set-up code: what it carries, every way in which it is refused, and hostile texts."""

import json
import zlib
from dataclasses import replace
from hashlib import sha256

import pytest
from base45 import b45encode
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.drawing import draw
from gate.issuing import issue, new_key, public_jwks
from gate.model import Refusal, RefusalCode, Utc
from gate.orders import Code as OrderCode
from gate.orders import Rejected as NoOrder
from gate.orders import Verb, give_order, read_order
from gate.passes import verify
from gate.payloads import Cmd
from gate.payloads.base import sealed, unsealed
from gate.setup.code import (
    CONTEXT,
    LONGEST_S,
    MAX_FILE,
    MAX_PARTS,
    Claim,
    Code,
    Part,
    Rejected,
    SetupCode,
    make_texts,
    put_together,
    read_code,
    read_part,
    untimely,
)
from gate.setup.dictionary import COMMON
from gate.sign1 import seal
from tests.gate.provision.cards import card
from tests.gate.setup.codes import FILE, HOUR, KEY, NOON, a_code, keys, large, texts_of


def whole(texts: list[bytes]) -> bytes:
    parts = [read_part(text) for text in texts]
    message = put_together([part for part in parts if isinstance(part, Part)])
    assert isinstance(message, bytes)
    return message


def read(code: SetupCode, at_s: float = 60.0, *, vouched: bool = True) -> SetupCode | Rejected:
    now = Utc(NOON + at_s)
    return read_code(whole(texts_of(code)), keys=keys(KEY), now=now, vouched=vouched)


def code_of(answer: object) -> Code:
    assert isinstance(answer, Rejected)
    return answer.code


def signed(claims: dict[int, object], context: bytes = CONTEXT) -> bytes:
    return seal(claims, KEY, context)


def claims(**more: object) -> dict[int, object]:
    given: dict[int, object] = {
        Claim.EXP: int(NOON + HOUR),
        Claim.IAT: int(NOON),
        Claim.CTI: bytes(16),
        Claim.FILE: zlib.compress(FILE, wbits=-15),
    }
    return given | {Claim[name]: value for name, value in more.items()}


def opened(message: bytes) -> SetupCode | Rejected:
    return read_code(message, keys=keys(KEY), now=NOON, vouched=True)


@pytest.mark.parametrize("device", [None, "10000000abcdef01", "gate-t01"])
def test_what_was_signed_is_what_is_read(device: str | None) -> None:
    code = a_code(device=device)

    assert read(code) == replace(code, by="tech-1")


@settings(max_examples=40)
@given(file=st.binary(min_size=1, max_size=2_000), nonce=st.binary(min_size=16, max_size=16))
def test_any_file_comes_back_byte_for_byte(file: bytes, nonce: bytes) -> None:
    code = a_code(file=file, nonce=nonce)

    assert read(code) == replace(code, by="tech-1")


def test_the_dictionary_is_part_of_the_format() -> None:
    """Who has to change this has to make version 2 of the code: devices have the old one."""
    assert sha256(COMMON).hexdigest()[:16] == "8d91010d0f5e0522"


def test_an_ordinary_small_file_is_one_code_that_is_not_dense() -> None:
    jwks = json.dumps(public_jwks(new_key("city-26")), separators=(",", ":"))

    (text,) = make_texts(a_code(file=card(secrets={"keys": jwks})), KEY)

    assert draw(text).version in {11, 12, 13}


def test_a_file_too_large_for_one_code_needs_several_of_the_same_size() -> None:
    texts = texts_of(a_code(file=large(1_700)))

    assert [text[:8].decode() for text in texts] == ["AS1:1/3/", "AS1:2/3/", "AS1:3/3/"]
    assert {draw(text.decode()).version for text in texts} <= {16, 17}


def test_what_is_too_large_for_all_of_them_is_not_made() -> None:
    with pytest.raises(ValueError, match=f"{MAX_PARTS} is the most"):
        make_texts(a_code(file=large(5_000)), KEY)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"expires": NOON}, "good for 0 s"),
        ({"expires": Utc(NOON + LONGEST_S + 1)}, "31 days"),
        ({"nonce": b"short"}, "nonce of 5"),
        ({"file": b""}, "file of 0"),
        ({"file": b"#" * (MAX_FILE + 1)}, "file of 16385"),
        ({"device": " "}, "without a name"),
    ],
)
def test_what_devices_would_refuse_is_not_made(more: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        make_texts(a_code(**more), KEY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"https://example.org", Code.FOREIGN),
        (b"AB1:6BF", Code.FOREIGN),
        (b"AS2:1/1/00000000:00", Code.UNSUPPORTED_VERSION),
        (b"AS1:", Code.MALFORMED),
        (b"AS1:3/2/00000000:00", Code.MALFORMED),
        (b"AS1:0/1/00000000:00", Code.MALFORMED),
        (b"AS1:1/9/00000000:00", Code.MALFORMED),
        (b"AS1:1/1/0000000g:00", Code.MALFORMED),
        (b"AS1:1/1/00000000:", Code.MALFORMED),
        (b"AS1:1/1/00000000:00\n", Code.MALFORMED),
        (b"AS1:1/1/00000000:" + b"0" * 718, Code.MALFORMED),
    ],
)
def test_a_text_that_is_no_part(text: bytes, why: Code) -> None:
    assert code_of(read_part(text)) is why


def test_a_part_of_another_message_does_not_fit() -> None:
    parts = [
        read_part(texts_of(a_code(nonce=bytes([n]) * 16, file=large(1_100)))[n]) for n in (0, 1)
    ]

    answer = put_together([part for part in parts if isinstance(part, Part)])

    assert code_of(answer) is Code.MALFORMED
    (part,) = (read_part(text) for text in texts_of(a_code()))
    assert isinstance(part, Part)
    renamed = put_together([replace(part, message="00000000")])
    assert renamed == Rejected(Code.MALFORMED, "the parts do not belong together")


def test_nobody_but_who_is_known_sets_a_device_up() -> None:
    message = whole(texts_of(a_code(), new_key("tech-1")))

    assert code_of(opened(message)) is Code.BAD_SIGNATURE
    stranger = read_code(message, keys=keys(new_key("other")), now=NOON, vouched=True)
    assert code_of(stranger) is Code.UNKNOWN_KEY
    assert code_of(read_code(message, keys=None, now=NOON, vouched=True)) is Code.NO_KEYS


def test_no_altered_bit_is_taken() -> None:
    message = whole(texts_of(a_code()))

    for bit in range(0, 8 * len(message), 3):  # some of each byte
        altered = bytearray(message)
        altered[bit // 8] ^= 1 << bit % 8
        assert isinstance(opened(bytes(altered)), Rejected)


def test_no_pass_and_no_command_serves_as_a_set_up_code_and_the_other_way_round() -> None:
    """Each purpose has its context: the same key may sign all three."""
    known = keys(KEY)
    a_pass = issue(key=KEY, venue="mall", issued_at=NOON, valid_from=NOON, expires=Utc(NOON + HOUR))
    order = give_order(Verb.MODE, gate="t01-a", key=KEY, nonce=bytes(16), issued_at=NOON)
    wrong_context = signed(claims(), b"")

    for message in (wrong_context, unsealed(Cmd.model_validate_json(order).cose)):
        assert code_of(opened(message)) is Code.BAD_SIGNATURE
    assert code_of(read_part(a_pass.encode())) is Code.FOREIGN
    good = signed(claims(AUD="mall"))
    shown = verify(b"AB1:" + b45encode(good), keys=known, venue="mall", now=NOON, skew_s=0)
    assert isinstance(shown, Refusal)
    assert shown.code is RefusalCode.BAD_SIGNATURE
    said = Cmd(cose=sealed(good)).encode()
    obeyed = read_order(said, keys=known, gate="mall", now=NOON)
    assert isinstance(obeyed, NoOrder)
    assert obeyed.code is OrderCode.BAD_SIGNATURE


@pytest.mark.parametrize(
    "wrong",
    [
        {"EXP": int(NOON)},
        {"EXP": int(NOON + LONGEST_S + 1)},
        {"EXP": 2**62, "IAT": 2**62 - 1},
        {"IAT": -1},
        {"CTI": b""},
        {"FILE": b""},
        {"FILE": b"\xff\xff"},
        {"FILE": zlib.compress(FILE, wbits=-15)[:-3]},
        {"FILE": zlib.compress(FILE, wbits=-15) + b"more"},
        {"FILE": zlib.compress(b"", wbits=-15)},
        {"FILE": "text"},
        {"AUD": 7},
    ],
)
def test_a_signed_message_that_says_something_else(wrong: dict[str, object]) -> None:
    assert code_of(opened(signed(claims(**wrong)))) is Code.MALFORMED


@pytest.mark.parametrize("claim", [Claim.EXP, Claim.IAT, Claim.CTI, Claim.FILE])
def test_a_signed_message_without_one_of_its_claims(claim: Claim) -> None:
    rest = {name: value for name, value in claims().items() if name != claim}

    assert code_of(opened(signed(rest))) is Code.MALFORMED


def test_a_file_that_swells_is_not_inflated_beyond_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swelling = zlib.compress(b"#" * 10_000_000, wbits=-15)
    inflated: list[int] = []

    real = zlib.decompressobj

    class Counting:
        def __init__(self, window: int, zdict: bytes) -> None:
            self._real = real(window, zdict)

        def decompress(self, data: bytes, most: int) -> bytes:
            made = self._real.decompress(data, most)
            inflated.append(len(made))
            return made

    monkeypatch.setattr(zlib, "decompressobj", Counting)

    assert code_of(opened(signed(claims(FILE=swelling)))) is Code.MALFORMED
    assert inflated == [MAX_FILE + 1]


@given(message=st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_is_raised(message: bytes) -> None:
    assert isinstance(opened(message), Rejected)


@given(text=st.binary(max_size=300).map(lambda tail: b"AS1:1/1/" + tail))
def test_any_text_is_a_part_or_is_refused(text: bytes) -> None:
    assert isinstance(read_part(text), Part | Rejected)


def late(
    code: SetupCode, at_s: float, *, vouched: bool = True, used: bool = False
) -> Rejected | None:
    names = {"10000000ABCDEF01", "gate-t01"}
    return untimely(code, now=Utc(NOON + at_s), vouched=vouched, used=used, names=names)


def test_a_code_is_good_until_it_expires_and_once() -> None:
    assert late(a_code(), 0) is None
    assert late(a_code(), HOUR + 59) is None
    assert code_of(late(a_code(), HOUR + 60)) is Code.EXPIRED
    assert code_of(late(a_code(), 0, used=True)) is Code.USED


def test_a_code_for_another_device_is_not_taken() -> None:
    assert late(a_code(device="GATE-t01"), 0) is None
    assert late(a_code(device="10000000abcdef01"), 0) is None
    assert code_of(late(a_code(device="gate-t02"), 0)) is Code.OTHER_DEVICE


def test_a_clock_that_is_years_behind_takes_a_code_of_today() -> None:
    """An unconfigured device has no network, so nobody has told it the time yet."""
    year_s = 365 * 86_400.0

    assert late(a_code(), -year_s, vouched=False) is None
    assert isinstance(read(a_code(), -year_s, vouched=False), SetupCode)
    assert code_of(late(a_code(), -year_s, vouched=True)) is Code.NOT_YET


def test_a_clock_that_is_ahead_refuses_and_says_that_nobody_vouches_for_it() -> None:
    refused = late(a_code(), 2 * HOUR, vouched=False)

    assert refused == Rejected(Code.EXPIRED, "1 h ago, by a clock that nobody vouches for")


def test_a_clock_that_is_behind_takes_a_new_key_and_no_key_that_had_ended() -> None:
    new, ended = ({**KEY, "nbf": int(NOON)}, {**KEY, "exp": int(NOON) - 3_600})
    message = whole(texts_of(a_code()))
    year_before = Utc(NOON - 365 * 86_400)

    def by(key: dict[str, object]) -> SetupCode | Rejected:
        return read_code(message, keys=keys(key), now=year_before, vouched=False)  # type: ignore[arg-type]  # nbf and exp are numbers

    assert isinstance(by(new), SetupCode)
    assert code_of(by(ended)) is Code.UNKNOWN_KEY
