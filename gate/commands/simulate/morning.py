"""A morning at the mall: who comes, in which order, and what each expects of the lane.

Every act is something that really happens at entrances; the lane's answer to each is checked
against what a visitor would see. Drawn from a seed, so that a morning can be had again.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from drivers.simulated.visitors import Seen, Visitors
from gate.commands.simulate.stage import Stage

HEALTHY_C = (35.9, 36.4)
FEVER_C = 38.7


@dataclass(slots=True)
class Morning:
    """Plays acts on a stage; `say` hears a line for each, `wrong` collects what surprised."""

    stage: Stage
    seed: int
    say: Callable[[str], None]
    wrong: list[str] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a story, not a secret

    def acts(self) -> Iterator[Callable[[], None]]:
        """Everything once, in the order of the seed; the fire and its recount stay together."""
        acts = [
            self.family,
            self.fever,
            self.expired,
            self.forged,
            self.other_venue,
            self.used,
            self.tailgater,
            self.turn_back,
            self.leaving,
            self.outage,
            self.fire,
        ]
        yield self.guest
        self._random.shuffle(acts)
        yield from acts
        yield self.guest

    def more(self) -> Iterator[Callable[[], None]]:
        """Ordinary traffic, without end."""
        while True:
            yield self._random.choice([self.guest, self.guest, self.leaving, self.couple])

    def guest(self) -> None:
        """One person with a good pass."""
        self._expect("a guest", self._enter(1), Seen.GREEN)

    def couple(self) -> None:
        """Two on one pass."""
        self._expect("a couple", self._enter(2), Seen.GREEN)

    def family(self) -> None:
        """Three on one pass: three foreheads, three grants, three passages."""
        self._expect("a family of three", self._enter(3), Seen.GREEN)

    def fever(self) -> None:
        """Warm, so sent to rest."""
        seen = self._people.present(self.stage.a_pass(), [FEVER_C])
        self._expect(f"a visitor with {FEVER_C} °C", seen, Seen.RED)

    def expired(self) -> None:
        """Yesterday's pass."""
        self._refused("an expired pass", self.stage.a_pass(hours=-20))

    def forged(self) -> None:
        """A pass that somebody else signed under our key's name."""
        self._refused("a forged pass", self.stage.a_pass(forged=True))

    def other_venue(self) -> None:
        """A pass for another mall."""
        self._refused("a pass of another mall", self.stage.a_pass(venue="mall-elsewhere"))

    def used(self) -> None:
        """A pass that has let its holder in is shown by somebody else."""
        text = self.stage.a_pass()
        self._expect("a guest", self._people.present(text, [self._skin()]), Seen.GREEN)
        # Somebody else's phone: the first one has been away for long enough to be another.
        self._people.pause(self.stage.config.scanner.same_phone_s + 0.5)
        self._refused("the same pass again", text)

    def tailgater(self) -> None:
        """Somebody slips in behind a guest: counted all the same, with an alarm."""
        self._expect("a guest", self._enter(1), Seen.GREEN)
        self._people.follow_in()
        self.say("somebody slipped in behind: counted, tailgate alarm")

    def turn_back(self) -> None:
        """Somebody steps in without a pass and thinks better of it: nobody is counted."""
        self._people.turn_back()
        self.say("somebody stepped in and turned back: nobody counted")

    def leaving(self) -> None:
        """One or two go home: nothing holds them up."""
        people = self._random.randint(1, 2)
        for _ in range(people):
            self._people.walk_out()
        self.say(f"{people} left")

    def outage(self) -> None:
        """The broker dies while people come and go, and comes back having forgotten all."""
        self.stage.broker.kill()
        self.say("the broker is gone; the lane goes on")
        self._expect("a guest meanwhile", self._enter(1), Seen.GREEN)
        self._people.walk_out()
        self.stage.broker.start()
        self.say("the broker is back")

    def fire(self) -> None:
        """The fire panel frees the lane; afterwards nobody enters until all are counted."""
        people = self._people
        people.alarm(active=True)
        self._expect("the fire panel", people.await_lamp(Seen.GREEN), Seen.GREEN)
        for _ in range(2):
            people.walk_out()
        if not people.walk_in():
            self.wrong.append("the lane was not free during the release")
        people.alarm(active=False)
        people.await_lamp(Seen.RED)  # the lane says that it is closed
        self._refused("a guest after the alarm, before the recount", self.stage.a_pass())
        self.stage.recount()
        people.await_lamp(Seen.DARK)
        self.say("staff counted everybody: the lane admits again")

    @property
    def _people(self) -> Visitors:
        return self.stage.visitors

    def _skin(self) -> float:
        return round(self._random.uniform(*HEALTHY_C), 1)

    def _enter(self, party: int) -> Seen:
        skins = [self._skin() for _ in range(party)]
        return self._people.present(self.stage.a_pass(party), skins)

    def _refused(self, who: str, text: str) -> None:
        self._expect(who, self._people.present(text, [self._skin()]), Seen.RED)

    def _expect(self, who: str, seen: Seen, wanted: Seen) -> None:
        outcome = "walked in" if seen is Seen.GREEN else f"saw {seen.value}"
        self.say(f"{who}: {outcome}")
        if seen is not wanted:
            self.wrong.append(f"{who}: expected {wanted.value}, saw {seen.value}")
