"""Everything that can be wrong at a lane for a while, as context managers over the stage."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from gate.commands.simulate.stage import Stage
from gate.model import Mode
from gate.reloading import DISK
from gate.status import ask

PATIENCE_S = 20.0
RELOAD_S = 10.0
ON_ITS_WAY_S = 0.3
"""By then the daemon's wires have heard of it."""

STUCK_S = 90.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong from entering `of(stage, draw)` until leaving it."""

    name: str
    of: Callable[[Stage, random.Random], AbstractContextManager[None]]
    blind: bool = False
    """The beams are not seen meanwhile: whoever walks then is not counted, and nobody could."""


def broken(part: str, fault: str, *, blind: bool = False) -> Trouble:
    """A part that the world breaks and mends."""

    @contextmanager
    def breaking(stage: Stage, _draw: random.Random) -> Iterator[None]:
        stage.world.break_part(part, fault)
        time.sleep(ON_ITS_WAY_S)
        yield
        stage.world.break_part(part, None)

    return Trouble(f"{part} {fault}", breaking, blind)


@contextmanager
def beam_stuck(stage: Stage, draw: random.Random) -> Iterator[None]:
    """Something hangs in a beam for longer than anybody stands there."""
    wiring = stage.visitors.wiring
    beam = draw.choice([pin for pin in (wiring.sensor_a, wiring.sensor_b) if pin is not None])
    stage.world.drive(wiring.active(beam))
    stage.world.let_fly(STUCK_S)
    yield
    stage.world.drive(wiring.inactive(beam))


@contextmanager
def broker_away(stage: Stage, _draw: random.Random) -> Iterator[None]:
    """Killed, and back with nothing in its head."""
    stage.broker.kill()
    yield
    stage.broker.start()


@contextmanager
def clock_wrong(stage: Stage, draw: random.Random) -> Iterator[None]:
    """Set by somebody, forwards or back, whether or not a time service stands by it."""
    stage.world.set_clock(ahead_s=draw.uniform(-2, 2) * 86400, synchronised=draw.random() < 0.5)
    yield
    stage.world.set_clock(ahead_s=0.0, synchronised=True)


@contextmanager
def configured_anew(stage: Stage, draw: random.Random) -> Iterator[None]:
    """Another opening time, taken over while the lane runs, and back."""
    before = stage.file.read_text(encoding="utf-8")
    after = before.replace("[turnstile]\n", f"[turnstile]\nopen_for_s = {draw.randint(5, 12)}\n")
    stage.file.write_text(after, encoding="utf-8")
    taken_over = _reload(stage)
    yield
    stage.file.write_text(before, encoding="utf-8")
    while taken_over and not _reload(stage):
        pass  # the disk is not mended yet


@contextmanager
def misconfigured(stage: Stage, _draw: random.Random) -> Iterator[None]:
    """A file that is no configuration: refused, and the lane goes on as it was."""
    before = stage.file.read_text(encoding="utf-8")
    stage.file.write_text(before + "[gate", encoding="utf-8")
    stage.signal_daemon(signal.SIGHUP)
    assert stage.wait_until(lambda: stage.says("config", "refused"), PATIENCE_S)
    stage.file.write_text(before, encoding="utf-8")
    yield


@contextmanager
def key_turned(stage: Stage, _draw: random.Random) -> Iterator[None]:
    """The key switch locks the entry."""
    assert stage.config.turnstile.key
    pin = stage.config.turnstile.key.pin
    stage.world.drive(stage.visitors.wiring.active(pin))
    yield
    stage.world.drive(stage.visitors.wiring.inactive(pin))


@contextmanager
def button_pressed(stage: Stage, _draw: random.Random) -> Iterator[None]:
    """The attendant presses the button: somebody is let in, or asked about."""
    assert stage.config.turnstile.attendant
    pin = stage.config.turnstile.attendant.pin
    stage.world.drive(stage.visitors.wiring.active(pin))
    yield
    stage.world.drive(stage.visitors.wiring.inactive(pin))


@contextmanager
def released(stage: Stage, _draw: random.Random) -> Iterator[None]:
    """The fire panel frees the lane."""
    stage.visitors.alarm(active=True)
    yield
    stage.visitors.alarm(active=False)


def ordered(mode: Mode) -> Trouble:
    """The operator sets a mode, and later the normal one."""

    @contextmanager
    def ordering(stage: Stage, _draw: random.Random) -> Iterator[None]:
        ask(stage.config.status_socket, f"mode {mode}")
        yield
        ask(stage.config.status_socket, f"mode {Mode.NORMAL}")

    return Trouble(f"mode {mode}", ordering)


TROUBLES = (
    *(broken("thermometer", fault) for fault in ("nack", "checksum", "flag", "stuck")),
    *(broken("camera", fault) for fault in ("absent", "stalled", "black")),
    *(broken("disk", fault) for fault in ("slow", "full", "read_only", "failing")),
    broken("turnstile", "gone", blind=True),
    Trouble("beam stuck", beam_stuck, blind=True),
    Trouble("broker away", broker_away),
    Trouble("clock wrong", clock_wrong),
    Trouble("configured anew", configured_anew),
    Trouble("misconfigured", misconfigured),
    Trouble("key turned", key_turned),
    Trouble("button pressed", button_pressed),
    Trouble("released", released),
    *(ordered(mode) for mode in Mode if mode is not Mode.NORMAL),
)


def _reload(stage: Stage) -> bool:
    """Whether the file is taken over; then the daemon has opened its parts anew."""
    problems = ask(stage.config.status_socket, "reload", timeout_s=RELOAD_S)["problems"]
    if problems:
        assert problems == [DISK], problems
        return False
    assert stage.wait_until(lambda: stage.says("config", "in force"), PATIENCE_S)
    return True
