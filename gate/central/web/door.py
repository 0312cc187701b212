"""Who may come in, and whose words are theirs: sessions, cookies, forms.

1. A form counts only from a page of our own: its `Origin` is ours, and it carries the session's
   token. The cookie is `SameSite=Strict` besides.
2. Without TLS the page is there for this machine only, under its own names (a name of somebody
   else's that leads here is none).
3. A session ends by itself, by signing out, and with its password.
4. Nobody may try passwords, or act, faster than people do.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from secrets import compare_digest
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gate.central.web.asked import MOST_BYTES, Form, Problem, parse_form
from gate.central.web.rates import Rate, neighbourhood
from gate.central.web.sessions import Session, Sessions
from gate.central.web.users import Users
from gate.model import Monotonic

BODY_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is signed in, and their form."""

    session: Session
    form: Form


class Door:
    """Lives in the thread of the page; `clock` is the machine's."""

    def __init__(
        self, *, users: Users, clock: Callable[[], Monotonic], origin: str | None, secure: bool
    ) -> None:
        self._users = users
        self._sessions = Sessions()
        self._clock = clock
        self._origin = origin
        self._secure = secure
        self._cookie = "__Host-aman" if secure else "aman"
        self._tries_of_address = Rate(burst=10, every_s=6.0)
        self._tries_of_name = Rate(burst=10, every_s=30.0)
        self._acts = Rate(burst=20, every_s=1.0)
        self._one_hash = asyncio.Semaphore(1)  # each takes 64 MiB

    def session(self, request: Request) -> Session | None:
        """Who asks; None: nobody who is signed in."""
        token = request.cookies.get(self._cookie, "")
        session = self._sessions.find(token, self._clock())
        if session and self._users.hash_of(session.name) != session.password_hash:
            self._sessions.close(token)
            return None
        return session

    async def form(self, request: Request) -> Form | Problem:
        """A form of our own page, whoever sends it."""
        if not self._is_ours(request):
            return Problem("forged")
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Problem("malformed")
        return parse_form(body) if body is not None else Problem("too_large")

    async def guest(self, request: Request) -> Guest | Problem:
        """Somebody who is signed in, and what they have sent."""
        form = await self.form(request)
        session = self.session(request)
        if isinstance(form, Problem):
            return form
        if session is None:
            return Problem("signed_out")
        if not compare_digest(form.pop("csrf", "").encode(), session.csrf.encode()):
            return Problem("forged")
        wait_s = self._acts.wait_s(session.csrf, self._clock())
        return Problem("slow_down", wait_s=wait_s) if wait_s else Guest(session, form)

    async def sign_in(self, request: Request, name: str, password: str) -> str | Problem:
        """The token of a new session, where name and password belong together."""
        now = self._clock()
        address = neighbourhood(request.client.host if request.client else "")
        if wait_s := self._tries_of_address.wait_s(address, now):
            return Problem("slow_down", wait_s=wait_s)
        if wait_s := self._tries_of_name.wait_s(name, now):
            return Problem("slow_down", wait_s=wait_s)
        async with self._one_hash:
            found = await asyncio.to_thread(self._users.check, name, password)
        if found is None:
            return Problem("wrong_password")
        self.sign_out(request)
        return self._sessions.open(name, found, self._clock())[0]

    def sign_out(self, request: Request) -> None:
        """End the session that the request comes from, if there is one."""
        self._sessions.close(request.cookies.get(self._cookie, ""))

    def give(self, response: Response, token: str) -> None:
        """Let the browser keep the session, until it is closed."""
        response.set_cookie(
            self._cookie, token, httponly=True, samesite="strict", secure=self._secure
        )

    def take(self, response: Response) -> None:
        """Let the browser forget the session."""
        response.delete_cookie(self._cookie, httponly=True, samesite="strict", secure=self._secure)

    def _is_ours(self, request: Request) -> bool:
        said, host = request.headers.get("origin", ""), request.headers.get("host", "")
        if self._origin is not None:
            return said == self._origin
        scheme = request.url.scheme
        return said == f"{scheme}://{host}" and (scheme == "https" or _is_loopback(said))


def _is_loopback(origin: str) -> bool:
    try:
        name = urlsplit(origin).hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


async def _body(request: Request) -> bytes | None:
    """The body, up to what a form may have; None where it has more."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return body
