"""Long random runs: `make soak SOAK=seconds`. Ends at the first failure, with its seed."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak.passes import damaged_pass
from tests.soak.stories import story


@dataclass(frozen=True)
class Run:
    """One kind of run: `one` plays the life of a seed and raises where a promise is broken."""

    name: str
    one: Callable[[int], None]
    share: int
    """Of the time, in parts."""


RUNS = (
    Run("stories", story, share=1),
    Run("damaged passes", damaged_pass, share=1),
)


def main() -> int:
    """Share the time between the runs, each at least once; 1 at the first failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
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
        while (
            seed == options.seed or time.monotonic() < began + options.seconds * run.share / parts
        ):
            try:
                run.one(seed)
            except Exception as error:
                sys.stdout.write(f"{run.name} failed with --seed {seed}: {error!r}\n")
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
