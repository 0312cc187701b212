"""Screening: from the thermometer's samples to a verdict on one person. Pure.

The rules:

 1. While nobody is in front, the median of about the last ten seconds is the *baseline*.
    Somebody is there when the object is clearly above it and could be skin, or when a proximity
    input says so (`standing`).
 2. SETTLING: samples of two settling times are dropped, after somebody came and after each jump
    of more than noise. HOLD: the newest samples since then make a window; when the window is
    steady, its median is the estimate (`samples`).
 3. Four seconds without a steady window are no reading.
 4. The number decided on is body-equivalent, rounded once to one decimal (`skin`). It is also
    the number that is shown.
 5. A number that no forehead has is no reading either. No reading is *repeat*; at the last
    attempt it is *attendant*. The first one is told at once ("come closer"); after that there are
    four seconds to do so. A sample that is no number never makes a window steady.
 6. The first reading decides alone when the guard band lies between it and the limit: below
    `limit - guard` *admit*, from `limit + guard` on *warm*. Otherwise *recheck*, and from then on
    every reading is a vote: above the limit warm, at the limit or below not. Two equal votes
    decide; when the last attempt brings none, the attendant does.
 7. So the limit is a temperature that is still admitted: 37.3 means "above 37.3 is warm", as the
    decree KMK HK.01.07/MENKES/382/2020 has it. The guard band only says when one reading is
    enough; it must be at least one step of the last decimal, so that the limit lies inside it.
 8. Warm is *wait*, and *refuse* for somebody who has rested.
 9. One visit to the thermometer serves one person: after a verdict, or when the question is
    taken back, a new person is measured only when somebody has left and somebody has come.

Skin is not core: nothing here detects fever.
"""

from dataclasses import dataclass, field, replace

from gate.events import Measure
from gate.model import Verdict
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.samples import Hold, Sample, estimate_c, hold_on, steady
from gate.temperature.skin import BodyC, SkinC, body_c, skin_c, true_c
from gate.temperature.standing import Standing, look, served

WARM_VOTES = COOL_VOTES = 2


@dataclass(frozen=True, slots=True)
class Screening:
    """All that is remembered between two samples."""

    standing: Standing = field(default_factory=Standing)
    hold: Hold | None = None
    asked: Measure | None = None
    votes: tuple[BodyC, ...] = ()
    """Readings of this person's earlier attempts, where they did not decide."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    verdict: Verdict
    celsius: BodyC | None
    """The number decided on, one decimal; None where no window became steady."""


Step = tuple[Screening, Outcome | None]


def ask(state: Screening, measure: Measure) -> Screening:
    """Somebody's temperature is wanted: a new person's with attempt 1, else the same one's."""
    if measure.attempt > 1:
        standing = served(state.standing, taken=False)
        return replace(state, standing=standing, hold=None, asked=measure)
    return replace(state, hold=None, asked=measure, votes=())


def withdraw(state: Screening) -> Screening:
    """The question is taken back; whoever stands there is not the next person (rule 9)."""
    if state.asked is None:
        return state
    return replace(state, standing=served(state.standing), asked=None)


def lose(state: Screening) -> Screening:
    """The thermometer is lost: all is forgotten, but not that this visit has been served (rule 9).

    With a proximity input the same person may still be seen when it is back, and is not the next.
    """
    person = state.standing.person
    return Screening(Standing(person=person if person is not None and person.taken else None))


def screening_step(state: Screening, sample: Sample, s: ScreeningSettings) -> Step:
    """The state after `sample`, and how the attempt ended if it did. Samples come in order."""
    before, asked = state.standing.person, state.asked
    measured = asked is not None and before is not None and not before.taken
    state = replace(state, standing=look(state.standing, sample, s, in_measurement=measured))
    person = state.standing.person
    if person is None:
        return replace(state, hold=None), None
    if person.taken or asked is None:
        return state, None
    hold = hold_on(state.hold, sample, s, came_at=person.since)
    state = replace(state, hold=hold)
    late = sample.at - hold.since >= s.steady_within_s
    if not steady(hold.window, s):
        return _no_reading(state, asked, None, s) if late else (state, None)
    skin, body = numbers(estimate_c(hold.window), sample.ambient_c, s)
    if believable(skin, body, s):
        return _judge(state, asked, body, s)
    return _no_reading(state, asked, body, s) if late or asked.attempt == 1 else (state, None)


def numbers(object_c: float, ambient_c: float, s: ScreeningSettings) -> tuple[SkinC, BodyC]:
    """Skin, and the number decided on, of an object temperature as the part says it."""
    skin = skin_c(true_c(object_c, gain=s.gain, offset_c=s.offset_c), ambient_c)
    return skin, body_c(skin, ambient_c, offset_c=s.site_offset_c, k=s.site_k)


def believable(skin: SkinC, body: BodyC, s: ScreeningSettings) -> bool:
    """Rule 5: whether that can be a forehead before a thermometer."""
    plausible = all(s.plausible_from_c <= it <= s.plausible_to_c for it in (skin, body))
    return plausible and body >= s.admit_floor_c


def _judge(state: Screening, asked: Measure, body: BodyC, s: ScreeningSettings) -> Step:
    """Rules 6 to 8: what a reading means for the person."""
    warm_verdict = Verdict.REFUSE if asked.rested else Verdict.WAIT
    if not state.votes:
        # Differences of decimals are not decimals: 37.3 - 0.2 is 37.099999999999994.
        if body < round(s.limit_c - s.guard_c, 6):
            return _answer(state, Verdict.ADMIT, body)
        if body >= round(s.limit_c + s.guard_c, 6):
            return _answer(state, warm_verdict, body)
    state = replace(state, votes=(*state.votes, body))
    warm = sum(vote > s.limit_c for vote in state.votes)
    if len(state.votes) - warm >= COOL_VOTES:
        return _answer(state, Verdict.ADMIT, body)
    if warm >= WARM_VOTES:
        return _answer(state, warm_verdict, body)
    last = asked.attempt >= s.attempts
    return _answer(state, Verdict.ATTENDANT if last else Verdict.RECHECK, body)


def _no_reading(
    state: Screening, asked: Measure, celsius: BodyC | None, s: ScreeningSettings
) -> Step:
    last = asked.attempt >= s.attempts
    return _answer(state, Verdict.ATTENDANT if last else Verdict.REPEAT, celsius)


def _answer(state: Screening, verdict: Verdict, celsius: BodyC | None) -> Step:
    return withdraw(state), Outcome(verdict, celsius)
