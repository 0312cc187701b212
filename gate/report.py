"""What `gate status` is told: one picture of the lane from the parts' immutable values."""

from collections.abc import Callable
from dataclasses import dataclass

from gate.control import Control
from gate.publisher import Publisher
from gate.sampler import Sampler
from gate.scanner import Scanner
from gate.wording import sentences


@dataclass(frozen=True, slots=True)
class Report:
    """The parts that are asked, each for a value that it may be asked for from any thread."""

    gate: str
    venue: str
    epoch: str
    control: Control
    scanner: Scanner
    sampler: Sampler | None
    publisher: Publisher | None
    clock_state: Callable[[], str]
    config_state: Callable[[], str]

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
            "thermometer_c": self.sampler.latest_c if self.sampler else None,
            "decided_c": shown.prompt.celsius,
            "frames": figures.frames,
            "codes": figures.reported,
            "backlog": self.publisher.backlog if self.publisher else None,
            "clock": self.clock_state(),
            "config": self.config_state(),
        }
