"""How the lane is: the whole picture for `gate status`, and one line for `systemctl status`.

Both are made from the parts' immutable values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gate.control import Control
from gate.desk import Desk
from gate.eyes.scanner import Scanner
from gate.model import Direction, Mode, RefusalCode
from gate.occupancy import Totals
from gate.publisher import Publisher
from gate.serving import refusing
from gate.state import Gate, Settings
from gate.temperature.sampler import Sampler
from gate.temperature.thermometer import Condition
from gate.temperature.transfers import Failure
from gate.wording import sentences


@dataclass(frozen=True, slots=True)
class Report:
    """The parts that are asked, each for a value that it may be asked for from any thread."""

    gate: str
    venue: str
    epoch: str
    control: Control
    desk: Desk
    scanner: Scanner
    sampler: Sampler | None
    upkeep: Callable[[], dict[str, object]] | None
    publisher: Publisher | None
    clock_state: Callable[[], str]
    config_state: Callable[[], str]
    lists_state: Callable[[], str]

    def now(self) -> dict[str, object]:
        """The answer to `status`; JSON in the making."""
        lane, totals, shown = self.control.gate, self.control.totals, self.control.posture
        indonesian, english = sentences(shown.prompt)
        figures = self.scanner.figures
        return {
            "gate": self.gate,
            "venue": self.venue,
            "epoch": self.epoch,
            "mode": lane.mode.value,
            "entry_free": shown.entry_free,
            "lamp": shown.lamp.value,
            "prompt": shown.prompt.what.value,
            "sentence": {"id": indonesian, "en": english},
            "release": lane.release,
            "uncertain": lane.uncertain,
            "faults": sorted(part.value for part in lane.faults),
            "in": totals.entered,
            "out": totals.left,
            "inside": totals.entered - totals.left,
            "pending": totals.pending,
            "right": lane.right,
            "no_right": lane.no_right,
            "thermometer": _thermometer(self.sampler.condition) if self.sampler else None,
            "thermometer_c": self.sampler.latest_c if self.sampler else None,
            "decided_c": shown.prompt.celsius,
            "upkeep": self.upkeep() if self.upkeep else None,
            "frames": figures.frames,
            "codes": figures.reported,
            "scanner": figures.as_json(),
            "backlog": self.publisher.backlog if self.publisher else None,
            "taken": self.publisher.taken if self.publisher else None,
            "clock": self.clock_state(),
            "config": self.config_state(),
            "lists": self.lists_state(),
            "cut_off": self.desk.is_alone,
            "visits": len(self.desk.visits),
        }

    def troubles(self) -> list[str]:
        """What is not as it should be, each in a few words; nothing where all is well."""
        lane = self.control.gate
        told = [f"lost: {part.value}" for part in sorted(lane.faults)]
        told += ["the release is active"] if lane.release else []
        told += ["the count is uncertain"] if lane.uncertain else []
        told += ["cut off from the other gates"] if self.desk.is_alone else []
        told += [f"thermometer: {it}" for it in self._thermometer_warns()]
        told += self._thermometer_needs()
        states = {"configuration": self.config_state(), "lists": self.lists_state()}
        return told + [f"{name} {state}" for name, state in states.items() if state != "in force"]

    def _thermometer_needs(self) -> list[str]:
        needs = self.upkeep() if self.upkeep else {}
        drift = ["thermometer: drifts, by the people who come"] if needs.get("drifted") else []
        ended = ["thermometer: its calibration has ended"] if needs.get("calibration_ended") else []
        return drift + ended

    def _thermometer_warns(self) -> tuple[str, ...]:
        return self.sampler.condition.warnings if self.sampler else ()


def _thermometer(condition: Condition) -> dict[str, object]:
    """How the thermometer is; JSON in the making."""
    return {
        "trouble": str(condition.trouble) if condition.trouble else None,
        "warnings": list(condition.warnings),
        "values": condition.standing,
        "transfers": condition.transfers.made,
        "failures": {kind.value: condition.transfers.failures[kind] for kind in Failure},
    }


def in_a_line(
    gate: Gate, settings: Settings, totals: Totals, backlog: int | None, overdue: Sequence[str] = ()
) -> str:
    """What somebody wants to know first: who hangs, whether the lane serves, and the numbers.

    `overdue` names threads that have not gone round in their time (`gate.life`). The numbers are
    of this gate: people in less people out, and events that nobody has taken yet.
    """
    hanging = f"HANGS: {', '.join(overdue)}; " if overdue else ""
    lost = f" (without {', '.join(sorted(gate.faults))})" if gate.faults else ""
    unsure = ", count uncertain" if gate.uncertain else ""
    waiting = "" if backlog is None else f", {backlog} waiting to be sent"
    inside = totals.entered - totals.left
    return f"{hanging}{_service(gate, settings)}{lost}, {inside} inside{unsure}{waiting}"


def _service(gate: Gate, settings: Settings) -> str:
    """Whether the lane serves, the most urgent first; as `gate.posture` has it."""
    if gate.release:
        return "RELEASED"
    if gate.mode is Mode.FREE:
        return "free"
    if gate.mode is Mode.COUNT_ONLY:
        return "counting only"
    if settings.scan is Direction.OUT:
        return "open"
    if gate.mode is Mode.LOCKED:
        return "LOCKED"
    match refusing(gate, settings):
        case None:
            return "open"
        case RefusalCode.FULL:
            return "full"
        case code:
            return code.value.replace("_", " ").upper()
