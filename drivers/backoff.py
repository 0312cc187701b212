"""How long to wait before the next attempt. Pure; chance is an argument."""


def retry_pause_s(attempt: int, *, first_s: float, longest_s: float, chance: float) -> float:
    """How long to wait after the `attempt`-th failure in a row; `chance` is 0 to 1.

    Anything between a tenth of a limit and the limit, which doubles up to `longest_s`: gates that
    lost a broker together come back apart.
    """
    limit_s = min(longest_s, first_s * 2.0 ** min(attempt, 16))
    return limit_s * (0.1 + 0.9 * chance)
