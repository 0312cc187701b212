"""Who stands in front of the thermometer: people come and go, backgrounds stay. Pure.

Rules 1 and 9 of `screening`. Where a proximity input is wired it says who is there, as long as
it has a pause now and then; else the temperature says so.
"""

import math
from dataclasses import dataclass, replace
from statistics import median

from gate.model import Monotonic
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.samples import Sample, is_temperature


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody is in front of the thermometer."""

    since: Monotonic
    seen_at: Monotonic
    taken: bool = False
    """This visit has served its person (rule 9)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is there, and what the place looks like when nobody is."""

    baseline: tuple[float, ...] = ()
    """Object readings of the time without anybody, oldest first."""
    person: Person | None = None
    near_since: Monotonic | None = None
    """Since when the proximity input has been active without a pause."""


def look(
    standing: Standing, sample: Sample, s: ScreeningSettings, *, in_measurement: bool
) -> Standing:
    """Who is there with this sample. Nobody becomes the background while `in_measurement`."""
    standing = replace(standing, near_since=_near_since(standing, sample))
    told = None if stuck(standing, sample.at, s) else sample.near
    if standing.person and sample.at - standing.person.seen_at >= s.background_after_s:
        standing = replace(standing, person=None)  # long without samples: it may be anybody
    person, threshold = standing.person, _threshold(standing.baseline, s)
    if person is None:
        if sample.object_c >= threshold if told is None else told:
            return replace(standing, person=Person(since=sample.at, seen_at=sample.at))
        return replace(standing, baseline=_baseline_after(standing.baseline, sample.object_c, s))
    stays = not in_measurement and sample.at - person.since >= s.background_after_s
    if stays and told is None:
        return replace(standing, person=None, baseline=(sample.object_c,))
    if sample.object_c >= threshold - s.hysteresis_c if told is None else told:
        return replace(standing, person=replace(person, seen_at=sample.at))
    if sample.at - person.seen_at >= s.gone_after_s:
        return replace(standing, person=None)
    return standing


def stuck(standing: Standing, now: Monotonic, s: ScreeningSettings) -> str | None:
    """What is wrong with the proximity input: active for too long to be believed."""
    since = standing.near_since
    if since is None or now - since < s.near_at_most_s:
        return None
    return f"the proximity input is active for {s.near_at_most_s:g} s now; not believed any more"


def served(standing: Standing, *, taken: bool = True) -> Standing:
    """Whoever is there has been served, or is to be served again."""
    person = standing.person
    return standing if person is None else replace(standing, person=replace(person, taken=taken))


def _near_since(standing: Standing, sample: Sample) -> Monotonic | None:
    if not sample.near:
        return None
    return sample.at if standing.near_since is None else standing.near_since


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
    if not is_temperature(object_c):
        return baseline
    baseline = (*baseline, object_c)[-max(3, round(s.baseline_s / s.settling_s)) :]
    newest = baseline[-3:]
    if max(newest) < median(baseline) - s.present_above_baseline_c:
        return newest
    return baseline
