"""What an opening makes of the files that a power cut or a kill left behind."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gate.model import Utc
from gate.opening import Loaded, open_store
from gate.schema import StoreError
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


def opened(path: Path) -> Loaded:
    store, loaded = open_store(
        path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW
    )
    store.close()
    return loaded


def cut_while_making(path: Path, *, first: str = "") -> None:
    """Leave at `path` a file whose first write transaction is half on disk, with its journal."""
    made = path.with_name("made.db")
    with closing(sqlite3.connect(made, isolation_level=None)) as db:
        db.executescript(first)
        db.execute("PRAGMA cache_size = 1")  # pages go to the file before the commit
        db.execute("BEGIN")
        db.execute("CREATE TABLE half (made TEXT)")
        db.executemany("INSERT INTO half VALUES (?)", [("x" * 4000,)] * 20)
        for companion in ("", "-journal"):
            shutil.copy(f"{made}{companion}", f"{path}{companion}")
    assert path.stat().st_size > 0
    assert path.with_name("gate.db-journal").stat().st_size > 0


def test_a_gate_starts_although_it_was_cut_off_while_it_made_its_database(path: Path) -> None:
    """In the milliseconds before the write-ahead log is chosen there is a rollback journal."""
    cut_while_making(path)

    loaded = opened(path)

    assert (loaded.boot, loaded.seq, loaded.set_aside) == (1, 0, None)
    assert opened(path).epoch == loaded.epoch


def test_another_programs_database_is_still_refused_when_it_was_cut_off(path: Path) -> None:
    cut_while_making(path, first="CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7);")

    with pytest.raises(StoreError, match="not a gate's database"):
        opened(path)

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT x FROM theirs").fetchall() == [(7,)]


def test_a_damaged_file_is_set_aside_whatever_journal_lies_beside_it(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    path.with_name("gate.db-journal").write_bytes(b"nor a journal")

    assert opened(path).set_aside is not None
    assert opened(path).boot == 2
