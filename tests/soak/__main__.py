"""Long random runs: `make soak SOAK=seconds`. Ends at the first failure, with its seed."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tests.soak.capacity import troubled_afternoon
from tests.soak.central_junk import central_flooded
from tests.soak.chaos import minute_of_chaos, minute_of_chaos_with_central
from tests.soak.days import days
from tests.soak.doubles import afternoon_at_two_gates
from tests.soak.drift import weeks_of_visitors
from tests.soak.fuzz import fuzzed
from tests.soak.junk import flooded
from tests.soak.kills import KILLS, morning_with_kills
from tests.soak.models import LIVES, lives_at_a_venue
from tests.soak.passes import damaged_pass
from tests.soak.people import people_of_each_temperature
from tests.soak.pictures import nonsense
from tests.soak.power import CUTS, life_with_power_cuts
from tests.soak.provisioning import provisioned_through_power_cuts
from tests.soak.stories import story
from tests.soak.thermometer import faulty_visits
from tests.soak.updates import CHANGES, flipped_bundles, life_with_updates

Play = Callable[[int], None]
"""Plays what belongs to a seed and raises where a promise is broken."""


@dataclass(frozen=True)
class Run:
    """One kind of run."""

    name: str
    begin: Callable[[], AbstractContextManager[Play]]
    """What is set up once for all seeds."""
    share: int
    """Of the time, in parts."""
    at_least: int
    """Seeds, however short the time is."""


def each(play: Play) -> Callable[[], AbstractContextManager[Play]]:
    """For a run whose seeds have nothing in common."""
    return lambda: nullcontext(play)


RUNS = (
    Run("stories", each(story), share=2, at_least=100),
    Run("damaged passes", each(damaged_pass), share=1, at_least=100),
    Run("visits at a faulty thermometer", faulty_visits, share=1, at_least=10),
    Run("nonsense pictures", each(nonsense), share=2, at_least=20),
    Run("fuzzed passes", each(fuzzed), share=12, at_least=1),
    Run(f"lives with {CUTS} power cuts", each(life_with_power_cuts), share=2, at_least=50),
    Run(
        "small files through power cuts", each(provisioned_through_power_cuts), share=1, at_least=5
    ),
    Run(f"mornings with {KILLS} kills", each(morning_with_kills), share=15, at_least=1),
    Run("people of each temperature", each(people_of_each_temperature), share=2, at_least=1),
    Run("afternoons at the limit", each(troubled_afternoon), share=5, at_least=200),
    Run(f"{LIVES} lives at a venue each", each(lives_at_a_venue), share=2, at_least=1),
    Run("nonsense on MQTT", each(flooded), share=2, at_least=1),
    Run("nonsense for central", each(central_flooded), share=2, at_least=1),
    Run("minutes of chaos", each(minute_of_chaos), share=14, at_least=1),
    Run("minutes of chaos with central", each(minute_of_chaos_with_central), share=14, at_least=1),
    Run("afternoons at two gates", each(afternoon_at_two_gates), share=4, at_least=2),
    Run("weeks of visitors", each(weeks_of_visitors), share=2, at_least=5),
    Run(f"lives with {CHANGES} updates", each(life_with_updates), share=2, at_least=50),
    Run("flipped bundles", each(flipped_bundles), share=1, at_least=20),
    Run("days", days, share=60, at_least=1),
)


def main() -> int:
    """Share the time between the runs; 1 at the first failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5400.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="The run of this name alone.")
    options = parser.parse_args()
    runs = [run for run in RUNS if options.only in {None, run.name}]
    if not runs:
        parser.error(f"--only is one of: {', '.join(run.name for run in RUNS)}")
    parts = sum(run.share for run in runs)
    passed = 0
    for run in runs:
        began, seed = time.monotonic(), options.seed
        give_up_at = began + options.seconds * run.share / parts
        with run.begin() as play:
            while seed < options.seed + run.at_least or time.monotonic() < give_up_at:
                try:
                    play(seed)
                except Exception:
                    traceback.print_exc()
                    sys.stdout.write(f'failed: --only "{run.name}" --seed {seed}\n')
                    return 1
                seed += 1
                passed += 1
        took = time.monotonic() - began
        sys.stdout.write(f"{run.name}: seeds {options.seed} to {seed - 1} in {took:.0f} s\n")
        sys.stdout.flush()
    sys.stdout.write(f"{passed} passed, 0 failed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
