"""Two ways for a thermometer to be there: a bus of bytes in this process, and the kernel's.

`Wire` is what a promise about the driver is tried on. `FakeWire` stands below the library;
`KernelWire` below everything: the driver, Adafruit's library, Blinka, PureIO and their system
calls are those of the Pi, and umockdev answers in place of the kernel.
"""

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import drivers.mlx90614
from drivers.mlx90614 import Identity, Mlx90614

ROOT = Path(__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's, which has gi; the tests' own need not be that one."""


class Thermometer(Protocol):
    """What the driver promises."""

    def object_c(self) -> float: ...
    def ambient_c(self) -> float: ...
    def identity(self) -> Identity: ...
    def close(self) -> None: ...


class Wire(Protocol):
    """A bus with a chip on it that says what it is told to say."""

    def replies(self, reply: bytes | bytearray) -> None:
        """Every word read gets these bytes."""

    def fails(self, number: int) -> None:
        """Every transfer fails with this errno; 0: none does."""

    def open(self) -> Thermometer:
        """The driver on this wire."""

    def commands(self) -> list[int]:
        """Of the word reads since this was last asked."""


# --- below the library ----------------------------------------------------------------------


class WordBus:
    """Answers every word read with the same three bytes, or with the error it is given."""

    def __init__(self, reply: bytes = b"", error: OSError | None = None) -> None:
        self.reply = reply
        self.error = error
        self.written: list[bytes] = []
        self.locked = False
        self.closed = 0

    def try_lock(self) -> bool:
        free, self.locked = not self.locked, True
        return free

    def unlock(self) -> None:
        self.locked = False

    def deinit(self) -> None:
        self.closed += 1

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        self._talk(address, buffer[start:end])

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        self._talk(address, b"")
        buffer[start:end] = bytes(len(buffer[start:end]))

    def writeto_then_readfrom(
        self,
        address: int,
        buffer_out: bytes,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
        stop: bool = False,
    ) -> None:
        assert not stop, "a word read is one transfer with a repeated start"
        self._talk(address, buffer_out[out_start:out_end])
        buffer_in[in_start:in_end] = self.reply[: len(buffer_in[in_start:in_end])]

    def _talk(self, address: int, written: bytes) -> None:
        assert self.locked, "a transfer without the lock"
        assert address == 0x5A
        if self.error is not None:
            raise self.error
        if written:
            self.written.append(written)


class FakeWire:
    """In this process."""

    def __init__(self) -> None:
        self.bus = WordBus()

    def replies(self, reply: bytes | bytearray) -> None:
        self.bus.reply = bytes(reply)

    def fails(self, number: int) -> None:
        self.bus.error = OSError(number, os.strerror(number)) if number else None

    def open(self) -> Thermometer:
        return Mlx90614(self.bus)

    def commands(self) -> list[int]:
        written, self.bus.written = self.bus.written, []
        assert all(len(command) == 1 for command in written), "nothing is ever written to a cell"
        return [command[0] for command in written]


# --- below the system calls -----------------------------------------------------------------


class Lines:
    """A process that answers each line with a line of JSON."""

    def __init__(self, *command: str, env: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
            )

    def ask(self, line: str) -> Any:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.hear()

    def hear(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"it has ended: {self._log.read_text()}"
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        try:
            self._process.communicate(timeout=10)
        finally:
            self._process.kill()


class KernelWire:
    """umockdev's /dev/i2c-1: one process is the chip, the other one has the driver."""

    def __init__(self, folder: Path) -> None:
        assert shutil.which("umockdev-wrapper"), "make test installs umockdev (NEEDS)"
        with ExitStack() as started:
            self._chip = started.enter_context(
                Lines(
                    SYSTEM_PYTHON,
                    "-m",
                    "tests.drivers.umockdev_chip",
                    env={},
                    log=folder / "chip.log",
                )
            )
            testbed = self._chip.hear()
            self._driver = started.enter_context(
                Lines(
                    "umockdev-wrapper",
                    sys.executable,
                    "-m",
                    "tests.drivers.umockdev_client",
                    env={"UMOCKDEV_DIR": testbed},
                    log=folder / "driver.log",
                )
            )
            self._started = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._started.close()

    def replies(self, reply: bytes | bytearray) -> None:
        self._chip.ask(json.dumps({"reply": reply.hex()}))

    def fails(self, number: int) -> None:
        self._chip.ask(json.dumps({"errno": number}))

    def is_simulated(self, **changes: object) -> None:
        """The simulated chip answers, after these changes to it."""
        self._chip.ask(json.dumps({"model": changes}))

    def plug(self, *, plugged: bool) -> None:
        """The adapter itself comes or goes."""
        self._chip.ask(json.dumps({"plugged": plugged}))

    def open(self) -> Thermometer:
        self.does("open")
        return RemoteThermometer(self)

    def does(self, what: str) -> Any:
        """What the driver says in its process; its exceptions are raised here."""
        answer = self._driver.ask(what)
        if isinstance(answer, dict):
            raise getattr(drivers.mlx90614, answer["error"])(answer["text"])
        return answer

    def transfers(self) -> list[list[tuple[int, int, str]]]:
        """Those since this was last asked: the messages of each, as address, flags, content."""
        return [[tuple(message) for message in seen] for seen in self._chip.ask("{}")]

    def commands(self) -> list[int]:
        read = [messages for messages in self.transfers() if len(messages) == 2]
        return [int(write[2], 16) for write, _ in read]


class RemoteThermometer:
    """The driver in the other process."""

    def __init__(self, wire: KernelWire) -> None:
        self._wire = wire

    def object_c(self) -> float:
        celsius: float = self._wire.does("object_c")
        return celsius

    def ambient_c(self) -> float:
        celsius: float = self._wire.does("ambient_c")
        return celsius

    def identity(self) -> Identity:
        return Identity(tuple(self._wire.does("identity")))

    def close(self) -> None:
        self._wire.does("close")
