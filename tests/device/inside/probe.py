"""What the sandbox of a unit lets through: tried from within it, told as one line of JSON.

Runs as ExecStart= of a copy of the unit, with the release's Python. Each answer is "yes" or the
name of the error.
"""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from drivers.kernel_clock import KernelClock, Timex, adjtimex

DEVICES = sys.argv[1:]


def answer(deed: Callable[[], object]) -> str:
    try:
        deed()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "yes"


def opened(path: str | Path, flags: int = os.O_RDWR | os.O_NONBLOCK) -> str:
    return answer(lambda: os.close(os.open(path, flags)))


def written(path: str) -> str:
    def write() -> None:
        Path(path).write_bytes(b"x")
        Path(path).unlink()

    return answer(write)


def spoken(family: int, kind: int = socket.SOCK_STREAM) -> str:
    return answer(lambda: socket.socket(family, kind).close())


def called(name: str, *arguments: int) -> str:
    """A function of the C library that gives -1 where it is not allowed to."""

    def call() -> None:
        if _libc[name](*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)

    return answer(call)


def timed() -> str:
    timex = Timex(modes=0)
    return "yes" if adjtimex(timex) >= 0 else errno.errorcode[ctypes.get_errno()]


_libc = ctypes.CDLL(None, use_errno=True)
credentials = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere"))
readable = mmap.PROT_READ | mmap.PROT_WRITE
facts = {
    "uid": os.getuid(),
    "cwd": str(Path.cwd()),
    "devices": {device: opened(device) for device in DEVICES},
    "credentials": {path.name: path.read_text() for path in sorted(credentials.iterdir())}
    if credentials.is_dir()
    else {},
    "secret at its source": opened("/etc/gate/credentials/mqtt.password", os.O_RDONLY),
    "state": written("/var/lib/gate/probe"),
    "working directory": answer(lambda: os.mkfifo("pipe")),
    "etc": written("/etc/gate/probe"),
    "usr": written("/usr/probe"),
    "release": written("/opt/gate/current/probe"),
    "home": opened("/root", os.O_RDONLY),
    "other processes": opened("/proc/1/status", os.O_RDONLY),
    "board": opened("/proc/cpuinfo", os.O_RDONLY),
    "tcp": spoken(socket.AF_INET),
    "tcp6": spoken(socket.AF_INET6),
    "unix": spoken(socket.AF_UNIX),
    "netlink": spoken(socket.AF_NETLINK, socket.SOCK_RAW),
    "packet": spoken(socket.AF_PACKET, socket.SOCK_RAW),
    "broker": answer(lambda: socket.create_connection(("127.0.0.1", 1883), 5).close()),
    "executable memory": answer(lambda: mmap.mmap(-1, 4096, prot=readable | mmap.PROT_EXEC)),
    "another namespace": called("unshare", 0x20000),
    "another user": called("setuid", 65534),
    "kernel's clock": timed(),
    "host name": called("sethostname", 0, 0),
    "clock kept": KernelClock().synchronised(),
}
sys.stdout.write(json.dumps(facts) + "\n")
