"""`gate probe sensors`: every input live while somebody walks, its edges, and how it bounces."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import Annotated, Any

import typer
from gpiozero import Factory

from drivers.edges import Edges
from drivers.lines import InputLine, TurnstileError
from gate.commands.configured import loaded
from gate.commands.probe.telling import ConfigFile, Json, Told, conclude
from gate.config import DEFAULT_FILE, Config
from gate.doctor.finding import Finding, good
from gate.doctor.probes.lane import LANE_RUNS
from gate.doctor.probes.sensors import DEAD, DEBOUNCE, RELEASED, STILL, STUCK
from gate.hardware import hardware
from gate.status import answer_of
from gate.wiring.bounce import Contact, Edge, debounce_for
from gate.wiring.plan import Kind, Wire, plan_of

LOOK_S = 0.05
SHOW_S = 0.25


def sensors(
    config: ConfigFile = DEFAULT_FILE,
    *,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="Watch for so long.")] = 20.0,
    json_: Json = False,
) -> None:
    """Watch every input while somebody walks through, presses, and opens the release.

    Begin with nobody in the lane. Shows each level live, counts edges, and measures how long the
    contacts bounce, which the debounce has to be longer than. Moves nothing. With a running lane
    its own levels are shown, without bouncing. Ctrl-C ends it with a verdict, too. Exit code 0:
    all inputs work. 1: something to look at. 2: an input is stuck, or the lines cannot be read.
    """
    lane, told = loaded(config), Told(silent=json_)
    wires = {wire.role: wire for wire in plan_of(lane).wires if not wire.driven}
    told.line(f"Watching {', '.join(wires)} for {seconds:g} s. Walk through; Ctrl-C ends it.")
    runs = answer_of(lane.status_socket, "pins") is not None
    try:
        if runs:
            contacts = _asked(lane, wires, seconds, told)
        else:
            with ExitStack() as parts:
                open_factory = hardware(lane, parts, _crash).open_factory
                contacts = watched(wires, open_factory, seconds, told)
    except TurnstileError as error:
        conclude("sensors", [DEAD.found(str(error))], {}, told, json_=json_)
    found = judged(wires, contacts, lane.passage.debounce_s, bounces=not runs)
    if runs:
        found.append(LANE_RUNS.found("it runs: these are its levels, and bouncing is not seen"))
    conclude("sensors", found, _figures(contacts), told, json_=json_)


def watched(
    wires: Mapping[str, Wire], open_factory: Callable[[], Factory], seconds: float, told: Told
) -> dict[str, Contact]:
    """Edge by edge, with the stamps of the kernel. Raises `TurnstileError`."""
    edges: SimpleQueue[Edge] = SimpleQueue()
    lines = {
        role: InputLine(wire.bcm, wire.active_high, wire.pull or "none")
        for role, wire in wires.items()
    }
    with Edges(
        lines,
        open_factory=open_factory,
        on_edge=lambda name, high, at: edges.put(Edge(name, high, at)),
    ) as watch:
        levels = watch.levels()
        contacts = {role: Contact(levels[role], wires[role].active_high) for role in wires}

        def look(wait_s: float) -> None:
            try:
                edge = edges.get(timeout=wait_s)
            except Empty:
                return
            contacts[edge.role].take(edge)

        _until(seconds, look, contacts, told)
        while not edges.empty():
            look(0)
    for contact in contacts.values():
        contact.finish()
    return contacts


def _asked(
    lane: Config, wires: Mapping[str, Wire], seconds: float, told: Told
) -> dict[str, Contact]:
    """As the running lane says, twenty times a second. Raises `TurnstileError`."""
    contacts: dict[str, Contact] = {}

    def look(wait_s: float) -> None:
        said = answer_of(lane.status_socket, "pins") or {}
        for role, wire in wires.items():
            high = said.get("high", {}).get(str(wire.bcm))
            if high is None:
                raise TurnstileError(f"the running lane does not tell the level of {role}")
            contact = contacts.setdefault(role, Contact(high, wire.active_high))
            if high != contact.high:
                contact.take(Edge(role, high, time.monotonic()))
        time.sleep(min(wait_s, LOOK_S))

    look(0)
    _until(seconds, look, contacts, told)
    for contact in contacts.values():
        contact.finish()
    return contacts


def _until(
    seconds: float,
    look: Callable[[float], None],
    contacts: Mapping[str, Contact],
    told: Told,
) -> None:
    """Look until the time is over, or Ctrl-C; show how it stands meanwhile."""
    began = shown_at = time.monotonic()
    try:
        while (left_s := began + seconds - time.monotonic()) > 0:
            look(min(left_s, SHOW_S))
            if time.monotonic() - shown_at >= SHOW_S:
                shown_at = time.monotonic()
                told.now("  ".join(_now(role, it) for role, it in contacts.items()))
    except KeyboardInterrupt:
        told.line("Ended.")


def _now(role: str, contact: Contact) -> str:
    level = "HI" if contact.high else "LO"
    return f"{role} {level}{'*' if contact.active else ' '}{contact.edges}"


def judged(
    wires: Mapping[str, Wire],
    contacts: Mapping[str, Contact],
    debounce_s: float,
    *,
    bounces: bool,
) -> list[Finding]:
    """What it means."""
    found = []
    for role, contact in contacts.items():
        name = f"{wires[role].title} (GPIO{wires[role].bcm})"
        if wires[role].kind is Kind.RELEASE and contact.active:
            found.append(RELEASED.found(f"{name} is active now"))
        elif not contact.edges and contact.active:
            found.append(STUCK.found(f"{name} was active all the time"))
        elif not contact.edges:
            found.append(STILL.found(f"{name} did not change"))
        else:
            found.append(good(STILL.tested, f"{name}: {_did(contact)}"))
    if bounces and any(it.edges for it in contacts.values()):
        longest_ms = 1000 * max(it.longest_chatter_s for it in contacts.values())
        needed_s = debounce_for(contacts.values())
        said = f"longest chatter {longest_ms:.1f} ms, debounce_s is {debounce_s:g}"
        enough = debounce_s >= needed_s or not longest_ms
        found.append(
            good(DEBOUNCE.tested, said)
            if enough
            else DEBOUNCE.found(said, debounce=f"{needed_s:g}")
        )
    return found


def _did(contact: Contact) -> str:
    chatter = ""
    if contact.chatters:
        ms = 1000 * contact.longest_chatter_s
        chatter = f", {contact.chatters} of chatter up to {ms:.1f} ms"
    return f"{contact.edges} edges, active {contact.uses} times{chatter}"


def _figures(contacts: Mapping[str, Contact]) -> dict[str, Any]:
    return {
        role: {
            "high": it.high,
            "active": it.active,
            "edges": it.edges,
            "uses": it.uses,
            "chatters": it.chatters,
            "longest_chatter_ms": round(1000 * it.longest_chatter_s, 3),
            "shortest_level_ms": None
            if math.isinf(it.shortest_level_s)
            else round(1000 * it.shortest_level_s, 3),
        }
        for role, it in contacts.items()
    }


def _crash(bug: BaseException) -> None:
    raise bug
