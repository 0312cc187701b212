"""Which codes lie in front of the camera, so that each phone is reported once. Pure.

1. A code that was not in view is reported at once, whatever other codes have been shown.
2. A code in view is not reported again, however long the phone stays.
3. A code has gone when it was not seen for `same_phone_s`; then rule 1 holds for it again. Frames
   that nobody looks at count as well: time passes.
4. A code that could not be dealt with (`ask_again`) is reported once more when it is seen from
   the given moment on.
5. What counts is when a code was seen, not when that was found out: a second look tells of an
   earlier frame, up to `LATE_S` ago, while later ones have been looked at already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gate.model import Monotonic

LATE_S = 2.0
"""A second look that takes longer is given up (`drivers.qr.decoder`)."""

_MOST_IN_VIEW = 32
"""Beyond that the code that was away longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that was reported and has not gone."""

    text: bytes
    seen_at: Monotonic
    again_at: Monotonic | None = None
    """To be reported once more when seen from then on."""


InView = tuple[Shown, ...]
"""The codes in front of the camera, and those of a moment ago; the one seen last stands last. At
most 32."""


def notice(
    in_view: InView, texts: Iterable[bytes], seen_at: Monotonic, *, same_phone_s: float
) -> tuple[InView, tuple[bytes, ...]]:
    """What is in view once `texts` were read in the frame of that moment, and what to report."""
    forgotten_at = seen_at - same_phone_s - LATE_S
    known = {shown.text: shown for shown in in_view if shown.seen_at > forgotten_at}
    report = []
    for text in dict.fromkeys(texts):
        shown = known.pop(text, None)
        if shown is None or not _in_view(shown, seen_at, same_phone_s):
            report.append(text)
            shown = Shown(text, seen_at)
        elif shown.again_at is not None and seen_at >= shown.again_at:
            report.append(text)
            shown = replace(shown, again_at=None)
        known[text] = replace(shown, seen_at=Monotonic(max(shown.seen_at, seen_at)))
    return tuple(known.values())[-_MOST_IN_VIEW:], tuple(report)


def ask_again(in_view: InView, text: bytes, at: Monotonic) -> InView:
    """Have `text` reported once more when it is seen from `at` on; nothing if it is gone."""
    return tuple(replace(one, again_at=at) if one.text == text else one for one in in_view)


def anything(in_view: InView, now: Monotonic, *, same_phone_s: float) -> bool:
    """Whether some code has not gone."""
    return any(_in_view(shown, now, same_phone_s) for shown in in_view)


def _in_view(shown: Shown, now: Monotonic, same_phone_s: float) -> bool:
    return now < shown.seen_at + same_phone_s
