"""What the scanner has done since it was started. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

REMEMBERED = 100
"""First sights whose times are kept."""


@dataclass(frozen=True, slots=True)
class ScannerFigures:
    """What the scanner has done since it was started."""

    frames: int = 0
    """Frames taken."""
    looked: int = 0
    """Frames that were given to the decoder."""
    read: int = 0
    """Frames with at least one code, seen at once or by the second look."""
    unnoticed: int = 0
    """Of these: nobody seemed to be there, and the frame was read all the same."""
    by_reader: tuple[tuple[str, int], ...] = ()
    """Codes read, by the name of the reader that found them."""
    reported: int = 0
    """Texts passed on."""
    first_sights_s: tuple[float, ...] = ()
    """From the moment somebody was there to the first text passed on: the last 100."""
    second_looks: int = 0
    """Begun."""
    overdue: int = 0
    """Looks, first and second, that took longer than their deadline."""
    left_out: int = 0
    """Frames that were to be looked at while the decoder was still at an earlier one."""
    lost: int = 0
    """Times that the camera was lost."""

    def as_json(self) -> dict[str, object]:
        """For `gate status`; times in milliseconds, None where there is none yet."""
        sights = self.first_sights_s
        return {
            "looked": self.looked,
            "read": self.read,
            "unnoticed": self.unnoticed,
            "by_reader": dict(self.by_reader),
            "second_looks": self.second_looks,
            "overdue": self.overdue,
            "left_out": self.left_out,
            "lost": self.lost,
            "sight_to_read_ms": {
                "median": round(1000 * median(sights)) if sights else None,
                "worst": round(1000 * max(sights)) if sights else None,
            },
        }


def after_reading(
    figures: ScannerFigures, readers: Iterable[str], *, noticed: bool
) -> ScannerFigures:
    """One frame in which these readers have found a code each; nothing where there are none."""
    by_reader = dict(figures.by_reader)
    for reader in readers:
        by_reader[reader] = by_reader.get(reader, 0) + 1
    if by_reader == dict(figures.by_reader):
        return figures
    return replace(
        figures,
        read=figures.read + 1,
        unnoticed=figures.unnoticed + (not noticed),
        by_reader=tuple(by_reader.items()),
    )


def after_first_sight(figures: ScannerFigures, took_s: float) -> ScannerFigures:
    """Somebody's first code was passed on so long after that one was first seen."""
    return replace(figures, first_sights_s=(*figures.first_sights_s, took_s)[-REMEMBERED:])
