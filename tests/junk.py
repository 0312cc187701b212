"""Messages that nobody should believe: bytes, JSON and damaged copies of good ones."""

import json
import random
from collections.abc import Iterator, Mapping

from gate.payloads import Payload
from gate.payloads.examples import EXAMPLES

BAD_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 2**63, 2**64, 1e308, -0.5, "", "\x00", "x" * 5000),
    *(float("nan"), float("inf"), 1e300, -1.5, 0.5),
    *([], {}, [[[[[]]]]], {"s": {}}, "2026-02-31T00:00:00Z", "NaN", "../../etc/passwd"),
)
RAW = (
    *(b"", b"\x00", b"\xff\xfe", b"null", b"[]", b"{}", b'""', b"NaN", b"1e400", b"{", b"}{"),
    *(b"[" * 20_000, b'{"s":' * 5_000, b'{"a":"' + b"b" * 200_000 + b'"}', "٣".encode() * 40),
)


def junk(draw: random.Random, model: type[Payload]) -> bytes:
    """Something on the topic of this payload; mostly none, now and then a good one of elsewhere."""
    good: dict[str, object] = json.loads(EXAMPLES[model].encode())
    match draw.randrange(6):
        case 0:
            return draw.choice(RAW)
        case 1:
            return draw.randbytes(draw.randrange(300))
        case 2:
            return json.dumps(_spoilt(draw, good)).encode()
        case 3:
            return json.dumps({**good, "later": draw.choice(BAD_VALUES)}).encode()
        case 4:
            other = EXAMPLES[draw.choice([*EXAMPLES])].encode()
            return other.replace(b"7f3c2a91", b"00000000")
        case _:
            return _damaged(draw, json.dumps(good).encode())


def _spoilt(draw: random.Random, good: Mapping[str, object]) -> dict[str, object]:
    """One or two fields are not what they should be, or are missing."""
    spoilt = dict(good)
    for _ in range(draw.randint(1, 2)):
        field = draw.choice([*good])
        if draw.random() < 0.2:
            spoilt.pop(field, None)
        else:
            spoilt[field] = draw.choice(BAD_VALUES)
    return spoilt


def _damaged(draw: random.Random, payload: bytes) -> bytes:
    """Cut short, or some bytes are others."""
    data = bytearray(payload[: draw.randrange(1, len(payload) + 1)])
    for _ in range(draw.randrange(4)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data)


def flood(
    seed: int, models: Mapping[str, type[Payload]], count: int
) -> Iterator[tuple[str, bytes]]:
    """So many messages, on topics at random."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    topics = sorted(models)
    for _ in range(count):
        topic = draw.choice(topics)
        yield topic, junk(draw, models[topic])
