"""A look at a frame on a thread of its own, so that nobody waits for it longer than he wants.

A reader is a C library that nothing can interrupt. Whoever asks it waits to a deadline and goes
on; the look goes on by itself, and its thread begins nothing else until it ends.
"""

import atexit
import threading
from collections.abc import Callable
from queue import SimpleQueue

from drivers.qr.code import Seen

AT_EXIT_S = 5.0
"""How long the end of the process waits for a look that was left behind."""


class Task:
    """One look that was begun."""

    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look: Callable[[], Seen] | None = look
        self._done = threading.Event()
        self._seen = Seen()
        self._bug: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._done.is_set()

    def wait(self, timeout_s: float) -> Seen | None:
        """What was seen, None where that takes longer; raises what the look raised."""
        if not self._done.wait(timeout_s):
            return None
        if self._bug is not None:
            raise self._bug
        return self._seen

    def carry_out(self) -> None:
        """Look; for the thread, once."""
        assert self._look is not None, "a look is carried out once"  # noqa: S101 - a bug of ours
        try:
            self._seen = self._look()
        except Exception as bug:  # it is raised where somebody asks
            self._bug = bug
        self._look = None  # it holds a frame, and what was seen may be asked for late
        self._done.set()


class Apart:
    """Carries out one look at a time. A frame must not change until the look at it has ended."""

    def __init__(self, name: str) -> None:
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._task: Task | None = None
        # A reader that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a look is under way."""
        return self._task is not None and not self._task.done

    def begin(self, look: Callable[[], Seen]) -> Task:
        """Begin a look; not while another is under way."""
        assert not self.busy, "one look at a time"  # noqa: S101 - a bug of the caller
        self._task = Task(look)
        self._tasks.put(self._task)
        return self._task

    def close(self) -> None:
        """Begin nothing more; a second time is fine. A look that goes on is left behind."""
        self._tasks.put(None)
        if self.busy:
            # A look that comes back into an interpreter that is being taken down would abort the
            # process (C++ ends it where Python ends the thread): it gets a while to end before.
            atexit.register(self._thread.join, AT_EXIT_S)
        else:
            self._thread.join(1.0)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.carry_out()
