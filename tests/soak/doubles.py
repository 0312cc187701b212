"""Afternoons at two gates that are cut off and joined at random: see `tests.doubles`."""

import sys

from tests.doubles.mall import Mall
from tests.doubles.verdict import broken, in_words

VISITS = 1000


def afternoon_at_two_gates(seed: int) -> None:
    """A thousand visits; the policy is `deny` where the seed is even."""
    mall = Mall(seed=seed, deny=seed % 2 == 0, visits=VISITS)
    mall.play()
    sys.stdout.write(f"  {'soft' if seed % 2 else 'deny'}: {in_words(mall)}\n")
    sys.stdout.flush()
    sentences = [*broken(mall)]
    assert not sentences, sentences
