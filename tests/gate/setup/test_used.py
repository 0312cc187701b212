"""The list of codes that were taken."""

import pytest

from gate.model import Utc
from gate.setup.used import MOST, Used, UsedError, after, read, written
from tests.gate.setup.codes import HOUR, NOON, a_code


def test_a_code_counts_once_also_after_a_restart() -> None:
    used = read(written(after(Used(), a_code())))

    assert used.knows(a_code())
    assert not used.knows(a_code(nonce=b"another nonce 16"))
    assert used.newest == NOON


def test_a_full_list_forgets_no_code_that_could_be_shown_again() -> None:
    codes = [
        a_code(nonce=number.to_bytes(16, "big"), expires=Utc(NOON + HOUR + number))
        for number in range(MOST + 10)
    ]
    used = Used()
    for code in codes:
        used = after(used, code)

    assert len(used.nonces) == MOST
    assert all(used.knows(code) for code in codes)
    assert not used.knows(a_code(nonce=b"another nonce 16", expires=Utc(NOON + 2 * HOUR)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"newest": 1, "before": 1, "nonces": []}',
        b'{"newest": 1, "before": 1, "nonces": {"00": 1}}',
        b'{"newest": 1, "before": "x", "nonces": {}}',
        b'{"newest": 1, "before": -1, "nonces": {}}',
        b'{"newest": NaN, "before": 1, "nonces": {}}',
        b'{"newest": 1, "before": 1, "nonces": {"000102030405060708090a0b0c0d0e0f": null}}',
    ],
)
def test_a_damaged_list_is_no_empty_one(data: bytes) -> None:
    with pytest.raises(UsedError):
        read(data)
