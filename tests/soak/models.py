"""Random lives of gates that tell each other of visits: more of `tests.gate.test_venue_model`."""

import logging

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gate.test_venue_model import Life

LIVES = 250


def lives_at_a_venue(number: int) -> None:
    """As many lives as belong to a seed; raises where two gates disagree."""

    @seed(number)
    class Seeded(Life):
        """The same lives for the same seed."""

    few = settings(max_examples=LIVES, stateful_step_count=40, database=None, deadline=None)
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # late answers are part of these lives, each with a line
    try:
        run_state_machine_as_test(Seeded, settings=few)
    finally:
        logging.disable(before)
