"""What is known of the gates, as a table for people."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from gate.acl import Place
from gate.model import Utc
from gate.watching import Known, News, Seen, sums

COLORS = {"online": "green", "offline": "yellow", "lost": "bold red"}
NOTHING = "-"


def picture(known: Known, now: Utc) -> Group:
    """Gates, the sums of each venue, and the last events."""
    return Group(_gates(known, now), *_venues(known), *(Text(line(it)) for it in known.news))


def line(news: News) -> str:
    """One thing that happened."""
    return f"{datetime.fromtimestamp(news.at, UTC):%H:%M:%SZ}  {news.where:<10} {news.what}"


def ago(since: Utc | None, now: Utc) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`; a clock that runs ahead has told it just now."""
    if since is None:
        return "?"
    seconds = max(0, int(now - since))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _gates(known: Known, now: Utc) -> Table:
    state = "" if known.online else f" - THE BROKER IS AWAY ({known.why}): all of this is stale"
    table = Table(
        box=SIMPLE,
        padding=(0, 1),
        title=Text(f"gates: {len(known.gates)}{state}"),
        title_justify="left",
    )
    for name in ("gate", "state", "since", "mode"):
        table.add_column(name)
    for name in ("in", "out", "inside", "pending"):
        table.add_column(name, justify="right")
    for name in ("unsure", "backlog", "clock", "quota", "head", "faults"):
        table.add_column(name)
    for place in sorted(known.gates, key=lambda it: (it.district, it.venue, it.gate)):
        stale = known.stale(place)
        table.add_row(
            *_row(known.gates[place], place, now, stale=stale), style="dim" if stale else ""
        )
    return table


def _row(seen: Seen, place: Place, now: Utc, *, stale: bool) -> Iterator[Text]:
    status, ctr, total = seen.status, seen.ctr, sums(seen)
    yield Text(place.gate)
    said = status.state if status else "unknown"
    yield Text(f"{said}, stale" if stale else said, "" if stale else COLORS.get(said, ""))
    yield Text(ago(seen.since, now))
    yield Text(status.mode if status and status.mode else NOTHING)
    for number in (total.entered, total.left, total.lower, total.pending):
        yield Text(str(number) if ctr else NOTHING)
    yield Text(("yes" if ctr.uncertain else "no") if ctr else NOTHING)
    yield Text(NOTHING if status is None or status.backlog is None else str(status.backlog))
    yield Text(ctr.clk if ctr else NOTHING)
    yield Text(NOTHING if ctr is None or ctr.qv is None else str(ctr.qv))
    yield Text(ctr.head[:8] if ctr and ctr.head else NOTHING)
    yield Text(", ".join(status.faults or ()) if status else "")


def _venues(known: Known) -> Iterator[Text]:
    names = {(place.district, place.venue) for place in known.gates} | set(known.occ)
    for name in sorted(names):
        mine = [
            seen for place, seen in known.gates.items() if (place.district, place.venue) == name
        ]
        total = sums(*mine)
        text = f"{'/'.join(name)}: {total.entered} in, {total.left} out,"
        text += f" {total.lower} to {total.upper} inside by the gates heard"
        occ = known.occ.get(name)
        if occ is None:
            text += " (central's number is the authority; it has said none)"
        else:
            text += f"; central, the authority: {occ.inside} inside ({occ.lower} to {occ.upper})"
            text += f", {occ.free} of {occ.capacity} free"
            if not known.online or known.central is False:
                text += ", stale"
        yield Text(text, "bold")
    if known.malformed:
        yield Text(f"malformed messages: {known.malformed}", "red")
