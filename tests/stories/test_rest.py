"""The second measurement: after a rest, of the same visit, whatever happens to the daemon."""

from drivers.simulated.visitors import Seen
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events

WARM_C = 38.7
REST_S = 300.0


def test_who_was_too_warm_is_measured_once_more_after_the_rest_also_over_a_restart(
    staged: Staged,
) -> None:
    stage = staged()
    warm, cooled = stage.a_pass(), stage.a_pass()
    for text in (warm, cooled):
        assert stage.visitors.present(text, [WARM_C]) is Seen.RED
    assert stage.settle(SETTLE_S), stage.status()
    assert stage.stop_daemon() == 0
    stage.world.set_clock(ahead_s=REST_S + 10.0, synchronised=True)
    stage.start_daemon()

    assert stage.visitors.present(warm, [WARM_C]) is Seen.RED
    assert stage.visitors.present(cooled, [WELL_C]) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    refused = [event["r"] for event in events(stage, "refused")]
    assert refused == ["wait_and_return", "wait_and_return", "too_warm"]
    assert [event["r"] for event in events(stage, "granted")] == ["ok"]
