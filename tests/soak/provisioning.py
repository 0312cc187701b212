"""Devices that take small files over, one power cut after another: `make soak`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.gate.provision.test_power_cuts import (
    STORIES,
    ends_as_the_new_one,
    old_or_new_with_a_spoilt_card,
)


def provisioned_through_power_cuts(seed: int) -> None:
    """A story a seed, ended after each of its steps; on a disk, with every flush."""
    story = [*STORIES][seed % len(STORIES)]
    with TemporaryDirectory() as folder:
        (Path(folder) / "a").mkdir()
        (Path(folder) / "b").mkdir()
        ends_as_the_new_one(story, Path(folder) / "a")
        old_or_new_with_a_spoilt_card(story, Path(folder) / "b")
