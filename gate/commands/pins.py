"""`gate pins`: our wiring over the header, and what each line is like now."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.lines import InputLine, TurnstileError, open_input
from drivers.process import run
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, Config, load_elsewhere
from gate.config.lane import InputPin
from gate.doctor.finding import Finding, as_json, worst
from gate.hardware import hardware
from gate.status import ask
from gate.wiring.cautions import cautions, taken
from gate.wiring.header import HEADER
from gate.wiring.levels import Seen, seen_by_pinctrl
from gate.wiring.plan import ROLES, Plan, plan_of
from gate.wiring.table import header_table

PINCTRL_S = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """The lines now, and how they were looked at."""

    seen: dict[int, Seen]
    how: str


def pins(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Everything, as one JSON line.")] = False,
) -> None:
    """Show the 40-pin header: which wire is where, and its level now.

    Also what an electrician should look at twice: a wire on another function's pin, a relay that
    the Pi's own resistor would switch on while it boots, a release that a cut wire does not free.
    A running lane is not disturbed: on a Pi the levels are read past the kernel (pinctrl), else
    the lane is asked; where none runs, the inputs are opened for a moment and the outputs are not.
    Exit code 0: all is well. 1: something to look at. 2: something is wrong.
    """
    lane = loaded(config, load=load_elsewhere)
    plan, look = plan_of(lane), _look(lane)
    found = [*cautions(plan), *taken(plan, look.seen)]
    if json_:
        typer.echo(json.dumps(_everything(plan, look, found)))
    else:
        for line in header_table(plan, look.seen):
            typer.echo(line)
        typer.echo(f"Levels: {look.how}.")
        for one in found:
            typer.echo(f"{one.level.name} {one.code}: {one.found}\n    {one.mend}")
    raise typer.Exit(worst(found))


def _look(lane: Config) -> Look:
    if lane.turnstile.source == "gpio":
        done = run("pinctrl", "get", "0-27", timeout_s=PINCTRL_S)
        if done.ok and (seen := seen_by_pinctrl(done.out)):
            return Look(seen, "read by pinctrl, past the kernel")
    try:
        high: Any = ask(lane.status_socket, "pins")["high"]
    except (OSError, ValueError, KeyError):
        return _opened(lane)
    pulls = {wire.bcm: wire.pull for wire in plan_of(lane).wires}
    seen = {int(bcm): Seen(bool(it), pulls.get(int(bcm))) for bcm, it in high.items()}
    return Look(seen, "as the running lane says")


def _opened(lane: Config) -> Look:
    """What can be seen of the inputs; whoever holds a line keeps it."""
    seen: dict[int, Seen] = {}
    held: list[str] = []
    try:
        with ExitStack() as parts:
            factory = hardware(lane, parts, _crash).open_factory()
            parts.callback(factory.close)
            for role in ROLES:
                wire = getattr(lane.turnstile, role)
                if isinstance(wire, InputPin):
                    try:
                        line = InputLine(wire.pin, wire.active_high, wire.pull)
                        device = parts.enter_context(open_input(role, line, factory))
                        seen[wire.pin] = Seen(bool(device.pin.state), wire.pull, "input")
                    except TurnstileError as error:
                        held.append(str(error))
    except TurnstileError as error:
        return Look({}, f"not to be had: {error}")
    how = "inputs only, opened for a moment (no lane runs)"
    return Look(seen, "; ".join([how, *held]))


def _everything(plan: Plan, look: Look, found: list[Finding]) -> dict[str, Any]:
    rows = []
    for pin in HEADER:
        wire, seen = plan.at(pin.bcm), look.seen.get(pin.bcm if pin.bcm is not None else -1)
        rows.append(
            {
                "pin": pin.place,
                "name": pin.name,
                "bcm": pin.bcm,
                "other": pin.other,
                "boot_pull": pin.boot_pull,
                "role": wire.role if wire else None,
                "active": None if wire is None else "high" if wire.active_high else "low",
                "high": seen.high if seen else None,
                "pull": seen.pull if seen else None,
                "function": seen.use if seen else None,
            }
        )
    return {"gate": plan.gate, "levels": look.how, "pins": rows, **json.loads(as_json(found))}


def _crash(bug: BaseException) -> None:
    raise bug
