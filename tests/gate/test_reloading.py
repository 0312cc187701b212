"""A configuration file that changes under a running daemon."""

from pathlib import Path

import pytest

from gate.config import load
from gate.lists import Versions
from gate.reloading import DISK, Reloading
from tests.gate.configs import text_of

KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "' + "A" * 43 + '"}]}'


class Lane:
    """A file, and how often its takeover ended the loop."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "gate.toml"
        self.keys = folder / "keys.json"
        self.keys.write_text(KEYS)
        self.write()
        self.ended = 0
        self.reloading = Reloading(self.file, load(self.file), on_good=self.end)

    def end(self) -> None:
        self.ended += 1

    def write(self, text: str | None = None, **gate: object) -> None:
        good = text_of({"gate": gate, "passes": {"keys": str(self.keys)}})
        self.file.write_text(good if text is None else text)


@pytest.fixture
def lane(tmp_path: Path) -> Lane:
    return Lane(tmp_path)


def test_a_file_that_nobody_touched_is_in_force(lane: Lane) -> None:
    assert lane.reloading.state() == "in force"


def test_a_changed_file_is_told_and_changes_nothing_by_itself(lane: Lane) -> None:
    lane.write(notice_s=5.0)

    assert lane.reloading.state() == "changed"
    assert (lane.ended, lane.reloading.accepted) == (0, None)


def test_a_file_that_says_the_same_in_other_words_is_still_in_force(lane: Lane) -> None:
    lane.file.write_text(lane.file.read_text() + "\n# a remark\n")
    assert lane.reloading.state() == "in force"


def test_a_good_file_is_taken_over_when_somebody_asks(lane: Lane) -> None:
    lane.write(notice_s=5.0)

    assert lane.reloading.ask() == []

    assert lane.ended == 1
    assert lane.reloading.accepted is not None
    assert lane.reloading.accepted.gate.notice_s == 5.0


@pytest.mark.parametrize("text", ["", "[gate", "[gate]\nid = 5\n"])
def test_a_bad_file_is_refused_with_everything_that_is_wrong_and_the_lane_goes_on(
    lane: Lane, text: str
) -> None:
    lane.write(text)

    assert lane.reloading.ask() != []

    assert (lane.ended, lane.reloading.accepted) == (0, None)
    assert lane.reloading.state() == "refused"


def test_a_missing_file_is_refused_and_one_that_is_back_is_in_force(lane: Lane) -> None:
    good = lane.file.read_text()
    lane.file.unlink()
    assert lane.reloading.state() == "refused"

    lane.write(good)
    assert lane.reloading.state() == "in force"


def test_keys_that_the_lane_could_not_start_with_are_seen_before_it_stops(lane: Lane) -> None:
    lane.keys.write_text("[]")
    lane.write(notice_s=5.0)

    (problem,) = lane.reloading.ask()

    assert problem.startswith("passes.keys")
    assert lane.ended == 0


def test_lists_that_are_older_than_those_in_force_are_seen_before_the_lane_stops(
    lane: Lane,
) -> None:
    lane.reloading.highest = lambda: Versions(keys=7)
    lane.write(notice_s=5.0)

    (problem,) = lane.reloading.ask()

    assert "version 0 is older than 7" in problem
    assert (lane.ended, lane.reloading.state()) == (0, "refused")


def test_while_the_disk_takes_nothing_no_configuration_is_taken_over(lane: Lane) -> None:
    lane.write(notice_s=5.0)
    lane.reloading.disk_takes = lambda: False

    assert lane.reloading.ask() == [DISK]

    assert (lane.ended, lane.reloading.accepted) == (0, None)
