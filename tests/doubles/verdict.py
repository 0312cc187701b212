"""What must be true after an afternoon at two gates that were cut off and joined at random."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gate.central.venue import JAKARTA
from gate.model import VisitId
from tests.doubles.mall import Mall
from tests.doubles.oracle import Double, Why

DOUBLE = re.compile(r"(\d+) too many by one pass \(visit ([0-9a-f]{24})\): (.*)")
EXPLAINED = re.compile(r"explained: visit ([0-9a-f]{24})")


@dataclass(frozen=True)
class Report:
    """Of a double, as a manager reads it."""

    at: float
    extra: int
    came: frozenset[str]
    """Gate and time of the last who came in there."""


def broken(mall: Mall) -> Iterator[str]:
    """Every promise that was broken."""
    oracle = mall.oracle
    for grant in oracle.grants:
        if grant.why == "inexcusable":
            yield f"{grant.gate} could have known at {grant.at:.3f} of {grant.visit}"
    unexplained = oracle.doubles.keys() - {grant.visit for grant in oracle.grants}
    if unexplained:
        yield f"doubles without a grant too many: {unexplained}"
    expected = {visit: _as_reported(double) for visit, double in oracle.doubles.items()}
    reported = _reported(mall)
    for visit in expected.keys() | reported.keys():
        if expected.get(visit) != reported.get(visit):
            yield f"{visit}: {expected.get(visit)}, and central says {reported.get(visit)}"
    on_record = dict(mall.store.db.execute("SELECT visit, extra FROM doubles"))
    if on_record != {visit: double.extra for visit, double in oracle.doubles.items()}:
        yield f"{len(on_record)} doubles on central's disk, {len(expected)} by the oracle"


def why(mall: Mall) -> Counter[Why]:
    """Of the doubles, what the gate that let in one too many could not know, and why."""
    causes = {grant.visit: grant.why for grant in mall.oracle.grants}
    return Counter(causes[visit] for visit in mall.oracle.doubles)


def in_words(mall: Mall) -> str:
    """For the log of a run."""
    oracle, lanes = mall.oracle, mall.lanes.values()
    causes = ", ".join(f"{times} {cause}" for cause, times in sorted(why(mall).items()))
    return (
        f"{len(oracle.visits)} visits came in, {len(oracle.cuts)} cuts, {len(oracle.doubles)}"
        f" doubles ({causes}), {sum(lane.denied for lane in lanes)} denied,"
        f" {sum(lane.marked for lane in lanes)} grants marked"
    )


def _reported(mall: Mall) -> dict[VisitId, Report]:
    """Central's alarms; of one visit the last word counts."""
    found: dict[VisitId, Report] = {}
    rows = mall.store.db.execute("SELECT at, detail FROM alarms ORDER BY id")
    for at, detail in rows:
        if double := DOUBLE.fullmatch(detail):
            extra, visit, came = double.groups()
            found[VisitId(visit)] = Report(round(at, 3), int(extra), frozenset(came.split(", ")))
        elif explained := EXPLAINED.fullmatch(detail):
            del found[VisitId(explained[1])]
    return found


def _as_reported(double: Double) -> Report:
    came = (
        f"{gate} {datetime.fromtimestamp(round(at, 3), JAKARTA):%H:%M:%S}"
        for gate, at in double.last_in.items()
    )
    return Report(round(double.at, 3), double.extra, frozenset(came))
