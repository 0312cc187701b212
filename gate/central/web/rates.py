"""How often somebody may ask: a burst, then one every so often. Pure.

Counted as in the generic cell rate algorithm (ITU-T I.371, annex A): for each who asks, only the
moment is kept at which their bucket is empty again.
"""

from ipaddress import IPv6Address, ip_address

from gate.model import Monotonic

MOST_KNOWN = 4096
"""Who has asked lately; of more, the quarter whose buckets are nearest to empty is forgotten."""


class Rate:
    """`burst` at once, and one more every `every_s` seconds, for each who asks."""

    def __init__(self, *, burst: int, every_s: float) -> None:
        self._burst_s = (burst - 1) * every_s
        self._every_s = every_s
        self._empty_at: dict[str, Monotonic] = {}

    def wait_s(self, who: str, now: Monotonic) -> float:
        """Count one more; 0, or how long to wait where it is one too many, which is not counted."""
        empty_at = max(self._empty_at.get(who, now), now)
        if empty_at - now > self._burst_s:
            return empty_at - now - self._burst_s
        if len(self._empty_at) >= MOST_KNOWN and who not in self._empty_at:
            self._forget(now)
        self._empty_at[who] = Monotonic(empty_at + self._every_s)
        return 0.0

    def _forget(self, now: Monotonic) -> None:
        for who in [who for who, empty_at in self._empty_at.items() if empty_at <= now]:
            del self._empty_at[who]
        if len(self._empty_at) >= MOST_KNOWN:
            by_age = sorted(self._empty_at, key=self._empty_at.__getitem__)
            for who in by_age[: MOST_KNOWN // 4]:
                del self._empty_at[who]


def neighbourhood(address: str) -> str:
    """What counts as one address: an IPv6 customer has a whole /64 of them."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return ip.exploded[:19]
    return str(ip)
