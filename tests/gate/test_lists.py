"""Keys and revocations whose files change under a running gate."""

import json
import logging
from collections.abc import Callable
from math import inf
from pathlib import Path
from queue import SimpleQueue
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import pytest

from gate.issuing import Jwk, new_key, public_jwks
from gate.keys import KeysError
from gate.lists import Files, ListKeeper, Lists, Versions, read_lists, signature
from gate.model import Monotonic, Utc, VisitId
from gate.revocations import Revocations, RevocationsError, load_revocations

NOON = Utc(1_800_000_000.0)
OLD, NEW = new_key("old"), new_key("new")
ONE, TWO = VisitId("1" * 24), VisitId("2" * 24)


class Desk:
    """Two files, the keeper of their lists, and who hears of new ones."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder / "keys.json", folder / "revoked.txt")
        self.write_keys(OLD)
        self.write_revoked("")
        self.heard: list[Lists] = []
        self.keeper = self.keeper_of(read_lists(self.files, Versions()))

    def keeper_of(self, lists: Lists) -> ListKeeper:
        return ListKeeper(
            self.files,
            lists,
            Versions(),
            clock=lambda: Monotonic(0.0),
            on_new=self.heard.append,
            on_crash=SimpleQueue[BaseException]().put,
        )

    def write_keys(self, *keys: Jwk, version: int = 1) -> None:
        self.replace(self.files.keys, json.dumps({**public_jwks(*keys), "version": version}))

    def write_revoked(self, text: str) -> None:
        assert self.files.revoked
        self.replace(self.files.revoked, text)

    def replace(self, path: Path, text: str) -> None:
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    def kids(self) -> list[set[bytes]]:
        self.keeper.look()
        return [set(lists.keys.by_kid) for lists in self.heard]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_that_changes_takes_over_once_and_one_that_does_not_is_not_read(desk: Desk) -> None:
    assert desk.kids() == []
    desk.write_keys(OLD, NEW, version=2)

    assert desk.kids() == [{b"old", b"new"}]
    assert desk.kids() == [{b"old", b"new"}]
    assert desk.keeper.state == "in force"


def test_what_changed_while_the_gate_began_takes_over(desk: Desk) -> None:
    lists = read_lists(desk.files, Versions())
    desk.write_keys(NEW, version=2)
    desk.keeper = desk.keeper_of(lists)
    assert desk.kids() == [{b"new"}]


def test_bad_keys_keep_no_revocation_away_nor_a_bad_list_new_keys(desk: Desk) -> None:
    desk.replace(desk.files.keys, "{")
    desk.write_revoked(f"# version 1\n{ONE}\n")
    desk.keeper.look()
    assert [lists.revoked.until for lists in desk.heard] == [{ONE: inf}]
    assert [lists.versions for lists in desk.heard] == [Versions(1, 1)]

    desk.write_keys(NEW, version=2)
    desk.write_revoked("nonsense")
    desk.keeper.look()
    assert desk.heard[-1].revoked.until == {ONE: inf}
    assert desk.kids()[-1] == {b"new"}
    assert "nonsense" in desk.keeper.state


def test_a_file_that_could_not_be_read_for_a_moment_is_tried_again(desk: Desk) -> None:
    desk.write_keys(NEW, version=2)
    before = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (0, before[1]))  # no file can be opened
    try:
        desk.keeper.look()
    finally:
        setrlimit(RLIMIT_NOFILE, before)
    assert "Too many open files" in desk.keeper.state

    assert desk.kids() == [{b"new"}]
    assert desk.keeper.state == "in force"


def test_a_file_whose_rights_have_changed_is_another_one(desk: Desk) -> None:
    """So that one that nobody could read is looked at again when somebody can."""
    desk.files.keys.chmod(0o600)
    before = signature(desk.files.keys)
    desk.files.keys.chmod(0o644)
    assert signature(desk.files.keys) != before


def test_the_highest_version_is_what_a_reload_has_to_reach(desk: Desk) -> None:
    assert desk.keeper.highest == Versions(1, 0)
    desk.write_keys(NEW, version=7)
    desk.write_revoked("# version 3\n")
    desk.keeper.look()
    desk.write_keys(OLD, version=6)
    desk.keeper.look()
    assert desk.keeper.highest == Versions(7, 3)


def test_a_gate_whose_list_was_taken_out_of_the_configuration_starts(desk: Desk) -> None:
    lists = read_lists(Files(desk.files.keys, None), Versions(1, 12))
    assert lists.revoked == Revocations()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk: desk.replace(desk.files.keys, "{"),
        lambda desk: desk.files.keys.unlink(),
        lambda desk: desk.write_keys(NEW, version=0),
        lambda desk: desk.write_revoked("nonsense"),
    ],
    ids=["not JSON", "gone", "older", "no visit"],
)
def test_the_last_good_lists_survive_a_bad_one_told_once_and_so_is_its_end(
    desk: Desk, spoil: Callable[[Desk], object], caplog: pytest.LogCaptureFixture
) -> None:
    spoil(desk)

    assert [desk.kids() for _ in range(3)] == [[], [], []]
    assert desk.keeper.state.startswith("refused: ")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]

    desk.write_keys(OLD, NEW, version=2)
    desk.write_revoked(f"{ONE}\n")
    assert desk.kids() == [{b"old", b"new"}]
    assert desk.keeper.state == "in force"


def test_versions_only_go_up_also_over_a_restart(desk: Desk) -> None:
    desk.write_keys(NEW, version=7)
    desk.write_revoked("# version 3\n")
    assert read_lists(desk.files, Versions(7, 3)).versions == Versions(7, 3)

    with pytest.raises(KeysError, match="version 7 is older than 8"):
        read_lists(desk.files, Versions(8, 3))
    with pytest.raises(RevocationsError, match="version 3 is older than 4"):
        read_lists(desk.files, Versions(7, 4))


# --- revocations ----------------------------------------------------------------------------


def listed(folder: Path, text: str) -> Revocations:
    (folder / "revoked.txt").write_text(text)
    return load_revocations(folder / "revoked.txt")


def test_an_entry_with_an_end_is_over_when_its_pass_is(tmp_path: Path) -> None:
    revoked = listed(tmp_path, f"# version 5\n{ONE} until=2027-01-15T08:00:01Z # lost\n\n{TWO}\n")

    assert revoked == Revocations({ONE: NOON + 1, TWO: inf}, version=5)
    assert revoked.cover(ONE, Utc(NOON + 60), 60)
    assert not revoked.cover(ONE, Utc(NOON + 61), 60)
    assert revoked.cover(TWO, Utc(NOON + 1e9), 60)
    assert not revoked.cover(VisitId("3" * 24), NOON, 60)


def test_without_a_clock_no_entry_is_over(tmp_path: Path) -> None:
    revoked = listed(tmp_path, f"{ONE} until=2027-01-15T08:00:01Z")
    assert revoked.cover(ONE, Utc(NOON + 1e9), inf)


@pytest.mark.parametrize("end", ["2027-01-15T15:00:01+07:00", "2027-01-15T08:00:01.000Z"])
def test_an_end_is_written_as_in_rfc_3339(tmp_path: Path, end: str) -> None:
    assert listed(tmp_path, f"{ONE} until={end}").until == {ONE: NOON + 1}


@pytest.mark.parametrize(
    "line",
    [
        "1" * 23,
        f"{ONE} later",
        f"{ONE} until=tomorrow",
        f"{ONE} until=2027-13-01T00:00:00Z",
        f"{ONE} until=2027-01-15T08:00:01",
        f"{ONE} until=20270115T080001Z",
    ],
)
def test_a_line_that_is_not_understood_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(RevocationsError, match="line 2"):
        listed(tmp_path, f"# a list\n{line}\n")


def test_a_list_without_a_path_is_empty_and_one_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert load_revocations(None) == Revocations()
    with pytest.raises(RevocationsError, match="larger than"):
        listed(tmp_path, f"{ONE}\n" * 200_000)


def test_a_list_that_a_power_cut_emptied_is_older_than_one_with_a_version(desk: Desk) -> None:
    desk.write_revoked(f"# version 1\n{ONE}\n")
    desk.keeper.look()
    desk.write_revoked("")
    desk.keeper.look()
    assert desk.heard[-1].revoked.until == {ONE: inf}
    assert "version 0 is older than 1" in desk.keeper.state
