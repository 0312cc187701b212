"""Keys and revocations whose files change under a running gate."""

import json
import logging
from collections.abc import Callable
from math import inf
from pathlib import Path
from queue import SimpleQueue

import pytest

from gate.issuing import Jwk, new_key, public_jwks
from gate.keys import KeysError
from gate.lists import Files, ListKeeper, Lists, Versions, read_lists
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
        self.keeper = ListKeeper(
            self.files,
            read_lists(self.files, Versions(), NOON),
            Versions(),
            clock=lambda: Monotonic(0.0),
            utc=lambda: NOON,
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
    assert read_lists(desk.files, Versions(7, 3), NOON).versions == Versions(7, 3)

    with pytest.raises(KeysError, match="version 7 is older than 8"):
        read_lists(desk.files, Versions(8, 3), NOON)
    with pytest.raises(RevocationsError, match="version 3 is older than 4"):
        read_lists(desk.files, Versions(7, 4), NOON)


# --- revocations ----------------------------------------------------------------------------


def listed(folder: Path, text: str, now: Utc = NOON) -> Revocations:
    (folder / "revoked.txt").write_text(text)
    return load_revocations(folder / "revoked.txt", now)


def test_an_entry_with_an_end_is_over_then_and_is_not_kept_in_memory(tmp_path: Path) -> None:
    text = f"# version 5\n{ONE} until=2027-01-15T08:00:01Z # lost\n\n{TWO}\n"

    revoked = listed(tmp_path, text)
    assert revoked == Revocations({ONE: NOON + 1, TWO: inf}, version=5)
    assert (revoked.cover(ONE, NOON), revoked.cover(ONE, Utc(NOON + 1))) == (True, False)
    assert revoked.cover(TWO, Utc(NOON + 1e9))
    assert not revoked.cover(VisitId("3" * 24), NOON)
    assert listed(tmp_path, text, Utc(NOON + 2)).until == {TWO: inf}


@pytest.mark.parametrize(
    "line", ["1" * 23, f"{ONE} later", f"{ONE} until=tomorrow", f"{ONE} until=2027-13-01T00:00Z"]
)
def test_a_line_that_is_not_understood_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(RevocationsError, match="line 2"):
        listed(tmp_path, f"# a list\n{line}\n")


def test_a_list_without_a_path_is_empty_and_one_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert load_revocations(None, NOON) == Revocations()
    with pytest.raises(RevocationsError, match="larger than"):
        listed(tmp_path, f"{ONE}\n" * 200_000)
