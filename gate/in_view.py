"""Which codes lie in front of the camera, so that each phone is reported once. Pure.

1. A code that was not in view is reported at once, whatever other codes have been shown.
2. A code in view is not reported again, however long the phone stays.
3. A code has gone when it was not seen for `same_phone_s`; then rule 1 holds for it again.
4. A code that could not be dealt with (`ask_again`) is reported once more when it is seen from
   the given moment on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gate.model import Monotonic

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
"""The codes in front of the camera; the one seen last stands last. At most 32."""


def notice(
    in_view: InView, texts: Iterable[bytes], now: Monotonic, *, same_phone_s: float
) -> tuple[InView, tuple[bytes, ...]]:
    """What is in view once `texts` were read in one frame, and which of them to report."""
    known = {shown.text: shown for shown in in_view if now < shown.seen_at + same_phone_s}
    report = []
    for text in dict.fromkeys(texts):
        shown = known.pop(text, None)
        if shown is None or (shown.again_at is not None and now >= shown.again_at):
            report.append(text)
            shown = Shown(text, now)
        known[text] = replace(shown, seen_at=now)
    return tuple(known.values())[-_MOST_IN_VIEW:], tuple(report)


def ask_again(in_view: InView, text: bytes, at: Monotonic) -> InView:
    """Have `text` reported once more when it is seen from `at` on; nothing if it is gone."""
    return tuple(replace(one, again_at=at) if one.text == text else one for one in in_view)
