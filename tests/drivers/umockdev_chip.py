"""An I2C adapter with an MLX90614 on it, as the kernel would show them: /dev/i2c-1 by umockdev.

Runs under the system's Python, which has Debian's gi; needs neither root nor a kernel module. A
process under `umockdev-wrapper`, with the UMOCKDEV_DIR that the first line says, finds a device
there and is answered by this one. The kernel's interface is linux/i2c-dev.h.

Each line in is a JSON object, and so is the one that answers it:

    {"reply": "d23a30"}      every word read gets these bytes
    {"model": {"fault": "flag", "skin_c": 36.4}}    it is answered by the simulated chip
    {"errno": 121}           every transfer fails with this; 0: none does
    {"plugged": false}       the adapter is there, or not
    {}                       answers with the transfers since it was last asked
"""

import errno
import json
import struct
import sys
import time
from enum import IntEnum
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 - the version first

from drivers.simulated.mlx90614 import SimulatedMlx90614  # noqa: E402

NODE = "/dev/i2c-1"
DEVICE = "P: /devices/platform/i2c-1/i2c-dev/i2c-1\nN: i2c-1\nE: SUBSYSTEM=i2c-dev\n"


class Request(IntEnum):
    """Of ioctl(2)."""

    SLAVE = 0x0703
    RDWR = 0x0707


I2C_M_RD = 0x0001

POINTER = struct.Struct("P")
RDWR = struct.Struct("PI")  # struct i2c_rdwr_ioctl_data: messages, how many
MESSAGE = struct.Struct("HHHxxP")  # struct i2c_msg: address, flags, length, buffer
BUFFER_AT = 8


class Adapter(UMockdev.IoctlBase):  # type: ignore[misc] # comes without types
    """What the kernel does when somebody calls ioctl, read or write on the node."""

    def __init__(self) -> None:
        super().__init__()
        self.chip = SimulatedMlx90614(clock=time.monotonic, seed=1)
        self.reply: bytes | None = None
        self.error = 0
        self.gone = False
        """Whoever still has it open hears so."""
        self.selected = 0
        self.transfers: list[list[tuple[int, int, str]]] = []

    def do_handle_ioctl(self, client: Any) -> bool:
        """ioctl(2)."""
        match client.get_request():
            case Request.SLAVE:
                (self.selected,) = POINTER.unpack(bytes(client.get_arg().retrieve()))
                return self._answer(client, 0)
            case Request.RDWR:
                return self._transfer(client)
        return False

    def do_handle_write(self, client: Any) -> bool:
        """write(2): one message to the selected address."""
        written = bytes(client.get_arg().retrieve() or b"")
        self.transfers.append([(self.selected, 0, written.hex())])
        return self._answer(client, len(written))

    def do_handle_read(self, client: Any) -> bool:
        """read(2): one message from the selected address, which has nothing to say by itself."""
        self.transfers.append([(self.selected, I2C_M_RD, "")])
        return self._answer(client, 0)

    def _transfer(self, client: Any) -> bool:
        """I2C_RDWR: messages with repeated starts between them."""
        data = client.get_arg().resolve(0, RDWR.size)
        _, count = RDWR.unpack_from(bytes(data.retrieve()))
        table = data.resolve(0, count * MESSAGE.size)
        seen: list[tuple[int, int, str]] = []
        command = -1
        try:
            for number in range(count):
                at = number * MESSAGE.size
                address, flags, length, _ = MESSAGE.unpack_from(bytes(table.retrieve()), at)
                buffer = table.resolve(at + BUFFER_AT, length)
                if flags & I2C_M_RD:
                    reply = self._read(address, command)
                    buffer.update(0, reply.ljust(length, b"\xff")[:length])
                    seen.append((address, flags, f"{length} bytes"))
                else:
                    written = bytes(buffer.retrieve())
                    command = written[0]
                    seen.append((address, flags, written.hex()))
        except OSError as failed:
            return self._answer(client, count, failed.errno or errno.EIO)
        finally:
            self.transfers.append(seen)
        return self._answer(client, count)

    def _read(self, address: int, command: int) -> bytes:
        if address != self.chip.address:
            raise OSError(errno.ENXIO, "nothing there")
        return self.chip.read(command) if self.reply is None else self.reply

    def _answer(self, client: Any, result: int, error: int = 0) -> bool:
        error = errno.ENODEV if self.gone else error or self.error
        client.complete(-1 if error else result, error)
        return True


class Bench:
    """The adapter, plugged in or not, and who moves it by lines on stdin."""

    def __init__(self) -> None:
        self.adapter = Adapter()
        self.testbed = UMockdev.Testbed.new()
        assert self.testbed.add_from_string(DEVICE)
        self.testbed.attach_ioctl(NODE, self.adapter)
        self._node = Path(self.testbed.get_root_dir() + NODE)
        self._away = self._node.with_name("unplugged")

    def plug(self, *, plugged: bool) -> None:
        """umockdev makes each node once, so that an adapter that comes back is the same one."""
        self.adapter.gone = not plugged
        here, there = (self._away, self._node) if plugged else (self._node, self._away)
        if here.exists():
            here.rename(there)

    def hear(self, order: dict[str, Any]) -> object:
        match order:
            case {"reply": reply}:
                self.adapter.reply = bytes.fromhex(reply)
            case {"model": changes}:
                self.adapter.reply = None
                for name, value in changes.items():
                    setattr(self.adapter.chip, name, value)
            case {"errno": error}:
                self.adapter.error = error
            case {"plugged": plugged}:
                self.plug(plugged=plugged)
            case _:
                seen, self.adapter.transfers = self.adapter.transfers, []
                return seen
        return None


def main() -> None:
    """Serve until stdin ends."""
    bench, loop = Bench(), GLib.MainLoop()

    def say(answer: object) -> None:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def heard(_channel: object, _condition: object) -> bool:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        say(bench.hear(json.loads(line)))
        return True

    say(bench.testbed.get_root_dir())
    # A line each way at a time: nothing waits in the reader's own buffer.
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, heard)
    loop.run()


if __name__ == "__main__":
    main()
