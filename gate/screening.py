"""Screening: from the thermometer's samples to a verdict on one person. Pure.

The rules:

 1. While nobody is in front, the median of about the last ten seconds is the *baseline*.
    Somebody is there when the object is clearly above it and could be skin.
 2. SETTLING: samples of the first two settling times are dropped. HOLD: the newest samples
    make a window; when the window is steady, its median is the estimate.
 3. Four seconds of hold without a steady window are no reading.
 4. The number decided on is body-equivalent, rounded once to one decimal. It is also the number
    that is shown.
 5. A number that no forehead has is no reading either. No reading is *repeat*; at the last
    attempt it is *attendant*. A sample that is no number never makes a window steady.
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

import math
from dataclasses import dataclass, replace
from statistics import fmean, median

from gate.events import Measure
from gate.model import Monotonic, Verdict

STEADY_RANGE_SIGMAS = 4.5
STEADY_DRIFT_SIGMAS = 2.5
"""Of the difference between the halves of a window, whose own deviation is sigma x sqrt(4/n)."""

WARM_VOTES = COOL_VOTES = 2

SMALLEST_GUARD_C = 0.1

COLDEST_C, HOTTEST_C = -273.15, 382.19
"""The ends of the sensor's scale: words 0x0000 and 0x7FFF."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading; the ambient one may be some samples older."""

    at: Monotonic
    object_c: float
    ambient_c: float


@dataclass(frozen=True, slots=True)
class ScreeningSettings:
    """What the site and the sensor's variant decide. The defaults are for a DCC.

    Raises ValueError for a guard band below one step of the shown number (rule 7).
    """

    limit_c: float = 37.3
    """Body-equivalent; above it is warm."""
    guard_c: float = 0.4
    """At least the uncertainty of one estimate."""
    admit_floor_c: float = 34.5
    """A lower number is not believed."""
    plausible_from_c: float = 32.0
    plausible_to_c: float = 43.0
    """Both hold for the skin as measured and for the body-equivalent number."""
    site_offset_c: float = 0.0
    site_k: float = 0.0
    """Body-equivalent = skin + offset + k x (skin - ambient): 0 until the site has measured."""
    settling_s: float = 0.14
    """Of the sensor's variant; also the time between two samples."""
    sigma_c: float = 0.18
    """Noise of one sample, of the sensor's variant."""
    window: int = 8
    """Samples in an estimate; 4 for slow parts."""
    steady_within_s: float = 4.0
    baseline_s: float = 10.0
    present_above_baseline_c: float = 1.5
    present_from_c: float = 30.0
    hysteresis_c: float = 0.5
    """How far below the threshold of coming somebody has to fall to be gone."""
    gone_after_s: float = 0.3
    """A shorter absence is a nod."""
    background_after_s: float = 30.0
    """What stays longer without being measured is the background."""
    attempts: int = 3
    """The last one ends with the attendant if with nothing else."""

    def __post_init__(self) -> None:
        if self.guard_c < SMALLEST_GUARD_C:
            raise ValueError(f"guard_c is {self.guard_c}, less than {SMALLEST_GUARD_C}")


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody is in front of the thermometer."""

    since: Monotonic
    seen_at: Monotonic
    hold_since: Monotonic | None = None
    window: tuple[Sample, ...] = ()
    taken: bool = False
    """This visit has served its person (rule 9)."""


@dataclass(frozen=True, slots=True)
class Screening:
    """All that is remembered between two samples."""

    baseline: tuple[float, ...] = ()
    """Object readings of the time without anybody, oldest first."""
    presence: Presence | None = None
    asked: Measure | None = None
    votes: tuple[float, ...] = ()
    """Readings of this person's earlier attempts, where they did not decide."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    verdict: Verdict
    celsius: float | None
    """The number decided on, one decimal; None where no window became steady."""


Step = tuple[Screening, Outcome | None]


def ask(state: Screening, measure: Measure) -> Screening:
    """Somebody's temperature is wanted: a new person's with attempt 1, else the same one's."""
    again = measure.attempt > 1
    presence = state.presence
    if presence is not None:
        taken = presence.taken and not again
        presence = replace(presence, taken=taken, hold_since=None, window=())
    votes = state.votes if again else ()
    return replace(state, presence=presence, asked=measure, votes=votes)


def withdraw(state: Screening) -> Screening:
    """The question is taken back; whoever stands there is not the next person (rule 9)."""
    presence = state.presence
    if presence is not None and state.asked is not None:
        presence = replace(presence, taken=True)
    return replace(state, presence=presence, asked=None)


def screening_step(state: Screening, sample: Sample, s: ScreeningSettings) -> Step:
    """The state after `sample`, and how the attempt ended if it did. Samples come in order."""
    state = _look(state, sample, s)
    presence, asked = state.presence, state.asked
    if presence is None or presence.taken or asked is None:
        return state, None
    if sample.at - presence.since < 2 * s.settling_s:
        return state, None
    presence, held_s = _hold(presence, sample, s)
    state = replace(state, presence=presence)
    if _steady(presence.window, s):
        return _read(state, asked, presence.window, s)
    if held_s >= s.steady_within_s:
        return _no_reading(state, asked, None, s)
    return state, None


def body_equivalent_c(skin_c: float, ambient_c: float, s: ScreeningSettings) -> float:
    """The number that the limit is compared with, not yet rounded."""
    return skin_c + s.site_offset_c + s.site_k * (skin_c - ambient_c)


