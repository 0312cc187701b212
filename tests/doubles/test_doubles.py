"""A thousand visits at two gates that are cut off and joined at random: what gates and central did
beside what an oracle saw."""

from collections.abc import Callable

import pytest

from tests.doubles.mall import Mall
from tests.doubles.verdict import broken, in_words, why

VISITS = 250
"""With each policy; `make soak` has more of them."""


@pytest.mark.parametrize("policy", ["soft", "deny"])
def test_gates_double_only_what_they_cannot_know_and_central_reports_each_and_nothing_else(
    policy: str, record_property: Callable[[str, object], None]
) -> None:
    mall = Mall(seed=1, deny=policy == "deny", visits=VISITS)

    mall.play()

    record_property(f"two gates, {policy}", in_words(mall))
    assert not [*broken(mall)]
    assert why(mall)["in the window"], "no double in the window: it shows nothing"
    assert why(mall)["in a cut"]
    if policy == "deny":
        assert sum(lane.denied for lane in mall.lanes.values()) > 0
    else:
        assert sum(lane.marked for lane in mall.lanes.values()) > 0
