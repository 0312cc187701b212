"""Central's signs of life: one a second while its thread goes round, and a line for people."""

from pathlib import Path

from gate.commands.central.pulse import Pulse
from gate.model import Monotonic
from tests.gate.central.test_loop import Stage


class Told:
    """What systemd hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def watchdog(self) -> None:
        self.lines.append("alive")

    def status(self, text: str) -> None:
        self.lines.append(text)


def test_a_sign_of_life_comes_once_a_second_and_a_line_when_it_changes(tmp_path: Path) -> None:
    stage, told = Stage(tmp_path), Told()
    pulse = Pulse(told, view=stage.loop.view, clock=lambda: Monotonic(stage.now))

    for _ in range(10):  # rounds in 2.5 s
        pulse.beat()
        stage.now += 0.25
    alive, line, *more = told.lines
    assert (alive, more) == ("alive", ["alive", "alive"])
    assert line.endswith("1 venue, 0 inside, 0 of 3 gates online")

    stage.deliver("a", "evt", stage.entered(1))
    stage.turn(2.0)
    pulse.beat()
    assert told.lines[-2:] == ["alive", "1 venue, 1 inside, 0 of 3 gates online"]

    stage.link.on["on_disconnected"]("no route")
    stage.turn(2.0)
    pulse.beat()
    assert told.lines[-1] == "no route; 1 venue, 1 inside, 0 of 3 gates online"
