"""The manager of a simulation: signed in to central's page, as a browser would be.

What the page shows is heard over its own stream, so the number here is the one on the screen.
"""

import json
import re
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

PATIENCE_S = 20.0
"""The page is never silent for so long."""


class ManagerError(Exception):
    """The page does not do what it is there for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows of a venue."""

    entered: int
    left: int
    inside: int
    limit: int
    condition: str


class Manager:
    """Looks at the page at `url`, and uses it; a context manager. Raises ManagerError."""

    def __init__(self, url: str, *, venue: str, name: str, password: str) -> None:
        self._url = url
        self._venue = venue
        self._seen: Seen | None = None
        status, self._cookie, _ = self._send("/signin", {"name": name, "password": password})
        if status != 303 or not self._cookie:
            raise ManagerError(f"cannot sign in at {url}: {status}")
        with closing(self._connection()) as page:
            page.request("GET", "/", headers={"Cookie": self._cookie})
            found = re.search(r'name="csrf" content="([^"]+)"', page.getresponse().read().decode())
        if found is None:
            raise ManagerError(f"{url} shows no page to who has signed in")
        self._csrf = found[1]
        self._stream = self._connection()
        self._stream.request("GET", "/events", headers={"Cookie": self._cookie})
        self._events = self._stream.getresponse()
        self._thread = threading.Thread(target=self._look, name="manager", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stream.close()

    @property
    def sees(self) -> Seen | None:
        """What the page shows; None as long as it shows nothing."""
        return self._seen

    def recount(self, inside: int) -> str:
        """Say how many are inside; what became of it: `done`, or why not."""
        form = {"venue": self._venue, "inside": str(inside), "reason": "everybody was counted"}
        _, _, body = self._send("/recount", {**form, "gates": "leave", "csrf": self._csrf})
        return str(json.loads(body)["code"])

    def _look(self) -> None:
        with suppress(OSError, HTTPException, ValueError, AttributeError):  # closed, or it ended
            kind = ""
            for line in self._events:
                if line.startswith(b"event: "):
                    kind = line[7:].strip().decode()
                elif line.startswith(b"data: ") and kind == "venue":
                    self._take(json.loads(line[6:]))

    def _take(self, venue: dict[str, Any]) -> None:
        if venue["id"] == self._venue:
            self._seen = Seen(
                venue["entered"],
                venue["left"],
                venue["inside"],
                venue["limit"],
                venue["condition"],
            )

    def _send(self, path: str, form: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, the cookie that came, and the body."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self._url,
            "Cookie": getattr(self, "_cookie", ""),
        }
        with closing(self._connection()) as page:
            page.request("POST", path, urlencode(form), headers)
            answer = page.getresponse()
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
            return answer.status, cookie, answer.read()

    def _connection(self) -> HTTPConnection:
        at = urlsplit(self._url)
        assert at.hostname, "central prints whole addresses"  # noqa: S101
        return HTTPConnection(at.hostname, at.port, timeout=PATIENCE_S)
