"""The commissioning record of a thermometer: which part it is, and by how much it is wrong there.

`gate calibrate` writes the record to `thermometer.toml` in the data folder. A black body of a
known temperature, seen at the final rail and distance, tells what no data sheet knows: the supply
voltage at the part, the window in front of it, the distance. Two of them give a line:

    true = gain x read + offset_c

*read* is the object temperature as the part says it, with its own emissivity of 1.0. A black
body has that emissivity, so nothing is corrected before; for skin the emissivity is corrected
after, on the number that this line gives. Ambient temperatures are left alone.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gate.durable import Disk, owner_of
from gate.model import Utc
from gate.temperature.skin import TrueC, true_c

FILE = "thermometer.toml"
"""Its name in the data folder."""

RECORD = 1
"""The version of the record; one that is written by a newer program is not guessed at."""

MAX_BYTES = 4096

CELLS = (0x24, 0x25, 0x2E, 0x2F, 0x3C, 0x3D, 0x3E, 0x3F)
"""What tells one part from another: emissivity, filters, address, calibration, and four of ID."""

LARGEST_GAIN_ERROR = 0.02
LARGEST_OFFSET_C = 1.0
LARGEST_CORRECTION_C = 1.0
"""At skin. What is further off is a wrong part, a wrong body or a wrong distance."""

SKIN_C = 37.0

CLOSEST_BODIES_C = 3.0
"""Closer together, the line between them is made of noise."""

ROUNDING_C = 0.01
"""How well the line meets its two readings: only decimals are lost."""

COLDEST_BODY_C, HOTTEST_BODY_C = 30.0, 45.0

VALID_MONTHS = 6
LONGEST_DAYS = 366

_KEYS = (
    "record",
    "commissioned",
    "expires",
    "variant",
    "cells",
    "gain",
    "offset_c",
    "black_bodies_c",
    "read_c",
)

_WAY_OUT = (
    "Put a copy back, or make it anew: gate calibrate, or gate calibrate --accept (factory values)."
)


class CommissioningError(Exception):
    """There is a record and it cannot be used; the text says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Commissioned:
    """One thermometer, as it was put into service.

    Raises ValueError, with all that is wrong, for what no commissioning can have found.
    """

    on: date
    """The day, UTC."""
    expires: date
    """The first day on which it no longer counts."""
    variant: str
    """The letters printed on the part; they cannot be read from it."""
    cells: tuple[int, ...]
    """The words of `CELLS`."""
    gain: float = 1.0
    offset_c: float = 0.0
    black_bodies_c: tuple[float, ...] = ()
    """The two that it was calibrated with, the cooler one first; none: the factory's values."""
    read_c: tuple[float, ...] = ()
    """What the part said of each."""

    def __post_init__(self) -> None:
        if wrong := list(_absurd(self)):
            raise ValueError("; ".join(wrong))

    @property
    def calibrated(self) -> bool:
        """Whether it was ever compared with something that is known."""
        return bool(self.black_bodies_c)

    def true_c(self, read_c: float) -> TrueC:
        """The object temperature that is meant by what the part says; not yet skin."""
        return true_c(read_c, gain=self.gain, offset_c=self.offset_c)

    def has_expired(self, now: Utc) -> bool:
        """Whether it has to be calibrated again."""
        return datetime.fromtimestamp(now, UTC).date() >= self.expires


