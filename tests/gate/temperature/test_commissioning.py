"""The commissioning record: what is written is read again, and what cannot be is refused."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Utc
from gate.temperature.commissioning import (
    FILE,
    MAX_BYTES,
    Commissioned,
    CommissioningError,
    expiry,
    parse_record,
    read_record,
    write_record,
    written,
)

CELLS = (0xFFFF, 0xB7D4, 0xBE5A, 0x0000, 0x4D4C, 0x5839, 0x3036, 0x3134)
TODAY = date(2026, 11, 24)
ACCEPTED = Commissioned(on=TODAY, expires=date(2027, 5, 24), variant="DCC", cells=CELLS)
CALIBRATED = replace(
    ACCEPTED,
    gain=1.002,
    offset_c=-0.25,
    black_bodies_c=(35.0, 40.0),
    read_c=(35.17964, 40.16966),
)


def refused(text: str | bytes) -> str:
    with pytest.raises(CommissioningError) as caught:
        parse_record(text.encode() if isinstance(text, str) else text, source="thermometer.toml")
    assert "gate calibrate" in str(caught.value), "the way out is missing"
    return str(caught.value)


@pytest.mark.parametrize("record", [ACCEPTED, CALIBRATED])
def test_a_record_is_read_as_it_was_written(record: Commissioned, tmp_path: Path) -> None:
    write_record(tmp_path, record)

    assert read_record(tmp_path) == record
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_technician_with_a_strict_umask_writes_what_the_daemon_can_read(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_record(tmp_path, ACCEPTED)
    finally:
        os.umask(before)

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o644


def test_without_a_file_there_is_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None


def test_a_record_takes_the_place_of_the_one_before_and_of_a_half_written_one(
    tmp_path: Path,
) -> None:
    write_record(tmp_path, ACCEPTED)
    (tmp_path / f"{FILE}.new").write_text("record = 1\ngain = ")

    write_record(tmp_path, CALIBRATED)

    assert read_record(tmp_path) == CALIBRATED


def test_the_daemon_may_read_what_root_has_written(tmp_path: Path) -> None:
    write_record(tmp_path, ACCEPTED)

    found = (tmp_path / FILE).stat()
    assert found.st_mode & 0o444 == 0o444
    assert found.st_uid == tmp_path.stat().st_uid


def test_a_record_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()

    with pytest.raises(CommissioningError, match="cannot be read"):
        read_record(tmp_path)


def test_no_half_of_a_record_is_believed() -> None:
    whole = written(CALIBRATED).encode()
    for length in range(len(whole) - 1):  # the last byte ends the last line
        refused(whole[:length])


@pytest.mark.parametrize(
    ("line", "instead", "why"),
    [
        ("record = 1", "record = 2", "written by a newer program, as version 2"),
        ("record = 1", "record = true", "does not say which version"),
        ("record = 1", f"record = {10**30}", "newer program"),
        ("gain = 1.002", "gain = 1.021", "more than 0.02 from 1"),
        ("gain = 1.002", "gain = nan", "more than 0.02 from 1"),
        ("gain = 1.002", "gain = '1.002'", "gain is no number"),
        ("gain = 1.002", f"gain = {10**400}", "gain is no number"),
        ("gain = 1.002", "gain = 1.004", "not those of its readings"),
        ("gain = 1.002", "", "without gain"),
        ("gain = 1.002", "gain = 1.002\ngrain = 1", "'grain' is no key of it"),
        ("offset_c = -0.25", "offset_c = -1.01", "the offset is -1.01 C"),
        ("offset_c = -0.25", "offset_c = 0.95", "skin is corrected by +1.02 C"),
        ("offset_c = -0.25", "offset_c = -inf", "offset_c is no number"),
        ("[35.0, 40.0]", "[40.0, 35.0]", "or swapped"),
        ("[35.0, 40.0]", "[37.5, 40.0]", "less than 3 C apart"),
        ("[35.0, 40.0]", "[35.0, 100.0]", "not within 30 to 45 C"),
        ("[35.0, 40.0]", "[35.0]", "there are not two black bodies"),
        ("[35.0, 40.0]", "[]", "there are not two black bodies"),
        ("[35.0, 40.0]", "[35.0, 37.0, 40.0]", "no list of two temperatures"),
        ("[35.0, 40.0]", '["35", "40"]', "black_bodies_c is no number"),
        ("FFFF B7D4", "FFFFB7D4", "no words of four hex digits"),
        ("FFFF B7D4", "FFFF 0xB7", "no words of four hex digits"),
        ("FFFF B7D4", "FFFF", "not 8 words"),
        ('"DCC"', '"D1C"', "not three letters"),
        ("2026-11-24", "2026-11-24T10:00:00Z", "commissioned is no day"),
        ("2026-11-24", "'today'", "commissioned is no day"),
        ("2026-11-24", "2027-05-24", "would count from"),
        ("2027-05-24", "2099-01-01", "would count from"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(line: str, instead: str, why: str) -> None:
    text = written(CALIBRATED)
    assert line in text

    assert why in refused(text.replace(line, instead))


def test_a_correction_that_no_black_body_asked_for_is_refused() -> None:
    text = written(ACCEPTED).replace("offset_c = 0.0", "offset_c = -0.5")

    assert "without having seen a black body" in refused(text)


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"[" * 4000, b"# " + b"x" * MAX_BYTES, b"a = 1\na = 2", b"\x00"]
)
def test_what_is_no_record_at_all_is_refused(data: bytes) -> None:
    refused(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_without_a_traceback(data: bytes) -> None:
    refused(data)


@given(st.integers(0, len(written(CALIBRATED)) * 8 - 1))
def test_a_turned_bit_leaves_a_record_that_can_be_or_none(bit: int) -> None:
    data = bytearray(written(CALIBRATED).encode())
    data[bit // 8] ^= 1 << bit % 8
    try:
        record = parse_record(bytes(data), source="thermometer.toml")
    except CommissioningError:
        return
    assert record.true_c(37.0) == pytest.approx(CALIBRATED.true_c(37.0), abs=0.02)


def test_the_line_says_what_is_true_from_what_was_read() -> None:
    assert CALIBRATED.true_c(35.17964) == pytest.approx(35.0, abs=1e-4)
    assert CALIBRATED.true_c(40.16966) == pytest.approx(40.0, abs=1e-4)
    assert ACCEPTED.true_c(36.5) == 36.5


def test_six_months_end_on_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert expiry(date(2026, 11, 24)) == date(2027, 5, 24)
    assert expiry(date(2026, 8, 31)) == date(2027, 2, 28)
    assert expiry(date(2027, 8, 30)) == date(2028, 2, 29)


def test_the_record_counts_until_the_day_of_its_end_begins() -> None:
    end = datetime(2027, 5, 24, tzinfo=UTC).timestamp()

    assert not CALIBRATED.has_expired(Utc(end - 1))
    assert CALIBRATED.has_expired(Utc(end))


def test_a_folder_that_takes_nothing_keeps_the_record_that_it_has(tmp_path: Path) -> None:
    write_record(tmp_path, ACCEPTED)
    (tmp_path / f"{FILE}.new").mkdir()  # root may write anywhere, but not over a folder

    with pytest.raises(OSError, match=os.fspath(tmp_path)):
        write_record(tmp_path, CALIBRATED)
    assert read_record(tmp_path) == ACCEPTED
