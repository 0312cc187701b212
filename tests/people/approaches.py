"""How people come to the thermometer: how much of its view a forehead fills, and when.

Time is in seconds; at 0 the forehead is at its place for the first time.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

FULL = (0.99, 1.0)
"""How much of the view a forehead at its place fills; the uncertainty reckons with that."""

Fill = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Approach:
    """One way of coming, with its own times and distances."""

    begins_s: float
    """When the first of the forehead is in view."""
    fill: Fill


def stand(random: Random) -> Approach:
    """Walks up and stands."""
    full, walk_s = random.uniform(*FULL), random.uniform(0.4, 0.9)
    return Approach(-walk_s, lambda t: full * _rise(t, -walk_s, 0.0))


def sway(random: Random) -> Approach:
    """Stands, and moves to and fro: up to two hundredths of the view come and go."""
    came, wide = stand(random), random.uniform(0.005, 0.02)
    turns, begun = random.uniform(2.0, 6.0), random.uniform(0.0, 2 * math.pi)
    return Approach(
        came.begins_s, lambda t: came.fill(t) * (1 - wide * (1 + math.sin(turns * t + begun)) / 2)
    )


def stop_short(random: Random) -> Approach:
    """Stops too far away for a moment, less than a reading takes, and comes on."""
    full, part = random.uniform(*FULL), random.uniform(0.3, 0.97)
    walk_s, wait_s, on_s = (random.uniform(*it) for it in ((0.4, 0.9), (0.2, 0.5), (0.2, 0.4)))
    begins_s = -(walk_s + wait_s + on_s)

    def fill(t: float) -> float:
        return part * _rise(t, begins_s, begins_s + walk_s) + (full - part) * _rise(t, -on_s, 0.0)

    return Approach(begins_s, fill)


def creep(random: Random) -> Approach:
    """Comes slowly for the last bit, without a step that would show."""
    full, part = random.uniform(*FULL), random.uniform(0.5, 0.9)
    walk_s, last_s = random.uniform(0.4, 0.9), random.uniform(0.8, 2.5)
    begins_s = -(walk_s + last_s)

    def fill(t: float) -> float:
        near = min(1.0, max(0.0, t / last_s + 1))
        return part * _rise(t, begins_s, -last_s) + (full - part) * near

    return Approach(begins_s, fill)


def stop_far(random: Random) -> Approach:
    """Stops much too far away, waits, and comes on; 0 is the moment of stopping."""
    full, part = random.uniform(*FULL), random.uniform(0.25, 0.4)
    walk_s, wait_s = random.uniform(0.4, 0.9), random.uniform(2.0, 4.0)

    def fill(t: float) -> float:
        return part * _rise(t, -walk_s, 0.0) + (full - part) * _rise(t, wait_s, wait_s + 0.5)

    return Approach(-walk_s, fill)


def nod(random: Random) -> Approach:
    """Looks down once: for a moment the view shows hair, or the room."""
    came, down_s = stand(random), random.uniform(0.0, 1.2)
    up_s, left = down_s + random.uniform(0.1, 0.3), random.uniform(0.0, 0.6)
    return Approach(came.begins_s, lambda t: came.fill(t) * (left if down_s <= t < up_s else 1.0))


def leave_early(random: Random) -> Approach:
    """Goes away before there is a verdict, and comes back."""
    came, gone_s = stand(random), random.uniform(0.1, 0.8)
    back_s = gone_s + random.uniform(0.5, 2.0)

    def fill(t: float) -> float:
        away = _rise(t, gone_s, gone_s + 0.2) * (1 - _rise(t, back_s, back_s + 0.4))
        return came.fill(t) * (1 - away)

    return Approach(came.begins_s, fill)


OF_TEN = (stand, stand, stand, sway, sway, stop_short, stop_far, creep, nod, leave_early)
"""How ten people come."""


def stay(part: float) -> Callable[[Random], Approach]:
    """Stops where so much of the view is filled, and stays there."""

    def come(random: Random) -> Approach:
        walk_s = random.uniform(0.4, 0.9)
        return Approach(-walk_s, lambda t: part * _rise(t, -walk_s, 0.0))

    return come


def _rise(t: float, begins: float, ends: float) -> float:
    """From 0 to 1, smoothly."""
    x = min(1.0, max(0.0, (t - begins) / (ends - begins)))
    return x * x * (3 - 2 * x)
