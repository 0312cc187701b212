"""The lane's window for people on the device: a unix socket that answers in lines of JSON.

A client sends one line and gets one line back: `status` (how things are), `recount` (somebody
counted the people inside). Who may open the socket file may ask. The deciding thread never waits
for it: it answers from immutable values.
"""

import json
import logging
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from gate.model import Monotonic

log = logging.getLogger(__name__)

LONGEST_QUESTION = 64
"""Bytes; a longer one is cut off with the connection."""

MOST_CLIENTS = 16
ROUND_S = 0.5

Answer = Mapping[str, object]


class StatusServer:
    """Answers `questions` on a unix socket, in a thread of its own."""

    def __init__(
        self,
        *,
        path: Path,
        questions: Mapping[str, Callable[[], Answer]],
        on_crash: Callable[[BaseException], None],
        clock: Callable[[], Monotonic],
    ) -> None:
        self._path = path
        self._questions = questions
        self._on_crash = on_crash
        self._clock = clock
        self._alive_at = clock()
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._clients: dict[socket.socket, bytes] = {}
        path.unlink(missing_ok=True)  # a killed daemon leaves its socket file behind
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o660)
        self._listener.listen(MOST_CLIENTS)
        self._listener.settimeout(0)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="status", daemon=True)

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round; every half second or more often."""
        return self._alive_at

    def start(self) -> None:
        """Begin to answer; once."""
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody; a second time is fine."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for end in (*self._clients, self._listener):
            end.close()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._alive_at = self._clock()
                for key, _ in self._selector.select(ROUND_S):
                    if key.fileobj is self._listener:
                        self._welcome()
                    elif isinstance(key.fileobj, socket.socket):
                        self._listen_to(key.fileobj)
        except Exception as bug:
            self._on_crash(bug)

    def _welcome(self) -> None:
        client, _ = self._listener.accept()
        if len(self._clients) >= MOST_CLIENTS:
            client.close()
            return
        client.settimeout(0)
        self._clients[client] = b""
        self._selector.register(client, selectors.EVENT_READ)

    def _listen_to(self, client: socket.socket) -> None:
        try:
            heard = client.recv(LONGEST_QUESTION)
        except OSError:
            heard = b""
        question = self._clients[client] + heard
        self._clients[client] = question
        if heard and b"\n" not in question and len(question) < LONGEST_QUESTION:
            return
        if b"\n" in question:
            self._answer(client, question.split(b"\n", 1)[0])
        self._selector.unregister(client)
        del self._clients[client]
        client.close()

    def _answer(self, client: socket.socket, question: bytes) -> None:
        ask = self._questions.get(question.decode("ascii", "replace").strip())
        known = ", ".join(self._questions)
        answer = ask() if ask else {"error": f"unknown question; known are: {known}"}
        with suppress(OSError):  # the client has gone, or reads nothing: its own loss
            client.sendall(json.dumps(answer).encode() + b"\n")


def ask(path: Path, question: str, *, timeout_s: float = 2.0) -> dict[str, object]:
    """Put one question to a running gate. Raises OSError where none answers, ValueError if
    the answer is no JSON object.
    """
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout_s)
        link.connect(str(path))
        link.sendall(question.encode() + b"\n")
        with link.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if not isinstance(answer, dict):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 - like malformed JSON
    return answer


def answer_of(path: Path, question: str = "status") -> dict[str, Any] | None:
    """What a running lane answers; None where none runs.

    Whoever may not ask gets an empty answer: somebody is there.
    """
    try:
        return ask(path, question)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except (OSError, ValueError):
        return {}
