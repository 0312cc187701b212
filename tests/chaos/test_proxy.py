"""The proxy does to a connection what its verbs say."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Proxy

SOON_S = 5.0


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that says everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with connection:
            try:
                while said := connection.recv(1024):
                    connection.sendall(said)
            except OSError:
                pass

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with Proxy(server.getsockname()[1]) as made:
        yield made
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def client(proxy: Proxy) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", proxy.port), timeout=SOON_S)
    made.sendall(b"hello")
    assert made.recv(1024) == b"hello"
    return made


def test_what_is_cut_ends_and_the_next_connection_is_whole(proxy: Proxy) -> None:
    with client(proxy) as first:
        proxy.cut()
        assert first.recv(1024) == b""
    client(proxy).close()


def test_what_is_reset_ends_with_an_error(proxy: Proxy) -> None:
    with client(proxy) as first:
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            first.recv(1024)


def test_what_is_held_comes_when_it_is_healed(proxy: Proxy) -> None:
    with client(proxy) as first:
        proxy.hold()
        first.sendall(b"wait")
        first.settimeout(0.2)
        with pytest.raises(TimeoutError):
            first.recv(1024)
        first.settimeout(SOON_S)
        proxy.heal()
        assert first.recv(1024) == b"wait"


def test_a_crawling_link_takes_its_time(proxy: Proxy) -> None:
    with client(proxy) as first:
        proxy.bytes_per_s = 1000.0
        began = time.monotonic()
        first.sendall(b"x" * 200)
        assert first.recv(1024) == b"x" * 200
        assert time.monotonic() - began >= 0.4  # there and back
