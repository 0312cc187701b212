"""How a fault is entered, and what several of them need."""

import contextlib
import socket
from collections.abc import Callable

from tests.gate.doctor.world import World

Fault = Callable[[World], None]

FAULTS: list[tuple[str, Fault]] = []
"""The code that names it, and what plants it."""

DAY_S = 86_400.0


def plant(code: str) -> Callable[[Fault], Fault]:
    """Enter a fault."""

    def entered(fault: Fault) -> Fault:
        FAULTS.append((code, fault))
        return fault

    return entered


def without_driver(world: World, path: str) -> None:
    """A node that is there and cannot be opened, not by root either: a socket."""
    file = world.root / path
    with socket.socket(socket.AF_UNIX) as node, contextlib.chdir(file.parent):
        node.bind(file.name)  # the name of a socket is short
