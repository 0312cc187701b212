"""Devices that take small files over, one power cut after another: `make soak`."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.gate.provision.test_power_cuts import (
    STORIES,
    ends_as_the_new_one,
    old_or_new_with_a_spoilt_card,
)


def provisioned_through_power_cuts(seed: int) -> None:
    """Every story, ended after each of its steps; on a disk, with every flush."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    story = draw.choice([*STORIES])
    with TemporaryDirectory() as folder:
        (Path(folder) / "a").mkdir()
        (Path(folder) / "b").mkdir()
        ends_as_the_new_one(story, Path(folder) / "a")
        if story != "less":
            old_or_new_with_a_spoilt_card(story, Path(folder) / "b")
