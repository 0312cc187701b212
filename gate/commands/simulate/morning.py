"""A morning at the mall: who comes, in which order, and what each expects of the lanes.

Every act is something that really happens at entrances; what the lanes answer to each is checked
against what a visitor would see. Drawn from a seed, so that a morning can be had again.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from drivers.simulated.visitors import Seen, Visitors
from gate.commands.simulate.mall import Mall

HEALTHY_C = (35.9, 36.4)
FEVER_C = 38.7
LOOK_UP_S = 1.0
"""From the lamp and the chime that say that there is room again to the phone at the camera."""


@dataclass(slots=True)
class Group:
    """People who came in together."""

    people: int
    text: str | None
    """Their pass; None: they had none."""


@dataclass(slots=True)
class Morning:
    """Plays acts in a mall; `say` hears a line for each, `wrong` collects what surprised."""

    mall: Mall
    seed: int
    say: Callable[[str], None]
    wrong: list[str] = field(default_factory=list)
    _inside: list[Group] = field(default_factory=list)
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
            self.full,
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

    # --- who comes ----------------------------------------------------------------------------

    def guest(self) -> None:
        """One person with a good pass."""
        self._come("a guest", 1)

    def couple(self) -> None:
        """Two on one pass."""
        self._come("a couple", 2)

    def family(self) -> None:
        """Three on one pass: three foreheads, three grants, three passages."""
        self._come("a family of three", 3)

    def fever(self) -> None:
        """Warm, so sent to rest."""
        self._make_room(1)
        seen = self._people.present(self._a_pass(), [FEVER_C])
        self._expect(f"a visitor with {FEVER_C} °C", seen, Seen.RED)

    def expired(self) -> None:
        """Yesterday's pass."""
        self._refused("an expired pass", self._a_pass(hours=-20))

    def forged(self) -> None:
        """A pass that somebody else signed under our key's name."""
        self._refused("a forged pass", self._a_pass(forged=True))

    def other_venue(self) -> None:
        """A pass for another mall."""
        self._refused("a pass of another mall", self._a_pass(venue="mall-elsewhere"))

    def used(self) -> None:
        """A pass that has let its holder in is shown by somebody else."""
        self._make_room(2)
        text = self._come("a guest", 1)
        # Somebody else's phone: the first one has been away for long enough to be another.
        self._people.pause(self.mall.entry.config.scanner.same_phone_s + 0.5)
        self._refused("the same pass again", text)

    def tailgater(self) -> None:
        """Somebody slips in behind a guest: counted all the same, with an alarm."""
        self._make_room(2)
        self._come("a guest", 1)
        self._people.follow_in()
        self._inside.append(Group(1, None))
        self.say("somebody slipped in behind: counted, tailgate alarm")

    def turn_back(self) -> None:
        """Somebody steps in without a pass and thinks better of it: nobody is counted."""
        self._people.turn_back()
        self.say("somebody stepped in and turned back: nobody counted")

    # --- who leaves ---------------------------------------------------------------------------

    def leaving(self) -> None:
        """Some go home: nothing holds them up, whether they show a pass and wherever they walk."""
        if self._inside:
            group = self._inside.pop(self._random.randrange(len(self._inside)))
            self._random.choice([self._check_out, self._check_out, self._walk_out, self._go_back])(
                group
            )

    def _check_out(self, group: Group) -> None:
        """By the way out, and the pass is shown there, which closes the visit."""
        if group.text is None:
            self._walk_out(group)
            return
        out = self.mall.exit.visitors
        if not out.check_out(group.text):
            self.wrong.append("the way out did not answer to a pass")
        self._through(out, group.people)
        self.say(f"{group.people} left by the way out and showed the pass: their visit is closed")

    def _walk_out(self, group: Group) -> None:
        """By the way out, without showing anything."""
        self._through(self.mall.exit.visitors, group.people)
        self.say(f"{group.people} left by the way out")

    def _go_back(self, group: Group) -> None:
        """Through the entrance, against its direction."""
        self._through(self._people, group.people)
        self.say(f"{group.people} left through the entrance")

    def _through(self, lane: Visitors, people: int) -> None:
        for _ in range(people):
            lane.walk_out()

    # --- what happens to the mall -------------------------------------------------------------

    def full(self) -> None:
        """The limit is reached: one out, one in, whichever way somebody leaves."""
        while (free := self.mall.limit - self._number_inside) > 0:
            self._come(f"a group of {min(free, 3)}", min(free, 3))
        self._await(Seen.RED, "the limit is reached")
        self._refused("one more guest", self._a_pass())
        for leave in (self._walk_out, self._go_back):
            group = self._inside[0]
            group.people -= 1
            if not group.people:
                self._inside.remove(group)
            leave(Group(1, None))
            self._await(Seen.AMBER, "there is room again, and the lane tells those who wait")
            self._people.pause(LOOK_UP_S)
            self._come("one for one, the next", 1)
            self._await(Seen.RED, "the limit is reached")

    def outage(self) -> None:
        """The broker dies while people come and go, and comes back as it was."""
        self._make_room(1)
        self.mall.broker.kill()
        self.say("the broker is gone; the lanes go on")
        self._come("a guest meanwhile", 1)
        self.leaving()
        self.mall.broker.start()
        self.say("the broker is back")

    def fire(self) -> None:
        """The fire panel frees the lanes; afterwards nobody enters until all are counted."""
        self._make_room(1)
        people, lanes = self._people, [lane.visitors for lane in self.mall.lanes]
        for lane in lanes:
            lane.alarm(active=True)
        self._await(Seen.GREEN, "fire: the way is free")
        for leave in (self._walk_out, self._go_back):
            if self._inside:
                leave(self._inside.pop())
        if people.walk_in():
            self._inside.append(Group(1, None))
        else:
            self.wrong.append("the lane was not free during the release")
        for lane in lanes:
            lane.alarm(active=False)
        self._await(Seen.RED, "the fire is over, and nobody knows how many are inside")
        self._refused("a guest after the alarm, before the recount", self._a_pass())
        if not self.mall.recount():
            self.wrong.append("central does not take the recount")
        self._await(Seen.DARK, "staff counted everybody, and central knows: the lane admits again")

    # --- how ----------------------------------------------------------------------------------

    @property
    def _people(self) -> Visitors:
        return self.mall.entry.visitors

    @property
    def _number_inside(self) -> int:
        return sum(group.people for group in self._inside)

    def _make_room(self, people: int) -> None:
        """So many fit in; where it needs that, somebody leaves."""
        full = self._number_inside + people > self.mall.limit
        while self._number_inside + people > self.mall.limit:
            self.leaving()
        if not self.mall.has_room(people):
            self.wrong.append(f"no room for {people}, and {self._number_inside} are inside")
        if full:
            self._people.pause(LOOK_UP_S)

    def _come(self, who: str, people: int) -> str:
        """A party with a good pass; returns it."""
        self._make_room(people)
        text = self._a_pass(people)
        skins = [self._skin() for _ in range(people)]
        self._expect(who, self._people.present(text, skins), Seen.GREEN)
        self._inside.append(Group(people, text))
        return text

    def _a_pass(
        self, party: int = 1, *, hours: float = 4.0, venue: str | None = None, forged: bool = False
    ) -> str:
        return self.mall.entry.a_pass(party, hours=hours, venue=venue, forged=forged)

    def _skin(self) -> float:
        return round(self._random.uniform(*HEALTHY_C), 1)

    def _await(self, wanted: Seen, what: str) -> None:
        """Wait until the lane's lamp says this of itself."""
        self.say(what)
        seen = self._people.await_lamp(wanted)
        if seen is not wanted:
            self.wrong.append(f"{what}: expected {wanted.value}, saw {seen.value}")

    def _refused(self, who: str, text: str) -> None:
        self._expect(who, self._people.present(text, [self._skin()]), Seen.RED)

    def _expect(self, who: str, seen: Seen, wanted: Seen) -> None:
        outcome = "walked in" if seen is Seen.GREEN else f"saw {seen.value}"
        self.say(f"{who}: {outcome}")
        if seen is not wanted:
            self.wrong.append(f"{who}: expected {wanted.value}, saw {seen.value}")
