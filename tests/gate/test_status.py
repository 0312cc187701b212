"""The window for people on the device, over a real unix socket."""

import socket
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import pytest

from gate.model import Monotonic
from gate.status import MOST_CLIENTS, Answer, StatusServer, ask

crashes: SimpleQueue[BaseException] = SimpleQueue()


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "status.sock"
    path.touch()  # as a killed daemon leaves it
    questions: dict[str, Callable[[], Answer]] = {
        "status": lambda: {"inside": 3},
        "recount": lambda: {"ok": True},
    }
    with StatusServer(
        path=path, questions=questions, on_crash=crashes.put, clock=lambda: Monotonic(0.0)
    ) as server:
        server.start()
        yield path
    assert crashes.empty()
    assert not path.exists()


def test_a_question_gets_one_line_of_json(path: Path) -> None:
    assert ask(path, "status") == {"inside": 3}
    assert ask(path, "recount") == {"ok": True}


def test_an_unknown_question_is_told_what_is_known(path: Path) -> None:
    assert "status, recount" in str(ask(path, "open the door")["error"])


@pytest.mark.parametrize("said", [b"", b"x" * 10_000, b"\xff\xfe\n", b"\n"])
def test_whatever_a_client_says_others_are_answered(path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(path))
        rude.sendall(said)
    assert ask(path, "status") == {"inside": 3}


def test_silent_clients_do_not_keep_others_out_for_ever(path: Path) -> None:
    silent = [socket.socket(socket.AF_UNIX) for _ in range(MOST_CLIENTS - 1)]
    for client in silent:
        client.connect(str(path))
    assert ask(path, "status") == {"inside": 3}
    for client in silent:
        client.close()
    assert ask(path, "status") == {"inside": 3}


def test_a_window_at_which_nobody_asks_is_alive(tmp_path: Path) -> None:
    asked: SimpleQueue[int] = SimpleQueue()
    moments = count(1)

    def clock() -> Monotonic:
        moment = next(moments)
        asked.put(moment)
        return Monotonic(moment)

    window = StatusServer(
        path=tmp_path / "status.sock", questions={}, on_crash=crashes.put, clock=clock
    )
    with window:
        window.start()
        for _ in range(3):  # the second is noted when it asks for the third
            asked.get(timeout=5.0)
        assert window.alive_at >= 2
    assert crashes.empty()
