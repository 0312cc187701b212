"""Days of a mall in minutes: people come, everything breaks, and every night the sums agree.

The daemon, the database and the broker are real, and live through all days without a rest; between
two acts the clocks leap on. Each hour of a day two things are wrong at once, whatever they are;
when they are mended the lane has to be whole again and let the next guest in.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.control import BEAT_S
from tests.soak.troubles import TROUBLES, Trouble
from tests.soak.vitals import Vitals, vitals_of

SIMULATED = Path(__file__).parents[2] / "config" / "simulated.toml"
OPENS_H, CLOSES_H = 10, 22
HOUR_S = 3600.0
WELL_C, FEVER_C = 36.2, 38.7
NOTICED_S = BEAT_S + 0.2
"""By then the daemon has looked at what nobody tells it."""

FORGOTTEN_S = 120.0
"""Nobody waits for staff any more, and nobody may still enter."""

MENDED_WITHIN_S = 40.0
SETTLE_S = 60.0


@dataclass
class Days:
    """One lane from day to day; `day(seed)` plays the next one."""

    stage: Stage
    log: Callable[[str], None]
    draw: random.Random = field(default_factory=random.Random)
    first: Vitals | None = None
    """After the first day."""
    days: int = 0

    def day(self, seed: int) -> None:
        """From opening to the sums at night; raises AssertionError where a promise is broken."""
        self.draw = random.Random(seed)  # noqa: S311 - a story, not a secret
        for hour in range(OPENS_H, CLOSES_H):
            troubles = self.draw.sample(TROUBLES, 2)
            names = " and ".join(trouble.name for trouble in troubles)
            try:
                self.hour(troubles)
            except Exception as error:
                error.add_note(f"at {hour} o'clock, with {names}: {self.stage.last_words(30)}")
                raise
        self.night()

    def hour(self, troubles: Sequence[Trouble]) -> None:
        """Troubles that begin and end while people come and go; then a guest gets in."""
        with ExitStack() as now_wrong:
            for trouble in troubles:
                now_wrong.enter_context(trouble.of(self.stage, self.draw))
            for _ in range(2):
                if not any(trouble.blind for trouble in troubles):
                    self.people()
                self.stage.world.let_fly(self.draw.uniform(1, 300))
                time.sleep(NOTICED_S)
        self.made_whole()
        self.stage.world.let_fly(HOUR_S)

    def people(self) -> None:
        """Somebody comes or goes, with what is wrong just now; what they see is not judged."""
        visitors, draw = self.stage.visitors, self.draw
        match draw.choice(("guest", "couple", "fever", "used", "leaving", "slip", "turn")):
            case "guest":
                visitors.present(self.stage.a_pass(), [WELL_C])
            case "couple":
                visitors.present(self.stage.a_pass(2), [WELL_C, WELL_C])
            case "fever":
                visitors.present(self.stage.a_pass(), [FEVER_C])
            case "used":
                text = self.stage.a_pass()
                visitors.present(text, [WELL_C])
                visitors.present(text, [WELL_C])
            case "leaving":
                visitors.walk_out()
            case "slip":
                visitors.follow_in()
            case "turn":
                visitors.turn_back()

    def made_whole(self) -> None:
        """Nothing is lost any more, and a guest gets in."""
        stage = self.stage
        stage.world.let_fly(FORGOTTEN_S)
        time.sleep(NOTICED_S)  # time that flew looks like silence at first
        for key, value in (("faults", []), ("release", False), ("mode", "normal")):
            whole = stage.wait_until(lambda: stage.says(key, value), MENDED_WITHIN_S)  # noqa: B023
            assert whole, stage.status()
        stage.recount()
        assert stage.wait_until(lambda: stage.says("uncertain", value=False), MENDED_WITHIN_S)
        seen = stage.visitors.present(stage.a_pass(), [WELL_C])
        assert seen is Seen.GREEN, f"a guest saw {seen}: {stage.status()}"

    def night(self) -> None:
        """Everybody has left; the sums of the day, and the daemon's health."""
        stage, walked = self.stage, self.stage.visitors.walked
        while walked["out"] < walked["in"]:
            stage.visitors.walk_out()
        assert stage.settle(SETTLE_S), f"did not settle: {stage.status()}"
        truth = (walked["in"], walked["out"])
        heard = (stage.tally.passages("in"), stage.tally.passages("out"))
        assert truth == stage.on_disk() == heard, (truth, stage.on_disk(), heard)
        stage.world.let_fly((24 - CLOSES_H + OPENS_H) * HOUR_S)
        self.days += 1
        vitals = vitals_of(stage.daemon_pid)
        self.first = first = self.first or vitals
        # a question that was just answered, or a connection that is being made, may hold a file
        sound = stage.wait_until(lambda: first.holds(vitals_of(stage.daemon_pid)), SETTLE_S)
        assert sound, (first, vitals_of(stage.daemon_pid))
        self.log(
            f"  day {self.days}: {truth[0]} in and {truth[1]} out so far, {vitals},"
            f" {stage.tally.duplicates} duplicates"
        )


@contextmanager
def days() -> Iterator[Callable[[int], None]]:
    """A lane that lives until the end; what is called plays its next day."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="gate-days-"))
        yield Days(opened.enter_context(Stage(SIMULATED, Path(folder))), log=_say).day


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
