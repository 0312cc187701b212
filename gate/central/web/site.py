"""The page's addresses, and what each answers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import cache
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gate.central.view import View
from gate.central.web.acts import Acts, Reply
from gate.central.web.asked import Form, Problem, SignInAsked, read_form
from gate.central.web.door import Door
from gate.central.web.headers import SecureHeaders
from gate.central.web.sessions import Session
from gate.central.web.stream import events
from gate.central.web.wording import Language, language_of, texts
from gate.model import Utc

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "aman-language"
MOST_STREAMS = 8
"""Pages that one session may have open."""

STATUS = {
    "malformed": 400,
    "not_a_key": 400,
    "signed_out": 401,
    "wrong_password": 401,
    "forged": 403,
    "no_key": 409,
    "too_large": 413,
    "slow_down": 429,
}
"""HTTP's word for each problem. A wish that central refuses is 409 as well: nothing has changed."""

Act = Callable[[Session, Form], Awaitable[Reply | Problem]]


@dataclass(frozen=True, slots=True)
class Site:
    """What the endpoints share."""

    door: Door
    acts: Acts
    view: Callable[[], View]
    wall: Callable[[], Utc]
    stopping: Callable[[], bool]


def application(site: Site) -> Starlette:
    """The whole, ready to be served."""
    pages = Pages(site)
    acts: dict[str, Act] = {
        "/limit": site.acts.limit,
        "/recount": site.acts.recount,
        "/correct": site.acts.correct,
        "/order": site.acts.order,
        "/key": site.acts.key,
        "/key/forget": site.acts.forget,
    }
    return Starlette(
        routes=[
            Route("/", pages.page),
            Route("/signin", pages.ask_to_sign_in),
            Route("/signin", pages.sign_in, methods=["POST"]),
            Route("/signout", pages.sign_out, methods=["POST"]),
            Route("/language/{language}", pages.set_language),
            Route("/session", pages.session),
            Route("/events", pages.events),
            *(Route(path, pages.doing(act), methods=["POST"]) for path, act in acts.items()),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(SecureHeaders)],
    )


class Pages:
    """The endpoints."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request) -> Response:
        """The page itself, for who is signed in."""
        session = self._site.door.session(request)
        if session is None:
            return RedirectResponse("/signin", 303)
        key = self._site.acts.kid(session)
        return self._html(request, "page.html", name=session.name, csrf=session.csrf, key=key)

    async def ask_to_sign_in(self, request: Request) -> Response:
        """The form for name and password."""
        if self._site.door.session(request):
            return RedirectResponse("/", 303)
        return self._html(request, "signin.html", problem="", wait_s=0, name="")

    async def sign_in(self, request: Request) -> Response:
        """A session, or the form once more with the reason why not."""
        door, name = self._site.door, ""
        form = await door.form(request)
        asked = form if isinstance(form, Problem) else read_form(SignInAsked, form)
        if isinstance(asked, Problem):
            problem = asked
        else:
            name = asked.name.strip()
            result = await door.sign_in(request, name, asked.password)
            if isinstance(result, str):
                welcome = RedirectResponse("/", 303)
                door.give(welcome, result)
                return welcome
            problem = result
        answer = self._html(
            request, "signin.html", problem=problem.code, wait_s=ceil(problem.wait_s), name=name
        )
        return _because(answer, problem)

    async def sign_out(self, request: Request) -> Response:
        """The end of the session. A form that is none of ours ends nothing."""
        guest = await self._site.door.guest(request)
        if isinstance(guest, Problem) and guest.code == "forged":
            return RedirectResponse("/", 303)
        self._site.door.sign_out(request)
        goodbye = RedirectResponse("/signin", 303)
        self._site.door.take(goodbye)
        return goodbye

    async def set_language(self, request: Request) -> Response:
        """Remember the language, and go back to the page."""
        back = RedirectResponse("/", 303)
        if (said := request.path_params["language"]) in [*Language]:
            back.set_cookie(
                LANGUAGE_COOKIE, said, max_age=365 * 24 * 3600, httponly=True, samesite="strict"
            )
        return back

    async def session(self, request: Request) -> Response:
        """Whether the session is still there: a page whose stream was refused cannot tell why."""
        return Response(status_code=204 if self._site.door.session(request) else 401)

    async def events(self, request: Request) -> Response:
        """What changes, as it changes."""
        session = self._site.door.session(request)
        if session is None:
            return JSONResponse({"ok": False, "code": "signed_out"}, 401)
        if session.streams >= MOST_STREAMS:
            return JSONResponse({"ok": False, "code": "slow_down"}, 429)
        stream = events(
            self._site.view,
            chosen=request.query_params.get("venue", ""),
            wall=self._site.wall,
            may_listen=lambda: self._site.door.session(request) is session,
            stopping=self._site.stopping,
        )

        async def counted() -> AsyncIterator[bytes]:
            session.streams += 1
            try:
                async for piece in stream:
                    yield piece
            finally:
                session.streams -= 1

        # nginx would wait for more before it passes anything on.
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)

    def doing(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a form."""

        async def endpoint(request: Request) -> Response:
            guest = await self._site.door.guest(request)
            reply = guest if isinstance(guest, Problem) else await act(guest.session, guest.form)
            if isinstance(reply, Problem):
                told = {"ok": False, "code": reply.code, "field": reply.field}
                return _because(JSONResponse({**told, "wait_s": ceil(reply.wait_s)}), reply)
            return JSONResponse(asdict(reply), 200 if reply.ok else 409)

        return endpoint

    def _html(self, request: Request, template: str, **values: object) -> HTMLResponse:
        language = language_of(
            request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", "")
        )
        text = _template(template).render(t=texts(language), language=language, **values)
        return HTMLResponse(text, headers={"Vary": "Accept-Language, Cookie"})


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _because(answer: Response, problem: Problem) -> Response:
    answer.status_code = STATUS[problem.code]
    if problem.wait_s:
        answer.headers["Retry-After"] = str(ceil(problem.wait_s))
    return answer
