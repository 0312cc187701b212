"""Central's parts, put together; the only place where they meet."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import typer

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Tls, Will
from drivers.systemd import Notify
from gate.central.loop import Loop
from gate.central.site import Site
from gate.central.store import Store
from gate.central.venue import Plan
from gate.commands.central.pulse import Pulse
from gate.commands.central.user import USERS
from gate.config import read_secret
from gate.config.central import CentralConfig, wall_clock, zone
from gate.model import Monotonic, Utc
from gate.payloads import CentralState

DATABASE = "central.db"
LARGEST_KEYS = 131_072


class ServeError(Exception):
    """Something that the configuration names cannot be used; the text says what to do."""


def serve(config: CentralConfig, systemd: Notify, *, web: bool) -> None:
    """Until SIGTERM or Ctrl-C. Raises ServeError, MqttError, DatabaseError."""
    plans = plans_of(config)
    endpoint = _endpoint(config)
    over = threading.Event()
    crashed: SimpleQueue[BaseException] = SimpleQueue()

    def crash(bug: BaseException) -> None:
        crashed.put(bug)
        over.set()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    with ExitStack() as opened:
        opened.enter_context(_alone(config.central.data_dir))
        store = Store(config.central.data_dir / DATABASE, now=_utc())
        opened.callback(store.close)
        quota_s = config.central.quota_min * 60.0
        link = Mqtt(endpoint)
        loop = Loop(
            site=Site(store, plans, quota_s=quota_s, now=_utc()),
            link=link,
            root=config.mqtt.root,
            utc=_utc,
            clock=lambda: Monotonic(time.monotonic()),
            on_crash=crash,
            keep_s=config.central.keep_days * 86_400.0,
        )
        pulse = Pulse(systemd, view=loop.view, clock=lambda: Monotonic(time.monotonic()))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        opened.callback(lambda: link.close(with_will=True))
        loop.start(pulse.beat)
        opened.callback(loop.stop)
        if web:
            _serve_page(config, loop, opened, crash)
        systemd.ready()
        over.wait()
        systemd.stopping()
    if not crashed.empty():
        raise crashed.get()


def _serve_page(
    config: CentralConfig, loop: Loop, opened: ExitStack, crash: Callable[[BaseException], None]
) -> None:
    """The manager's page, until `opened` is closed. Raises ServeError."""
    try:
        from gate.central.web.serving import (  # noqa: PLC0415 - needs the extra
            WebError,
            WebServer,
            WebSettings,
        )
    except ImportError as error:
        raise ServeError(
            f"{error}. The manager's page needs: pip install 'aman-gate[central]'"
        ) from error
    page = config.web
    settings = WebSettings(
        users_file=config.central.data_dir / USERS,
        host=page.host,
        port=page.port,
        cert=page.cert_file,
        key=page.key_file,
        origin=page.origin,
    )
    try:
        server = opened.enter_context(WebServer(loop, settings, crash))
    except WebError as error:
        raise ServeError(str(error)) from error
    server.start()
    typer.echo(f"The manager's page: {server.url}")


def plans_of(config: CentralConfig) -> list[Plan]:
    """The venues. Raises ServeError where a file of keys cannot be read."""
    return [
        Plan(
            id=venue.id,
            district=venue.district,
            name=venue.name or venue.id,
            gates=tuple(venue.gates),
            licensed=venue.capacity,
            reserve=venue.reserve,
            cut_off=venue.cut_off,
            zone=zone(venue.timezone),
            day_ends=wall_clock(venue.day_ends),
            empty_at_day_end=venue.at_day_end == "empty",
            keys=b"" if venue.keys_file is None else _bytes(venue.keys_file),
            root=config.mqtt.root,
        )
        for venue in config.venue
    ]


def _endpoint(config: CentralConfig) -> Endpoint:
    broker = config.mqtt
    try:
        password = None if broker.password_file is None else read_secret(broker.password_file)
    except (OSError, ValueError) as error:
        raise ServeError(f"{broker.password_file}: {error}") from error
    offline = CentralState(state="offline").encode()
    return Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=broker.client_id,
        will=Will(f"{broker.root}/v1/central/state", offline, delay_s=0),
        version="5" if broker.protocol == 5 else "3.1.1",
        keepalive_s=broker.keepalive_s,
        user=broker.user,
        password=password,
        tls=None
        if broker.ca_file is None
        else Tls(broker.ca_file, broker.cert_file, broker.key_file),
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else serves from this folder meanwhile. Raises ServeError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "central.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ServeError(f"{folder}: {error.strerror}; central keeps its database there") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ServeError(f"{folder}: another gate central runs on it") from None
    finally:
        os.close(lock)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_KEYS + 1)
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from error
    if not 0 < len(data) <= LARGEST_KEYS:
        raise ServeError(f"{path}: {len(data)} bytes are no signed keys (gate pass sign)")
    return data


def _utc() -> Utc:
    return Utc(time.time())