# --- is somebody there? (rule 1) ------------------------------------------------------------


def _look(state: Screening, sample: Sample, s: ScreeningSettings) -> Screening:
    """Who comes and goes. A proximity input would speak here, in place of the threshold."""
    presence = state.presence
    threshold = _threshold(state.baseline, s)
    if presence is None:
        if sample.object_c >= threshold:
            return replace(state, presence=Presence(since=sample.at, seen_at=sample.at))
        return replace(state, baseline=_baseline_after(state.baseline, sample.object_c, s))
    in_measurement = state.asked is not None and not presence.taken
    if not in_measurement and sample.at - presence.since >= s.background_after_s:
        return replace(state, presence=None, baseline=(sample.object_c,))
    if sample.object_c >= threshold - s.hysteresis_c:
        return replace(state, presence=replace(presence, seen_at=sample.at))
    if sample.at - presence.seen_at >= s.gone_after_s:
        return replace(state, presence=None)
    return state


def _threshold(baseline: tuple[float, ...], s: ScreeningSettings) -> float:
    """From which object temperature on somebody is there; never before a first baseline."""
    if not baseline:
        return math.inf
    return max(median(baseline) + s.present_above_baseline_c, s.present_from_c)


def _baseline_after(
    baseline: tuple[float, ...], object_c: float, s: ScreeningSettings
) -> tuple[float, ...]:
    """The newest samples without anybody, as many as fit into the baseline's time.

    Three in a row far below their median show that it was a person who stood there from the
    beginning: then only they count, or nobody would be seen until ten seconds had passed.
    """
    if not _is_temperature(object_c):
        return baseline
    baseline = (*baseline, object_c)[-max(3, round(s.baseline_s / s.settling_s)) :]
    newest = baseline[-3:]
    if max(newest) < median(baseline) - s.present_above_baseline_c:
        return newest
    return baseline


# --- what do the samples say? (rules 2 and 3) -----------------------------------------------


def _hold(presence: Presence, sample: Sample, s: ScreeningSettings) -> tuple[Presence, float]:
    """The window with `sample` in it, and for how many seconds it has been held."""
    since = sample.at if presence.hold_since is None else presence.hold_since
    window = presence.window
    if window and sample.at - window[-1].at > 3 * s.settling_s:
        window = ()  # failed reads between them: they need not be of the same moment
    window = (*window, sample)[-s.window :]
    return replace(presence, hold_since=since, window=window), sample.at - since


def _steady(window: tuple[Sample, ...], s: ScreeningSettings) -> bool:
    """Full, within the noise, and not on its way up or down. False if a sample is no number."""
    if len(window) < s.window or not all(_is_number(sample) for sample in window):
        return False
    values = [sample.object_c for sample in window]
    if max(values) - min(values) > STEADY_RANGE_SIGMAS * s.sigma_c:
        return False
    middle = len(values) // 2
    drift = abs(fmean(values[middle:]) - fmean(values[:middle]))
    return drift <= STEADY_DRIFT_SIGMAS * s.sigma_c * math.sqrt(4 / len(values))


def _is_number(sample: Sample) -> bool:
    return _is_temperature(sample.object_c) and _is_temperature(sample.ambient_c)


def _is_temperature(celsius: float) -> bool:
    """Something that the sensor can say at all (data sheet, section 8.7.2): no NaN, no 1e308."""
    return COLDEST_C <= celsius <= HOTTEST_C


# --- what does that mean for the person? (rules 4 to 8) -------------------------------------


def _read(
    state: Screening, asked: Measure, window: tuple[Sample, ...], s: ScreeningSettings
) -> Step:
    skin_c = median(sample.object_c for sample in window)
    celsius = round(body_equivalent_c(skin_c, window[-1].ambient_c, s), 1)
    plausible = all(s.plausible_from_c <= it <= s.plausible_to_c for it in (skin_c, celsius))
    if not plausible or celsius < s.admit_floor_c:
        return _no_reading(state, asked, celsius, s)
    warm_verdict = Verdict.REFUSE if asked.rested else Verdict.WAIT
    if not state.votes:
        # Differences of decimals are not decimals: 37.3 - 0.2 is 37.099999999999994.
        if celsius < round(s.limit_c - s.guard_c, 6):
            return _answer(state, Verdict.ADMIT, celsius)
        if celsius >= round(s.limit_c + s.guard_c, 6):
            return _answer(state, warm_verdict, celsius)
    state = replace(state, votes=(*state.votes, celsius))
    warm = sum(vote > s.limit_c for vote in state.votes)
    if len(state.votes) - warm >= COOL_VOTES:
        return _answer(state, Verdict.ADMIT, celsius)
    if warm >= WARM_VOTES:
        return _answer(state, warm_verdict, celsius)
    last = asked.attempt >= s.attempts
    return _answer(state, Verdict.ATTENDANT if last else Verdict.RECHECK, celsius)


def _no_reading(
    state: Screening, asked: Measure, celsius: float | None, s: ScreeningSettings
) -> Step:
    last = asked.attempt >= s.attempts
    return _answer(state, Verdict.ATTENDANT if last else Verdict.REPEAT, celsius)


def _answer(state: Screening, verdict: Verdict, celsius: float | None) -> Step:
    return withdraw(state), Outcome(verdict, celsius)
