"""The page's application with everything around it scripted: central, the clocks, the browser."""

import http.client
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from starlette.testclient import TestClient

from gate.central.web.acts import Acts
from gate.central.web.door import Door
from gate.central.web.serving import WebServer
from gate.central.web.site import Site, application
from gate.central.web.users import Users
from gate.issuing import new_key
from gate.model import Monotonic, Utc
from tests.gate.central.web.scripted import NAME, NOON, PASSWORD, ScriptedCentral

HERE = "http://127.0.0.1:8443"


class Rig:
    """One server, and a browser that may sign in."""

    def __init__(
        self,
        central: ScriptedCentral,
        users_file: Path,
        *,
        origin: str | None = None,
        secure: bool = False,
        base_url: str = HERE,
    ) -> None:
        self.central = central
        self.users_file = users_file
        self.now = 1000.0
        self.csrf = ""
        door = Door(
            users=Users(users_file),
            clock=lambda: Monotonic(self.now),
            origin=origin,
            secure=secure,
        )
        acts = Acts(
            central,
            clock=lambda: Monotonic(self.now),
            wall=lambda: Utc(NOON),
            stopping=lambda: False,
        )
        self.app = application(
            Site(door, acts, central.view, wall=lambda: Utc(NOON), stopping=lambda: False)
        )
        self.origin = base_url
        self.client = self.another()

    def another(self) -> TestClient:
        """Another browser, of the same server."""
        return TestClient(
            self.app, base_url=self.origin, headers={"origin": self.origin}, follow_redirects=False
        )

    def sign_in(self, name: str = NAME, password: str = PASSWORD) -> int:
        """Try to; HTTP's word for what came of it: 303 where it was right."""
        answer = self.client.post("/signin", data={"name": name, "password": password})
        if answer.status_code == 303:
            page = self.client.get("/").text
            self.csrf = page.split('name="csrf" content="')[1].split('"')[0]
        return answer.status_code

    def post(self, path: str, **fields: str) -> tuple[int, dict[str, object]]:
        """Send a form as the page does."""
        answer = self.client.post(path, data={"csrf": self.csrf, **fields})
        return answer.status_code, answer.json()

    def hand_over_a_key(self, kid: str = "ops-1") -> dict[str, str]:
        """Give a new operator's key to the session."""
        key = new_key(kid)
        status, said = self.post("/key", key=json_of(key))
        assert (status, said["detail"]) == (200, kid)
        return key


def json_of(key: dict[str, str]) -> str:
    """As `gate pass keygen` writes it."""
    members = ",\n".join(f'  "{name}": "{value}"' for name, value in key.items())
    return "{\n" + members + "\n}\n"


def cookie_of(server: WebServer) -> tuple[str, str]:
    """Sign in without a browser; the cookie's name and value."""
    with closing(http.client.HTTPConnection(*server.address, timeout=10)) as link:
        form = urlencode({"name": NAME, "password": PASSWORD})
        link.request("POST", "/signin", form, {"Origin": server.url})
        answer = link.getresponse()
        assert answer.status == 303
        name, value = (answer.headers["set-cookie"] or "").split(";")[0].split("=", 1)
        return name, value
