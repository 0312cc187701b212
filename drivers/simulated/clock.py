"""The clocks of a simulated machine: the world sets the wall clock, and lets time fly."""

import time


class SimulatedClock:
    """This machine's clocks, moved by the world; kept by a time service at first."""

    def __init__(self) -> None:
        self._flown_s = 0.0
        self._ahead_s = 0.0
        self._synchronised = True

    def set(self, *, flown_s: float, ahead_s: float, synchronised: bool) -> None:
        """How much time has flown in all; how far the wall clock is ahead of the right time (below
        0: behind it); and whether a time service keeps it there.
        """
        self._synchronised = False  # as in a kernel: whoever sets it has yet to vouch for it
        self._flown_s, self._ahead_s = flown_s, ahead_s
        self._synchronised = synchronised

    def monotonic(self) -> float:
        """Seconds that never go back, and do not hear of anybody who sets the wall clock."""
        return time.monotonic() + self._flown_s

    def wall(self) -> float:
        """Seconds since 1970, right or wrong."""
        return time.time() + self._flown_s + self._ahead_s

    def synchronised(self) -> bool:
        """Whether a time service keeps the wall clock."""
        return self._synchronised
