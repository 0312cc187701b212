"""A morning at a lane that is killed again and again, and what became of everybody.

People behave as people do: they walk in only when the turnstile gives way, whoever is between the
beams walks on, whoever sees a dead lane waits with the phone in hand, or tries again later.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.simulated.visitors import STEP_UP_S, Seen, Visitors
from gate.commands.simulate.stage import Stage
from tests.killing.facts import Facts, Life, Moment, read_disk
from tests.killing.killer import Killer

SIMULATED = Path(__file__).parent.parent.parent / "config" / "simulated.toml"
TRIES = 3
PATIENCE_S = 3.0
AT_LAST_S = 10.0
GRANT_S, GRACE_S = 6.0, 1.6
SETTLE_S = 45.0
REST_S = 20.0


@dataclass(slots=True)
class Patients(Visitors):
    """Visitors who go by the lamps alone, so that a lane may die under them at any step."""

    dawdle_s: Callable[[], float] = float
    """Between the green lamp and the turnstile."""

    def enter(self, text: str, people: int, skin_c: float) -> int:
        """Hold up the pass and do what the lamps ask until all are in; how many got in.

        They give up when nothing happens for `patience_s`.
        """
        self.world.show(text)
        inside = 0
        while inside < people:
            self._lamp_leaves(Seen.DARK)
            match self.lamp():
                case Seen.AMBER:
                    self.pause(STEP_UP_S)
                    self.world.skin(skin_c)
                    self._lamp_leaves(Seen.AMBER)
                    self.world.skin(None)
                case Seen.GREEN if self.walk_in():
                    inside += 1
                    # a turnstile turns once, and has to be freed for the next
                    self.world.wait_for(lambda: not self.free(), self.patience_s)
                case Seen.RED if self._lamp_leaves(Seen.RED):
                    pass  # it was meant for somebody else
                case Seen.GREEN | Seen.RED | Seen.DARK:
                    break
        self.world.show(None)
        if inside < people and self.lamp() is Seen.GREEN:
            # whoever walks next would use their grant: they stand there until it is over
            self.world.wait_for(lambda: self.lamp() is not Seen.GREEN, GRANT_S)
            self.pause(GRACE_S)
        return inside

    def walk_in(self, *, force: bool = False) -> bool:
        self.pause(self.dawdle_s())
        return Visitors.walk_in(self, force=force)

    def free(self) -> bool:
        """Whether the turnstile gives way."""
        return self.world.level(self.wiring.relay) is self.wiring.relay_active_high

    def _lamp_leaves(self, lamp: Seen) -> bool:
        return self.world.wait_for(lambda: self.lamp() is not lamp, self.patience_s)


@dataclass(slots=True)
class Group:
    """People with one pass who are not inside yet."""

    text: str
    left: int


def moments_of(draw: random.Random, kills: int) -> list[Moment]:
    """The first while the database is made, then every other moment once, then any of them."""
    others = [moment for moment in Moment if moment is not Moment.MAKING]
    rest = [*others, *draw.choices(others, k=max(0, kills - 1 - len(others)))]
    draw.shuffle(rest)
    return [Moment.MAKING, *rest][:kills]


def play(folder: Path, *, seed: int, kills: int = 10) -> Facts:
    """A whole morning with so many kills, in `folder`; every other seed has a pulsing relay."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    base, wired = folder / "base.toml", "relay = { pin = 17"
    text = SIMULATED.read_text(encoding="utf-8")
    assert wired in text
    pulsing = ', type = "pulse", pulse_s = 0.6' if seed % 2 else ""
    text = text.replace(wired, f"open_for_s = 4.0\n{wired}{pulsing}")
    base.write_text(text + "\n[screening]\nperson_within_s = 5.0\n", encoding="utf-8")
    with Stage(base, folder, start=False) as stage:
        killer = Killer(stage, random.Random(draw.random()), moments_of(draw, kills))  # noqa: S311
        return _Morning(stage, killer, draw).play()


class _Morning:
    def __init__(self, stage: Stage, killer: Killer, draw: random.Random) -> None:
        self._stage = stage
        self._killer = killer
        self._draw = draw
        self._pace = 1.0
        self._people = Patients(
            stage.world,
            stage.visitors.wiring,
            pause=lambda seconds: time.sleep(seconds * self._pace),
            patience_s=PATIENCE_S,
            dawdle_s=lambda: draw.uniform(0.0, 0.5),
        )
        self._outside: list[Group] = []

    def play(self) -> Facts:
        acts = [self._guest, self._guest, self._guest, self._couple, self._couple, self._family]
        acts += [self._leaving, self._leaving, self._leaving]
        acts += [self._refused, self._feverish, self._turning_back]
        self._killer.start()
        try:
            while self._killer.at_work:
                self._pace = self._draw.choice((0.8, 1.0, 1.0, 3.0))
                self._draw.choice(acts)()
        finally:
            self._killer.join()
        return self._end()

    def _end(self) -> Facts:
        stage, launched = self._stage, time.time()
        stage.start_daemon()
        ready = time.time()
        self._pace, self._people.patience_s = 1.0, AT_LAST_S  # nobody kills any more
        locked_out = sum(self._come_back(group) for group in self._outside)
        settled = stage.settle_after_kills(SETTLE_S)
        log = (stage.folder / "gate.log").read_text(encoding="utf-8", errors="replace")
        last = Life(
            launched=launched,
            ready=ready,
            killed=None,
            dead=time.time(),
            code=None,
            moment=None,
            disk=read_disk(stage.database),
        )
        gate, wiring = stage.config.gate.id, self._people.wiring
        return Facts(
            lives=(*self._killer.lives, last),
            walks=tuple(self._people.walks),
            relay=stage.world.history(wiring.relay),
            relay_active_high=wiring.relay_active_high,
            locked_out=locked_out,
            settled=settled,
            heard=stage.tally.numbered(),
            ctr=stage.tally.ctr[gate],
            status=stage.tally.status.get(gate),
            contradictions=tuple(stage.tally.contradictions),
            duplicates=stage.tally.duplicates,
            tracebacks=log.count("Traceback"),
        )

    def _guest(self) -> None:
        self._enter(1)

    def _couple(self) -> None:
        self._enter(2)

    def _family(self) -> None:
        self._enter(3)

    def _leaving(self) -> None:
        for _ in range(self._draw.randint(1, 3)):
            self._people.walk_out()

    def _refused(self) -> None:
        forged = self._draw.random() < 0.5
        text = self._stage.a_pass(forged=True) if forged else self._stage.a_pass(hours=-20)
        self._people.present(text)

    def _feverish(self) -> None:
        self._people.present(self._stage.a_pass(), [38.7])

    def _turning_back(self) -> None:
        self._people.turn_back()

    def _enter(self, party: int) -> None:
        """Try, wait for a dead lane or not, and come back at the end if all is in vain."""
        group = Group(self._stage.a_pass(party), party)
        for _ in range(TRIES):
            self._try(group)
            if not group.left:
                return
            if self._draw.random() < 0.3:
                break
            self._stage.world.wait_for(self._stage.world.attached, PATIENCE_S)
        self._outside.append(group)

    def _try(self, group: Group) -> None:
        skin_c = round(self._draw.uniform(35.9, 36.4), 1)
        group.left -= self._people.enter(group.text, group.left, skin_c)

    def _come_back(self, group: Group) -> int:
        """Nobody kills any more: whoever still stands outside enters; how many cannot."""
        for _ in range(TRIES):
            self._rest()
            time.sleep(self._stage.config.scanner.same_phone_s + 0.5)  # away: another showing
            self._try(group)
            if not group.left:
                return 0
        return group.left

    def _rest(self) -> None:
        """Wait until the lane waits for a pass and nobody may still enter."""
        end = time.monotonic() + REST_S
        while time.monotonic() < end:
            status, disk = self._stage.status(), read_disk(self._stage.database)
            if status and disk and status["prompt"] == "show_pass" and not disk.open:
                return
            time.sleep(0.1)