def expiry(on: date) -> date:
    """The day `VALID_MONTHS` after; the last one of a shorter month."""
    months = on.month - 1 + VALID_MONTHS
    year, month = on.year + months // 12, months % 12 + 1
    for day in range(on.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def read_record(folder: Path) -> Commissioned | None:
    """The record in the data folder; None where there is none. Raises `CommissioningError`."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommissioningError(
            f"{path}: cannot be read ({error.strerror}). Let the gate's user read it."
        ) from error
    return parse_record(data, source=str(path))


def parse_record(data: bytes, *, source: str) -> Commissioned:
    """The record in `data`; `source` names it in the error. Raises `CommissioningError`."""
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES} bytes")  # noqa: TRY301 - told in one place
        return _record_of(tomllib.loads(data.decode()))
    except RecursionError:
        why = "brackets too deep within each other"
    except ValueError as error:  # TOML and Unicode errors are among them
        why = str(error)
    raise CommissioningError(f"{source}: no commissioning record to go by ({why}). {_WAY_OUT}")


def write_record(folder: Path, record: Commissioned) -> None:
    """Replace the record: after a power cut there is the old one or this. Raises OSError."""
    # The folder's owner: a technician with sudo writes it, and the daemon has to read it.
    Disk().write(folder / FILE, written(record).encode(), owner=owner_of(folder))


def written(record: Commissioned) -> str:
    """The record as it stands in its file."""
    return "\n".join(
        (
            "# Written by `gate calibrate`; docs/temperature.md. true = gain x read + offset_c",
            f"record = {RECORD}",
            f"commissioned = {record.on}",
            f"expires = {record.expires}",
            f'variant = "{record.variant}"',
            f'cells = "{in_hex(record.cells)}"',
            f"gain = {record.gain!r}",
            f"offset_c = {record.offset_c!r}",
            f"black_bodies_c = {list(record.black_bodies_c)}",
            f"read_c = {list(record.read_c)}",
            "",
        )
    )


def in_hex(cells: tuple[int, ...]) -> str:
    """Words of the part as a technician compares them."""
    return " ".join(f"{word:04X}" for word in cells)


# --- what stands in the file ----------------------------------------------------------------


def _record_of(document: Mapping[str, Any]) -> Commissioned:
    """Raises ValueError with what is wrong, quoting nothing longer than a key."""
    version = document.get("record")
    if type(version) is not int or version < 1:
        raise ValueError("it does not say which version of a record it is")
    if version > RECORD:
        raise ValueError(f"written by a newer program, as version {version:.10g}")
    if missing := [key for key in _KEYS if key not in document]:
        raise ValueError(f"without {missing[0]}, cut off or altered")
    if strange := [key for key in document if key not in _KEYS]:
        raise ValueError(f"{strange[0]!r:.42} is no key of it")
    return Commissioned(
        on=_day(document, "commissioned"),
        expires=_day(document, "expires"),
        variant=_text(document, "variant"),
        cells=_words(_text(document, "cells")),
        gain=_number(document["gain"], "gain"),
        offset_c=_number(document["offset_c"], "offset_c"),
        black_bodies_c=_numbers(document, "black_bodies_c"),
        read_c=_numbers(document, "read_c"),
    )


def _day(document: Mapping[str, Any], key: str) -> date:
    value = document[key]
    if type(value) is not date:  # a datetime is a date, too
        raise ValueError(f"{key} is no day, as in 2026-11-24")
    return value


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text in quotes")  # noqa: TRY004 - wrong in the file
    return value


def _number(value: object, key: str) -> float:
    # An integer that large is no temperature, and float() would refuse it with an error of its own.
    if type(value) not in {int, float} or not isinstance(value, int | float) or abs(value) > 1e6:
        raise ValueError(f"{key} is no number that can be")
    return float(value)


def _numbers(document: Mapping[str, Any], key: str) -> tuple[float, ...]:
    values = document[key]
    if not isinstance(values, list) or len(values) > 2:
        raise ValueError(f"{key} is no list of two temperatures, or of none")
    return tuple(_number(value, key) for value in values)


def _words(text: str) -> tuple[int, ...]:
    try:
        words = tuple(int(word, 16) for word in text.split(" ") if len(word) == 4)
    except ValueError:
        words = ()
    if in_hex(words) != text.upper():
        raise ValueError("cells are no words of four hex digits")
    return words


# --- what cannot be -------------------------------------------------------------------------


def _absurd(it: Commissioned) -> Iterator[str]:
    """All that is wrong; a comparison with NaN is false, so each asks for what is right."""
    if not 0 < (it.expires - it.on).days <= LONGEST_DAYS:
        yield f"it would count from {it.on} until {it.expires}"
    if not (it.variant.isascii() and it.variant.isalpha() and len(it.variant) == 3):
        yield "the variant is not three letters"
    if len(it.cells) != len(CELLS) or not all(0 <= word <= 0xFFFF for word in it.cells):
        yield f"there are not {len(CELLS)} words of cells"
    if not abs(it.gain - 1) <= LARGEST_GAIN_ERROR:
        yield f"the gain is {it.gain:.4f}, more than {LARGEST_GAIN_ERROR:g} from 1"
    if not abs(it.offset_c) <= LARGEST_OFFSET_C:
        yield f"the offset is {it.offset_c:.2f} C, more than {LARGEST_OFFSET_C:g}"
    if not abs(correction := it.true_c(SKIN_C) - SKIN_C) <= LARGEST_CORRECTION_C:
        yield f"skin is corrected by {correction:+.2f} C, more than {LARGEST_CORRECTION_C:g}"
    if len(it.black_bodies_c) not in {0, 2} or len(it.read_c) != len(it.black_bodies_c):
        yield "there are not two black bodies with a reading of each, or none at all"
    elif not it.calibrated:
        if (it.gain, it.offset_c) != (1.0, 0.0):
            yield "it corrects without having seen a black body"
    else:
        yield from _absurd_bodies(it)


def _absurd_bodies(it: Commissioned) -> Iterator[str]:
    cool, warm = it.black_bodies_c
    if not (cool >= COLDEST_BODY_C and warm <= HOTTEST_BODY_C):
        yield f"a black body is not within {COLDEST_BODY_C:g} to {HOTTEST_BODY_C:g} C"
    if not warm - cool >= CLOSEST_BODIES_C:
        yield f"the black bodies are less than {CLOSEST_BODIES_C:g} C apart, or swapped"
    missed = [
        it.true_c(read) - body for body, read in zip(it.black_bodies_c, it.read_c, strict=True)
    ]
    if not all(abs(residual_c) <= ROUNDING_C for residual_c in missed):
        yield "gain and offset are not those of its readings"
