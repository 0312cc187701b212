"""What a busy month of visits costs: at the start, for each look-up, in memory and on disk."""

import time
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

from gate.model import Utc, VisitId
from gate.opening import Loaded, open_store
from gate.schema import connect_to_write, transaction
from gate.store import Store
from gate.tables import read_visit, write_visit
from gate.visits import Visit, VisitRules
from tests.bench.tables import microseconds, table

NOW = Utc(1_800_000_000.0)
VISITS = 100_000


def visits() -> None:
    """100,000 visits on disk beside none."""
    rows = []
    with TemporaryDirectory() as folder:
        for count in (0, VISITS):
            path = Path(folder) / f"{count}.db"
            _fill(path, count)
            began = time.perf_counter()
            store, _ = _open(path)
            took = time.perf_counter() - began
            store.close()
            tracemalloc.start()
            store, loaded = _open(path)
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            names = list(loaded.visits) or [VisitId("0" * 24)]
            middle = names[len(names) // 2]
            in_memory = microseconds(lambda: loaded.visits.get(middle))  # noqa: B023 - called now
            on_disk = microseconds(lambda: read_visit(store._db, middle))  # noqa: B023
            began, rounds = time.perf_counter(), 1
            later = Utc(NOW + 90_000)
            while store.purge(later, keep_visits_s=0, retain_s=0).more:
                rounds += 1
            each = (time.perf_counter() - began) / rounds
            left = store._db.execute("SELECT count(*) FROM visits").fetchone()[0]
            store.close()
            size = f"{path.stat().st_size / 2**20:.1f}"
            times = (f"{in_memory:.2f}", f"{on_disk:.1f}", f"{each * 1000:.1f}")
            rows.append((count, f"{took:.2f}", f"{held / 2**20:.0f}", size, *times, left))
    table(
        "Visits on disk",
        (
            *("visits", "start, s", "memory, MB", "file, MB", "look-up, us", "on disk, us"),
            *("one purge, ms", "left after a day"),
        ),
        *rows,
    )


def _fill(path: Path, count: int) -> None:
    store, _ = _open(path)
    store.close()
    db = connect_to_write(path)
    with transaction(db):
        for number in range(count):
            visit = Visit(party=2, expires=Utc(NOW + number % 86_400), inside=1, entered_at=NOW)
            write_visit(db, VisitId(f"{number:024x}"), visit)
    db.close()


def _open(path: Path) -> tuple[Store, Loaded]:
    return open_store(path, venue="mall", gate="a", rules=VisitRules(), now=lambda _newest: NOW)
