"""Central's side of the talk about visits, by the letter of the contract; stands in for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gate.model import Direction, Utc, VisitId
from gate.payloads import Ans, Ask, Evt, EvtItem, KnownVisit, Places, Upto


@dataclass
class Central:
    """Keeps events in their order, and tells of visits page by page."""

    visits_a_page: int = 200
    logs: dict[tuple[str, str], dict[int, EvtItem]] = field(default_factory=dict)
    """What has come, by gate and epoch."""
    upto: dict[tuple[str, str], int] = field(default_factory=dict)
    """Up to where nothing is missing; only that far events are looked at."""
    places: dict[VisitId, dict[str, Places]] = field(default_factory=dict)
    party: dict[VisitId, int] = field(default_factory=dict)
    changed: dict[VisitId, int] = field(default_factory=dict)
    """The mark of a visit's newest change."""
    mark: int = 0

    def take(self, evt: Evt) -> None:
        """A batch has come, maybe again."""
        key = (evt.gate, evt.epoch)
        log = self.logs.setdefault(key, {})
        log.update((item.seq, item) for item in evt.events)
        while (following := self.upto.get(key, 0) + 1) in log:
            self.upto[key] = following
            self._count(evt.gate, log[following])

    def answer(self, ask: Ask) -> Ans:
        """The next page; all of it again for somebody who knows more than there is."""
        since = ask.since if ask.since <= self.mark else 0
        waiting = sorted((mark, visit) for visit, mark in self.changed.items() if mark > since)
        page, rest = waiting[: self.visits_a_page], waiting[self.visits_a_page :]
        return Ans(
            id=ask.id,
            mark=page[-1][0] if rest else self.mark,
            more=bool(rest),
            upto=tuple(Upto(gate=g, epoch=e, seq=seq) for (g, e), seq in self._newest()),
            visits=tuple(
                KnownVisit(
                    visit=visit, party=self.party[visit], by=tuple(self.places[visit].values())
                )
                for _, visit in page
            ),
        )

    def _newest(self) -> Iterable[tuple[tuple[str, str], int]]:
        """Of each gate the epoch that came last."""
        return {gate: ((gate, epoch), seq) for (gate, epoch), seq in self.upto.items()}.values()

    def _count(self, gate: str, item: EvtItem) -> None:
        if item.kind == "recovered" and item.detail == "power":
            for visit, by in self.places.items():
                if gate in by and by[gate].granted:
                    by[gate] = by[gate].model_copy(update={"granted": 0, "at": item.at})
                    self._note(visit)
        if item.visit is None or item.n is None:
            return
        self.party.setdefault(item.visit, item.n)
        by = self.places.setdefault(item.visit, {})
        was = by.get(gate, Places(gate=gate, at=Utc(0)))
        came = item.kind == "passage" and item.direction is Direction.IN
        left = item.kind == "passage" and item.direction is Direction.OUT
        ended = came or item.kind in {"lapsed", "withdrawn"}
        by[gate] = Places(
            gate=gate,
            granted=max(0, was.granted + (item.kind == "granted") - ended),
            entered=was.entered + came,
            left=was.left + left,
            at=item.at,
        )
        self._note(item.visit)

    def _note(self, visit: VisitId) -> None:
        self.mark += 1
        self.changed[visit] = self.mark
