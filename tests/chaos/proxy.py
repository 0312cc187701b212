"""A TCP proxy that can do what networks do: cut, hold, reset, crawl."""

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Self

PIECE = 4096
TICK_S = 0.02
SOON_S = 5.0


class Proxy:
    """Between clients of its own port and the server on another."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._closing = threading.Event()
        self.bytes_per_s: float | None = None
        """How fast each direction may be; None: as fast as it can."""
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """Close every connection."""
        for end in self._taken():
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def reset(self) -> None:
        """The same, with a RST and without what was on its way."""
        for end in self._taken():
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)  # says nothing, but wakes who waits for it
            end.close()

    def hold(self) -> None:
        """Connections stay open, and nothing comes through."""
        self._flows.clear()

    def heal(self) -> None:
        """Everything comes through, at full speed."""
        self.bytes_per_s = None
        self._flows.set()

    def close(self) -> None:
        """The end."""
        self._closing.set()
        self.heal()
        self._listener.close()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _taken(self) -> set[socket.socket]:
        with self._lock:
            ends, self._ends = self._ends, set()
        return ends

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=SOON_S)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._ends |= {client, server}
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=pair, name="carry", daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        """One direction of one connection."""
        try:
            while piece := source.recv(PIECE):
                while not self._flows.wait(TICK_S):
                    if source.fileno() < 0:
                        return
                if (speed := self.bytes_per_s) is not None:
                    time.sleep(len(piece) / speed)
                sink.sendall(piece)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with self._lock:
                    ours = end in self._ends
                    self._ends.discard(end)
                if ours:  # else somebody is about to end it in another way
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                    end.close()
