"""The page's server: uvicorn in a thread of its own.

with WebServer(central, settings, on_crash=...) as server:
    server.start()
    print(server.url)
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import uvicorn

from gate.central.web.acts import Acts
from gate.central.web.door import Door
from gate.central.web.site import Site, application
from gate.central.web.users import Users, UsersError
from gate.central.wishes import Central
from gate.model import Monotonic, Utc

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 200
STOP_WITHIN_S = 1
"""What is still being answered then is cut off."""


class WebError(Exception):
    """The page cannot be served; the text says the way out."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the page is, and who may see it."""

    users_file: Path
    """Written by `gate central user`."""
    host: str = "127.0.0.1"
    """Another address than the machine's own needs TLS."""
    port: int = 8443
    """0: any that is free."""
    cert: Path | None = None
    """PEM, the whole chain; with `key`: TLS."""
    key: Path | None = None
    origin: str | None = None
    """Behind a proxy on this machine: the address in people's browsers, `https://crowd.example`.
    The proxy tells the visitor's address in `X-Forwarded-For`."""


class WebServer:
    """Serves until it is closed. Raises `WebError` when it is made, where it could not serve.

    `on_crash` is told, from the page's thread, when that ends unasked.
    """

    def __init__(
        self,
        central: Central,
        settings: WebSettings,
        on_crash: Callable[[BaseException], None],
        *,
        clock: Callable[[], Monotonic] = lambda: Monotonic(time.monotonic()),
        wall: Callable[[], Utc] = lambda: Utc(time.time()),
    ) -> None:
        self._settings = settings
        self._on_crash = on_crash
        self._stopping = threading.Event()
        self._tls = _tls_of(settings)
        _check_origin(settings.origin)
        secure = self._tls is not None or (settings.origin or "").startswith("https:")
        try:
            users = Users(settings.users_file)
        except UsersError as error:
            raise WebError(str(error)) from error
        door = Door(users=users, clock=clock, origin=settings.origin, secure=secure)
        stopping = self._stopping.is_set
        acts = Acts(central, clock=clock, wall=wall, stopping=stopping)
        site = Site(door, acts, view=central.view, wall=wall, stopping=stopping)
        self._listener = _listener_of(settings, encrypted=self._tls is not None)
        self._server = uvicorn.Server(self._config(site))
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens."""
        host, port = self._bound[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        """For a browser on this machine, or the proxy's."""
        if self._settings.origin is not None:
            return self._settings.origin
        host, port = self.address
        scheme = "https" if self._tls else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def start(self) -> None:
        """Begin to serve; once."""
        self._thread.start()

    def close(self) -> None:
        """Stop within two seconds, whoever still listens; a second time is fine."""
        self._stopping.set()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _config(self, site: Site) -> uvicorn.Config:
        self._bound = self._listener.getsockname()
        tls = self._tls
        config = uvicorn.Config(
            application(site),
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=self._settings.origin is not None,
            forwarded_allow_ips=["127.0.0.1", "::1"],
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=STOP_WITHIN_S,
            h11_max_incomplete_event_size=16_384,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        config.load()
        return config

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
            if not self._stopping.is_set():
                raise RuntimeError("the page's server has ended unasked")  # noqa: TRY301
        except BaseException as bug:
            self._on_crash(bug)


def _tls_of(settings: WebSettings) -> ssl.SSLContext | None:
    if settings.cert is None and settings.key is None:
        return None
    if settings.cert is None or settings.key is None:
        raise WebError("TLS takes both: the certificate and its private key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Without a password of ours OpenSSL would ask for one at the terminal.
        context.load_cert_chain(settings.cert, settings.key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise WebError(
            f"{settings.cert}, {settings.key}: no certificate and its private key ({error}). Both "
            "are PEM files that central may read, belong together, and have no passphrase."
        ) from error
    return context


def _check_origin(origin: str | None) -> None:
    if origin is None:
        return
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
        raise WebError(
            f"origin {origin!r:.80}: write it like https://crowd.example, without a path"
        )


def _listener_of(settings: WebSettings, *, encrypted: bool) -> socket.socket:
    where = f"{settings.host}, port {settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        if not encrypted and not ip_address(str(address[0])).is_loopback:
            raise WebError(
                f"{settings.host}: the page is served to other machines with TLS only. Give a "
                "certificate and its key, or serve on 127.0.0.1 behind a proxy (docs/manager.md)."
            )
        return socket.create_server((str(address[0]), int(address[1])), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        raise WebError(f"{where}: cannot be listened on ({error}). Is the port free?") from error
