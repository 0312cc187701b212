"""The server itself: over real sockets, with and without TLS."""

import http.client
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlencode

import pytest

from gate.central.web.serving import WebError, WebServer, WebSettings
from tests.gate.central.web.rig import cookie_of
from tests.gate.central.web.scripted import (
    NAME,
    PASSWORD,
    ScriptedCentral,
    write_users,
)

crashes: SimpleQueue[BaseException] = SimpleQueue()


@pytest.fixture
def settings(tmp_path: Path) -> WebSettings:
    return WebSettings(write_users(tmp_path / "users.json"), port=0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
        f"/CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def server(central: ScriptedCentral, settings: WebSettings) -> Iterator[WebServer]:
    with WebServer(central, settings, crashes.put) as server:
        server.start()
        yield server
    assert crashes.empty()


def session_of(server: WebServer) -> str:
    """Sign in; the cookie as a header has it."""
    return "=".join(cookie_of(server))


@contextmanager
def listening_to(server: WebServer, cookie: str) -> Iterator[http.client.HTTPResponse]:
    link = http.client.HTTPConnection(*server.address, timeout=10)
    link.request("GET", "/events", headers={"Cookie": cookie})
    with closing(link), link.getresponse() as answer:
        yield answer


def test_a_number_that_changes_is_told_at_once(server: WebServer, central: ScriptedCentral) -> None:
    with listening_to(server, session_of(server)) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        while b'"inside":387' not in stream.readline():
            pass
        central.show(inside=388)
        while b'"inside":388' not in stream.readline():
            pass


def test_it_stops_within_two_seconds_whoever_listens(
    central: ScriptedCentral, settings: WebSettings
) -> None:
    central.answer = lambda _: None  # a gate that does not answer
    with WebServer(central, settings, crashes.put) as server, ExitStack() as open_ones:
        server.start()
        cookie = session_of(server)
        streams = [open_ones.enter_context(listening_to(server, cookie)) for _ in range(3)]
        for stream in streams:
            stream.readline()
        link = open_ones.enter_context(
            closing(http.client.HTTPConnection(*server.address, timeout=10))
        )
        link.request("GET", "/", headers={"Cookie": cookie})
        page = link.getresponse().read().decode()
        csrf = page.split('name="csrf" content="')[1].split('"')[0]
        form = urlencode({"csrf": csrf, "venue": "mall-a", "limit": "450"})
        link.request("POST", "/limit", form, {"Origin": server.url, "Cookie": cookie})
        wish = central.handed_over.get(timeout=10)

        began = time.monotonic()
        server.close()
        took_s = time.monotonic() - began
        server.close()

        assert took_s < 2.0
        for stream in streams:
            stream.read()
        assert b'"no_connection"' in link.getresponse().read()
        assert not wish.cancelled(), "central has an answer to give, whoever waits for it"
    assert crashes.empty()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.address, timeout=1).close()


def test_a_session_has_only_so_many_pages(server: WebServer) -> None:
    cookie = session_of(server)
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(listening_to(server, cookie)) for _ in range(8)]
        for stream in streams:
            stream.readline()
        assert [stream.status for stream in streams] == [200] * 8
        with listening_to(server, cookie) as one_more:
            assert one_more.status == 429


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" * 9000]
)
def test_whatever_a_client_says_others_are_answered(server: WebServer, said: bytes) -> None:
    with socket.create_connection(server.address, timeout=10) as rude:
        rude.sendall(said[:60_000])
    assert session_of(server)


# --- where it may be ------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - is refused
def test_other_machines_see_it_with_tls_only(
    central: ScriptedCentral, settings: WebSettings, host: str
) -> None:
    with pytest.raises(WebError, match="with TLS only"):
        WebServer(central, replace(settings, host=host), crashes.put)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_this_machine_sees_it_without(
    central: ScriptedCentral, settings: WebSettings, host: str
) -> None:
    with WebServer(central, replace(settings, host=host), crashes.put) as server:
        assert server.address[1] > 0
        assert server.url.startswith("http://")


def test_over_tls(
    central: ScriptedCentral, settings: WebSettings, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    encrypted = replace(settings, host="0.0.0.0", cert=cert, key=key)  # noqa: S104 - with TLS
    with WebServer(central, encrypted, crashes.put) as server:
        server.start()
        trust = ssl.create_default_context(cafile=cert)
        link = http.client.HTTPSConnection(
            "localhost", server.address[1], context=trust, timeout=10
        )
        form = urlencode({"name": NAME, "password": PASSWORD})
        origin = f"https://localhost:{server.address[1]}"
        link.request("POST", "/signin", form, {"Origin": origin})
        answer = link.getresponse()
        assert answer.status == 303
        assert (answer.headers["set-cookie"] or "").startswith("__Host-aman=")
        link.close()
    assert crashes.empty()


def test_a_server_that_could_not_serve_says_so_before_it_starts(
    central: ScriptedCentral, settings: WebSettings, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    wrong = {
        "takes both": replace(settings, cert=cert),
        "belong together": replace(settings, cert=cert, key=settings.users_file),
        "No such file": replace(settings, cert=tmp_path / "none", key=key),
        "gate central user NAME": replace(settings, users_file=tmp_path / "none"),
        "cannot be listened on": replace(settings, host="no.such.host.invalid"),
        "without a path": replace(settings, origin="https://crowd.example/page"),
    }
    for sentence, one in wrong.items():
        with pytest.raises(WebError, match=sentence):
            WebServer(central, one, crashes.put)


def test_a_key_with_a_passphrase_is_refused_and_asks_nobody(
    central: ScriptedCentral, settings: WebSettings, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", key, "-out", locked],
        check=True,
        capture_output=True,
    )
    with pytest.raises(WebError, match="no passphrase"):
        WebServer(central, replace(settings, cert=cert, key=locked), crashes.put)


def test_a_port_that_is_taken_is_told(central: ScriptedCentral, settings: WebSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])
        with pytest.raises(WebError, match="Is the port free"):
            WebServer(central, taken, crashes.put)


def test_an_end_that_nobody_asked_for_is_told(
    central: ScriptedCentral, settings: WebSettings
) -> None:
    heard: SimpleQueue[BaseException] = SimpleQueue()
    with WebServer(central, settings, heard.put) as server:
        server.start()
        server._server.should_exit = True
        assert "unasked" in str(heard.get(timeout=10))
