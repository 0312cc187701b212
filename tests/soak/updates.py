"""Updates and roll-backs of a device whose power ends again and again, and bundles with any bit
flipped: more of `tests.gate.releases`."""

import random
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gate.releases.bundle import BundleError
from gate.releases.install import ReleaseError
from gate.releases.state import is_under_way, read_outcome
from tests.gate.releases.machine import Power, PowerCutError
from tests.gate.releases.test_bundle import GOOD, KNOWN, MANIFEST, opened
from tests.gate.releases.world import Program, World

CHANGES = 12
"""Updates and roll-backs in a life."""

MOST_STEPS = 70


def life_with_updates(seed: int) -> None:
    """A device that is updated and rolled back, with up to four power cuts in each; raises where
    it does not work in between, or has lost an event."""
    chance = random.Random(seed)  # noqa: S311 - a life
    programs = {f"0.{number}.0": _program(chance, number) for number in range(2, 2 + CHANGES)}
    with TemporaryDirectory(prefix="gate-updates-") as folder:
        world = World(Path(folder), {"0.1.0": Program(), **programs})
        world.put("0.1.0")
        for version in programs:
            _change(chance, world, version)
            _require_whole(world, seed)


def _program(chance: random.Random, number: int) -> Program:
    """A release that works, or does not in one of the ways."""
    tables = 8 + number // 3
    bad = chance.choice(
        (
            {},
            {},
            {"starts": False},
            {"crashes_after_s": 30.0},
            {"takes_the_machine_down": True},
            {"frames": False},
            {"reaches_broker": False},
            {"takes_config": False},
            {"broken": ("NO-ZBAR",)},
        )
    )
    return Program(tables=tables, **bad)


def _change(chance: random.Random, world: World, version: str) -> None:
    """One of the two ways, with cuts; in the end nobody cuts any more."""
    world.power = Power(chance.randrange(MOST_STEPS))
    with suppress(PowerCutError, ReleaseError):
        if chance.random() < 0.3:
            world.roll_back()
        else:
            world.update(world.bundle(version))
    for _ in range(chance.randrange(4)):
        with suppress(PowerCutError):
            world.boot(left=chance.randrange(MOST_STEPS))
    for _ in range(4):  # a release that takes the machine down cuts by itself
        with suppress(PowerCutError):
            world.boot()
            return


def _require_whole(world: World, seed: int) -> None:
    layout = world.layout
    assert world.works(), (seed, world.state, layout.in_use())
    assert layout.in_use() == layout.trusted(), seed
    assert not is_under_way(layout), seed
    assert not layout.half_made(), seed
    assert len(layout.names()) <= 4, (seed, layout.names())
    assert world.events() == world.recorded, seed
    outcome = read_outcome(layout)
    assert outcome is None or outcome.in_use == layout.in_use(), (seed, outcome)


def flipped_bundles(seed: int) -> None:
    """Every bit of a bundle in turn, a few hundred bytes of it with each seed."""
    chance = random.Random(seed)  # noqa: S311 - places
    for at in chance.sample(range(len(GOOD)), 300):
        for bit in range(8):
            changed = bytearray(GOOD)
            changed[at] ^= 1 << bit
            with suppress(BundleError):
                opened(bytes(changed), KNOWN)
                raise AssertionError((at, bit))
    assert opened(GOOD, KNOWN)[0] == MANIFEST
