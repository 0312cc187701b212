"""`gate probe relay`: one pulse of the relay, with somebody who watches."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any

import typer

from drivers.lines import OutputLine, TurnstileError, open_output
from gate.commands.configured import loaded
from gate.commands.probe.telling import ConfigFile, Json, Told, conclude
from gate.config import DEFAULT_FILE, Config
from gate.doctor.finding import Finding, good
from gate.doctor.probes.lane import LANE_RUNS
from gate.doctor.probes.relay import DEAD, INVERTED, SHUT, SILENT, UNSEEN
from gate.hardware import hardware
from gate.status import answer_of
from gate.wiring.plan import Wire, plan_of


def relay(
    config: ConfigFile = DEFAULT_FILE,
    *,
    wide: Annotated[bool, typer.Option("--wide", help="The relay of the wide gate.")] = False,
    seconds: Annotated[
        float, typer.Option(min=0.05, max=10, help="How long the pulse lasts.")
    ] = 1.0,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: the relay moves at once.")
    ] = False,
    json_: Json = False,
) -> None:
    """Pulse the entry relay once, and ask whether it clicked and the turnstile was free.

    Says which pin and level, asks before anything moves, and leaves the relay inactive however it
    ends. Refuses while a lane runs. Stand at the turnstile: somebody can walk in during the pulse,
    and nobody counts them. Exit code 0: it works. 1: it was not tried, or nobody watched. 2: not.
    """
    lane, told = loaded(config), Told(silent=json_)
    wire = plan_of(lane).of("wide_relay" if wide else "relay")
    if wire is None:
        typer.echo("This lane has no wide gate: turnstile.wide_relay is not wired.", err=True)
        raise typer.Exit(1)
    if answer_of(lane.status_socket) is not None:
        found = LANE_RUNS.found("it runs, and the relay is its own: nothing was moved")
        conclude("relay", [found], {}, told, json_=json_)
    rest, active = ("low", "high") if wire.active_high else ("high", "low")
    told.line(
        f"{wire.title}: GPIO{wire.bcm}, pin {wire.pin.place}; {rest} at rest, {active} for"
        f" {seconds:g} s. Whoever stands there can walk in meanwhile."
    )
    if not yes and not typer.confirm("Move it?", default=False, err=json_):
        typer.echo("Nothing was moved.", err=True)
        raise typer.Exit(1)
    try:
        with _line(lane, wire) as coil:
            coil.on()
            time.sleep(seconds)
    except TurnstileError as error:
        conclude("relay", [DEAD.found(str(error))], _figures(wire, seconds), told, json_=json_)
    told.line(f"Driven {active} for {seconds:g} s, and {rest} again.")
    conclude(
        "relay", [_verdict(ask=not yes, err=json_)], _figures(wire, seconds), told, json_=json_
    )


@contextmanager
def _line(lane: Config, wire: Wire) -> Iterator[Any]:
    """The relay, inactive; inactive again and let go however this ends, SIGTERM too."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with ExitStack() as parts:
            factory = hardware(lane, parts, _crash).open_factory()
            parts.callback(factory.close)
            coil = open_output(wire.role, OutputLine(wire.bcm, wire.active_high), factory)
            parts.callback(coil.close)
            parts.callback(coil.off)
            yield coil
    finally:
        signal.signal(signal.SIGTERM, before)


def _verdict(*, ask: bool, err: bool) -> Finding:
    if not ask:
        return UNSEEN.found("it was pulsed, and nobody was asked")
    if not typer.confirm("Did it click?", err=err):
        return SILENT.found("no click")
    if not typer.confirm("Was the turnstile free for that moment?", err=err):
        return SHUT.found("it clicked, and the turnstile was not free")
    if not typer.confirm("Is the entry shut now?", err=err):
        return INVERTED.found("the entry is free while the relay is at rest")
    return good("relay and turnstile", "it clicked, the entry was free, and it is shut again")


def _figures(wire: Wire, seconds: float) -> dict[str, object]:
    return {
        "role": wire.role,
        "bcm": wire.bcm,
        "pin": wire.pin.place,
        "active": "high" if wire.active_high else "low",
        "seconds": seconds,
    }


def _end(*_: object) -> None:
    raise typer.Exit(1)


def _crash(bug: BaseException) -> None:
    raise bug
