"""The far end of the simulated wires: where the lane's pins, chip and camera meet the world.

The gate's process holds the mock pins, the chip, the scene and the wall clock; the people who break
beams, hold up phones and bring foreheads live in another process (`drivers.simulated.world`), so
that they outlive a gate that is killed. One line of JSON is one change, in both directions:

    world -> gate   {"drive": {"22": true}}  {"show": "AB1:..."}  {"skin": 36.4, "black": false}
                    {"misreads": {"gain": 1.01, "offset_c": -0.3}}
                    {"clock": {"flown_s": 0, "ahead_s": 3600, "synchronised": false}}
                    {"broken": {"camera": "stalled", "thermometer": null, "disk": "full"}}
    gate -> world   {"output": {"17": true}}    null: nobody drives the line

Without a world nobody is there: the inputs stay at rest.
"""

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from drivers.simulated.clock import SimulatedClock
from drivers.simulated.disk import SimulatedDisk
from drivers.simulated.frames import Scene
from drivers.simulated.mlx90614 import SKIN_EMISSIVITY, SimulatedMlx90614
from drivers.simulated.pins import SimulatedPins

log = logging.getLogger(__name__)

ATTACH_AGAIN_S = 0.2
FIRST_NEWS_S = 1.0
"""How long opening waits for the world to say how things stand."""


class Wires:
    """Pins, chip, scene, clock and disk of a lane, moved by the world at the other end of a socket.

    `at_rest` are the levels of the input lines while nobody is there.
    """

    def __init__(
        self,
        *,
        path: Path,
        at_rest: Mapping[int, bool],
        chip: SimulatedMlx90614,
        scene: Scene,
        clock: SimulatedClock,
        disk: SimulatedDisk,
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self.pins = SimulatedPins(on_output=self._tell)
        self.chip = chip
        self.scene = scene
        self.clock = clock
        self.disk = disk
        self._path = path
        self._on_crash = on_crash
        self._stopping = threading.Event()
        self._heard = threading.Event()
        self._sending = threading.Lock()
        self._socket: socket.socket | None = None
        self._outputs: dict[str, bool | None] = {}
        for pin, high in at_rest.items():
            self.pins.drive(pin, high)
        self._thread = threading.Thread(target=self._run, name="wires", daemon=True)
        self._thread.start()
        if path.exists():
            self._heard.wait(FIRST_NEWS_S)

    def close(self) -> None:
        """Let go of the world; a second time is fine."""
        self._stopping.set()
        with self._sending:
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._attached()
                except OSError:
                    self._stopping.wait(ATTACH_AGAIN_S)  # no world yet, or no more
        except Exception as bug:
            self._on_crash(bug)

    def _attached(self) -> None:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self._path))
            with self._sending:
                self._socket = link
                link.sendall(_line({"output": self._outputs}))
            try:
                with link.makefile("rb") as lines:
                    for line in lines:
                        self._hear(json.loads(line))
            finally:
                with self._sending:
                    self._socket = None

    def _hear(self, news: dict[str, Any]) -> None:
        for pin, high in news.get("drive", {}).items():
            self.pins.drive(int(pin), high)
        if "clock" in news:
            self.clock.set(**news["clock"])
        if "show" in news:
            self.scene.show(news["show"])
        if "skin" in news:
            self.chip.show(news["skin"], emissivity=1.0 if news.get("black") else SKIN_EMISSIVITY)
        if "misreads" in news:
            self.chip.gain, self.chip.offset_c = news["misreads"].values()
        for part, fault in news.get("broken", {}).items():
            self._break(part, fault)
        self._heard.set()

    def _break(self, part: str, fault: Any) -> None:
        match part:
            case "camera":
                self.scene.set_fault(fault)
            case "thermometer":
                self.chip.fault = fault
            case "turnstile":
                self.pins.unplug() if fault else self.pins.plug_in()
            case "disk":
                self.disk.fault = fault
            case _:
                raise ValueError(f"nobody knows how to break {part}")

    def _tell(self, pin: int, high: bool | None) -> None:
        with self._sending:
            self._outputs[str(pin)] = high
            if self._socket is not None:
                with suppress(OSError):  # the reader notices a world that has gone
                    self._socket.sendall(_line({"output": {str(pin): high}}))


def _line(news: dict[str, Any]) -> bytes:
    return json.dumps(news).encode() + b"\n"
