"""Server-sent events to one page (HTML standard, section 9.2), as long as both are there."""

import asyncio
from collections.abc import AsyncIterator, Callable

from gate.central.view import View
from gate.central.web.picture import beat, changes, written
from gate.model import Utc

LOOK_S = 0.25
"""So often the view is looked at: faster than people see, and nothing is sent where it is the
same."""
BEAT_S = 5.0
"""A page that hears nothing for three of these is cut off."""
RETRY = b"retry: 2000\n\n"
GONE = b"event: gone\ndata: {}\n\n"


async def events(
    view: Callable[[], View],
    *,
    chosen: str,
    wall: Callable[[], Utc],
    may_listen: Callable[[], bool],
    stopping: Callable[[], bool],
) -> AsyncIterator[bytes]:
    """What one page is told, until central stops or the page may listen no longer."""
    told: View | None = None
    silent_s = 0.0
    yield RETRY
    while not stopping():
        if not may_listen():
            yield GONE
            return
        newest = view()
        if newest is not told:
            # In one piece: nobody shows half a picture.
            yield b"".join(map(written, changes(told, newest, wall(), chosen=chosen)))
            told, silent_s = newest, 0.0
        elif silent_s >= BEAT_S:
            yield written(beat(wall()))
            silent_s = 0.0
        await asyncio.sleep(LOOK_S)
        silent_s += LOOK_S
