"""Draws docs/machine.md from the machine itself: `python -m tests.gate.diagram`.

The walk's states are projected to what a person would call a state of the lane; an edge is an
event that leads from one to another.
"""

import inspect
import sys

from gate import events as ev
from gate import machine
from gate.model import Direction, Mode, Part
from gate.state import Gate, Idle
from tests.gate.walk import RESERVE, SHORT, SINGLE, Edge, Walk, canonical, faults, modes

ALPHABET = (
    ev.PassAccepted(SINGLE, 1),
    ev.Passed(Direction.IN),
    ev.AttendantPressed(),
    ev.OneOrdered(),
    ev.ReleaseChanged(active=True),
    ev.ReleaseChanged(active=False),
    ev.Recounted(),
    *modes(Mode.NORMAL, Mode.LOCKED),
    *faults(Part.THERMOMETER),
)


def label(gate: Gate) -> str:
    """What a person would call this state."""
    if gate.release:
        return "Released"
    if gate.mode is not Mode.NORMAL:
        return "Locked"
    dialog = type(gate.dialog).__name__
    if machine.entry_free(gate):
        return "EntryFree" if isinstance(gate.dialog, Idle) else f"EntryFree_{dialog}"
    if gate.uncertain:
        return "Uncertain"
    if gate.grants:
        return "Grace" if isinstance(gate.dialog, Idle) else f"Grace_{dialog}"
    return dialog


def cause(edge: Edge) -> str:
    """The event, with the verdict where there is one."""
    match edge.event:
        case ev.Measured(verdict=verdict):
            return f"Measured {verdict.value}"
        case ev.ReleaseChanged(active=active):
            return f"Release {'active' if active else 'over'}"
        case ev.ModeChanged(mode=mode):
            return f"Mode {mode.value}"
        case _:
            return type(edge.event).__name__


def page() -> str:
    """The whole page, the same each time."""
    walk = Walk(SHORT, ALPHABET, Gate(room=3, reserve=RESERVE), most_grants=1).run()
    arrows: dict[tuple[str, str], set[str]] = {}
    for edge in walk.edges:
        ends = label(edge.before), label(canonical(edge.after, edge.now))
        if ends[0] != ends[1] and len(edge.after.grants) <= 1:
            arrows.setdefault(ends, set()).add(cause(edge))
    lines = [
        "# The machine",
        "",
        "Drawn by `python -m tests.gate.diagram` from all states that one visitor at a time, the",
        "attendant, a release, a locked mode and a lost thermometer can bring about; a test fails",
        "when this page is stale. The way out is free in every state.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> Idle",
    ]
    for (before, after), causes in sorted(arrows.items()):
        lines.append(f"    {before} --> {after}: {', '.join(sorted(causes))}")
    rules = inspect.getdoc(machine) or ""
    lines += ["```", "", "## The rules", "", "```text", rules.partition("The rules:")[2].strip()]
    return "\n".join([*lines, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(page())
