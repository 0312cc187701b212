"""A whole mall as the demonstration has it: two lanes, a broker, central and its manager."""

from pathlib import Path

from drivers.simulated.visitors import Seen
from gate.commands.simulate.mall import Mall
from gate.commands.simulate.morning import Morning
from tests.stories.lanes import SETTLE_S, SIMULATED, WELL_C


def test_a_mall_counts_at_both_lanes_admits_one_for_one_and_opens_again_after_a_fire(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    with Mall(SIMULATED, tmp_path, limit=2) as mall:
        text = mall.entry.a_pass(2)
        assert mall.has_room(2)
        assert mall.entry.visitors.present(text, [WELL_C, WELL_C]) is Seen.GREEN
        assert mall.exit.visitors.check_out(text)
        for _ in range(2):
            mall.exit.visitors.walk_out()
        morning = Morning(mall, seed=1, say=told.append)
        morning.full()
        morning.fire()
        morning.guest()

        assert mall.settle(SETTLE_S), (mall.central_counts, mall.walked)
        events, entered, left = mall.tally.events(), *mall.walked
        assert mall.central_counts == (entered, left, entered - left)
        assert mall.stop() == []
    assert morning.wrong == []
    assert told.count("one for one, the next: walked in") == 2
    assert [it["r"] for it in events if it["k"] == "refused"] == ["full", "closed"]
    passed = [it.get("v") for it in events if it["k"] == "passage"]
    assert passed.count(passed[0]) == 4  # both came in and left by the same pass
