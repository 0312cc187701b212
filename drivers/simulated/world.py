"""The world's end of the simulated wires: what people do to a lane, and what it shows them.

It listens; a gate attaches, is killed, and attaches again, while beams, phones and people stay as
they are. Nothing here knows what a gate is: there are lines, a thing in front of a camera, and a
forehead.
"""

import json
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Self

REMEMBERED = 10_000
"""Changes of one line; a world may go on for ever."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A line that the gate drives changed."""

    at: float
    """Unix seconds."""
    level: bool | None
    """None: the gate was gone, and nobody drives the line any more."""


class World:
    """One lane's surroundings, served on a unix socket at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._state: dict[str, Any] = {"drive": {}, "show": None, "skin": None, "broken": {}}
        self._clock = {"flown_s": 0.0, "ahead_s": 0.0, "synchronised": True}
        self._outputs: dict[str, bool | None] = {}
        self._rises: Counter[str] = Counter()
        self._history: dict[str, deque[Turned]] = {}
        self._gate: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, name="world", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Disappear; a second time is fine."""
        with self._changed:
            for end in (self._listener, self._gate):
                if end is not None:
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def drive(self, levels: Mapping[int, bool]) -> None:
        """Put levels on input lines, by BCM number."""
        self._change({"drive": {str(pin): high for pin, high in levels.items()}})

    def show(self, text: str | None) -> None:
        """Hold a phone with this text in front of the camera, or take it away."""
        self._change({"show": text})

    def skin(self, celsius: float | None) -> None:
        """Bring a forehead in front of the thermometer, or step back."""
        self._change({"skin": celsius, "black": False})

    def black_body(self, celsius: float) -> None:
        """Put a black body of this temperature in front of the thermometer, in place of a skin."""
        self._change({"skin": celsius, "black": True})

    def misread(self, *, gain: float, offset_c: float) -> None:
        """Have the thermometer say gain x right + offset_c."""
        self._change({"misreads": {"gain": gain, "offset_c": offset_c}})

    def break_part(self, part: str, fault: str | None) -> None:
        """Break `camera`, `thermometer`, `turnstile` or `disk` in a way it knows, or mend it."""
        self._change({"broken": {part: fault}})

    def set_clock(self, *, ahead_s: float, synchronised: bool) -> None:
        """Set the gate's wall clock ahead of the right time, and say whether a service keeps it."""
        self._clock.update(ahead_s=ahead_s, synchronised=synchronised)
        self._change({"clock": self._clock})

    def let_fly(self, seconds: float) -> None:
        """Time passes for the gate at once, on all its clocks, as if nothing had happened in it."""
        self._clock["flown_s"] += seconds
        self._change({"clock": self._clock})

    def now(self) -> float:
        """The right time: seconds since 1970, and what has flown."""
        return time() + self._clock["flown_s"]

    def level(self, pin: int) -> bool | None:
        """The level of a line that the gate drives; None where nobody does."""
        with self._changed:
            return self._outputs.get(str(pin))

    def rises(self, pin: int) -> int:
        """How often a line that the gate drives has gone high: a buzzer's beeps."""
        with self._changed:
            return self._rises[str(pin)]

    def history(self, pin: int) -> tuple[Turned, ...]:
        """Every change of a line that the gate drives, oldest first; the latest 10,000."""
        with self._changed:
            return tuple(self._history.get(str(pin), ()))

    def driven(self, pin: int) -> bool | None:
        """The level that people have put on an input line; None where nobody has."""
        with self._changed:
            level: bool | None = self._state["drive"].get(str(pin))
            return level

    def wait_for(self, seen: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `seen()` holds, looking at every change; False when time is up.

        A change is one by the gate or by people, or the coming and going of the gate.
        """
        with self._changed:
            return self._changed.wait_for(seen, timeout_s)

    def attached(self) -> bool:
        """Whether a gate is there."""
        with self._changed:
            return self._gate is not None

    @property
    def shown(self) -> str | None:
        """The text in front of the camera."""
        return self._state["show"]  # type: ignore[no-any-return] # JSON by construction

    def _change(self, news: dict[str, Any]) -> None:
        with self._changed:
            for key, value in news.items():
                if isinstance(value, dict):
                    self._state.setdefault(key, {}).update(value)
                else:
                    self._state[key] = value
            if self._gate is not None:
                with suppress(OSError):  # a killed gate: it will hear the state when it is back
                    self._gate.sendall(json.dumps(news).encode() + b"\n")
            self._changed.notify_all()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                gate, _ = self._listener.accept()
                with gate:
                    self._attend(gate)

    def _attend(self, gate: socket.socket) -> None:
        with self._changed:
            self._gate = gate
            with suppress(OSError):
                gate.sendall(json.dumps(self._state).encode() + b"\n")
            self._changed.notify_all()
        # a gate that is killed may leave half a line behind: ValueError
        with suppress(OSError, ValueError), gate.makefile("rb") as lines:
            for line in lines:
                driven = json.loads(line)["output"]
                with self._changed:
                    self._outputs.update(driven)
                    self._rises.update(pin for pin, high in driven.items() if high)
                    self._remember(driven)
                    self._changed.notify_all()
        with self._changed:
            self._gate = None
            self._remember({pin: None for pin, level in self._outputs.items() if level is not None})
            self._outputs.clear()  # a process that is gone drives nothing (strict_gpiod)
            self._changed.notify_all()

    def _remember(self, levels: Mapping[str, bool | None]) -> None:
        now = time()
        for pin, level in levels.items():
            self._history.setdefault(pin, deque(maxlen=REMEMBERED)).append(Turned(now, level))
