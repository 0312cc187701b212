"""Figures of reading: drawn pictures and photographs, by each library alone and by the gate.

The times are of the processor, of all threads, for one frame.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from drivers.replay import read_picture
from tests.bench.tables import ROOT, table
from tests.pictures.conditions import BINNED, VGA
from tests.pictures.drawing import Picture
from tests.pictures.readers import READERS
from tests.pictures.scores import Score, behind, missed, scores
from tests.pictures.sweeps import ROWS, pictures

PHOTOS = Path(os.environ.get("AMAN_QR_PHOTOS", ROOT.parent / "shared" / "qr-photos"))
_A_ROW = {VGA: 10, BINNED: 6}
"""Pictures of a row; large ones take their time."""
_YARDSTICK = "pyzbar"


def codes() -> None:
    """Drawn pictures: a row for each condition at a strength."""
    lost, wrong, drawn, unread = [], 0, 0, 0
    for size, count in _A_ROW.items():
        lines = []
        for row in (row for row in ROWS if row.size == size):
            of_row = scores(pictures(row, count))
            lines.append((row.name, *_percentages(of_row), *_times(of_row)))
            wrong += of_row["cascade"].wrong + of_row["ladder"].wrong
            drawn, unread = drawn + count, unread + len(missed(of_row, "cascade"))
            lost += [f"{row.name} at {size[0]}"] * behind(of_row, "cascade")
        table(f"Drawn codes, {size[0]} x {size[1]}: right of 100", _head("condition"), *lines)
    names = f" ({', '.join(lost)})" if lost else ""
    sys.stdout.write(
        f"\nThe cascade is behind the better single reader in {len(lost)} of {len(ROWS)} rows"
        f"{names}. Of {drawn} pictures it leaves {unread} unread that a library alone reads; wrong"
        f" texts of the gate: {wrong}.\n"
    )


def photographs() -> None:
    """Real photographs, with a code and without."""
    if not PHOTOS.exists():
        sys.stdout.write(f"\nno photographs at {PHOTOS}: left out\n")
        return
    files = [entry["file"] for entry in _manifest() if entry["text"] is not None]
    with_code, without = scores(_photographs(coded=True)), scores(_photographs(coded=False))
    one = with_code[_YARDSTICK]
    table(
        f"Photographs: {one.pictures} with a code, {without[_YARDSTICK].pictures} without",
        ("reader", "right text", "any text", "wrong text", "text where none is", "time of pyzbar"),
        *(
            (name, s.right, s.any, s.wrong, without[name].any, f"{s.cpu_s / one.cpu_s:.2f}")
            for name, s in with_code.items()
        ),
    )
    for ours in ("cascade", "ladder"):
        unread = sorted(files[number] for number in missed(with_code, ours))
        sys.stdout.write(
            f"\nRead by a library alone and not by the {ours}: {', '.join(unread) or 'none'}.\n"
        )


def _photographs(*, coded: bool) -> Iterator[Picture]:
    for entry in _manifest():
        if (entry["text"] is not None) is coded:
            yield Picture(entry["text"], read_picture(PHOTOS / entry["file"]))


def _manifest() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((PHOTOS / "manifest.json").read_text("utf-8"))
    return entries


def _head(first: str) -> tuple[str, ...]:
    others = [name for name in READERS if name != _YARDSTICK]
    return (first, *READERS, f"{_YARDSTICK} ms", *(f"{name}, time of it" for name in others))


def _percentages(of_row: dict[str, Score]) -> Iterable[str]:
    return [f"{100 * score.right / score.pictures:.0f}" for score in of_row.values()]


def _times(of_row: dict[str, Score]) -> Iterable[str]:
    yardstick = of_row[_YARDSTICK].cpu_s
    yield f"{yardstick * 1000:.1f}"
    for name, score in of_row.items():
        if name != _YARDSTICK:
            yield f"{score.cpu_s / yardstick:.2f}"
