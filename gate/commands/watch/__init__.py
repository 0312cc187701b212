"""`gate watch`: the gates of a venue, or of all, live from the broker."""

import json
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.live import Live

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, MqttError, Tls
from gate.commands.configured import loaded
from gate.commands.watch.screen import line, picture
from gate.config.files import read_secret
from gate.link import Arrived, Connected, Disconnected
from gate.model import Utc
from gate.watching import Known, News, connected, disconnected, heard

EVERY_S = 0.25
SETTLE_S = 1.0
"""After it has accepted us the broker sends what it kept within this."""

PATIENCE_S = 10.0
FACTS = 1000
_LEVEL = re.compile(r"\+|[a-z0-9-]{1,64}")
Fact = Connected | Disconnected | Arrived | BaseException


def watch(
    *,
    config: Annotated[Path | None, typer.Option(help="The broker of this gate.")] = None,
    host: Annotated[str, typer.Option(help="The broker.")] = "localhost",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 1883,
    root: Annotated[str, typer.Option(help="First word of every topic.")] = "aman",
    user: Annotated[str | None, typer.Option(help="User name at the broker.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="Its only line is used.")] = None,
    ca: Annotated[Path | None, typer.Option(help="PEM; switches TLS on.")] = None,
    cert: Annotated[Path | None, typer.Option(help="PEM, of a watcher (gate broker acl).")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM, its private key.")] = None,
    district: Annotated[str, typer.Option(help="Only this one.")] = "+",
    venue: Annotated[str, typer.Option(help="Only this one.")] = "+",
    gate: Annotated[str, typer.Option(help="Only this one.")] = "+",
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no table.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Print the table once, and end.")] = False,
) -> None:
    """Show the gates as they are: state, people counted, faults, and what happens. Says nothing.

    Goes on while the broker is away, and marks what is stale then. Without a terminal: --plain.
    Example: gate watch --host broker --port 8883 --ca ca.pem --cert me.pem --key me.key
    """
    version: Literal["5", "3.1.1"] = "5"
    if config is not None:
        broker = loaded(config).mqtt
        host, port, root = broker.host, broker.port, broker.root
        user, password_file, ca = broker.user, broker.password_file, broker.ca_file
        cert, key = broker.cert_file, broker.key_file
        version = "5" if broker.protocol == 5 else "3.1.1"
    try:
        link = Mqtt(
            Endpoint(
                host=host,
                port=port,
                client_id=f"watch-{secrets.token_hex(4)}",
                version=version,
                session_expiry_s=0,
                user=user,
                password=read_secret(password_file) if password_file else None,
                tls=Tls(ca, cert, key) if ca else None,
            ),
            retry_first_s=0.5,
            retry_longest_s=10.0,
        )
    except (MqttError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    facts: SimpleQueue[Fact] = SimpleQueue()
    if not all(_LEVEL.fullmatch(level) for level in (root, district, venue, gate)):
        raise typer.BadParameter("root, district, venue and gate are one level of a topic each")
    mall = f"{root}/v1/{district}/{venue}"
    words = [f"{mall}/g/{gate}/{word}" for word in ("status", "ctr", "evt")]
    link.start(
        subscriptions=[*words, f"{mall}/occ", f"{root}/v1/central/state"],
        on_connected=lambda: facts.put(Connected()),
        on_disconnected=lambda reason: facts.put(Disconnected(reason)),
        on_message=lambda topic, payload, kept: facts.put(Arrived(topic, payload, kept)),
        on_published=lambda *_: None,
        on_denied=lambda why: facts.put(Disconnected(f"not allowed: {why}")),
        on_crash=facts.put,
    )
    console = Console()
    watcher = Watcher(Known(root), facts)
    try:
        if once:
            _once(console, watcher)
        elif json_ or plain or not console.is_terminal:
            _lines(watcher, _as_json if json_ else line)
        else:
            _live(console, watcher)
    except KeyboardInterrupt:
        pass
    finally:
        link.close(with_will=False)


class Watcher:
    """What is known, and the queue of what is not yet."""

    def __init__(self, known: Known, facts: SimpleQueue[Fact]) -> None:
        self.known = known
        self._facts = facts

    def wait(self, timeout_s: float) -> tuple[News, ...]:
        """Take what has come, at most `FACTS`; wait a little for the first."""
        new: list[News] = []
        try:
            for _ in range(FACTS):
                new += self._learn(self._facts.get(timeout=timeout_s))
                timeout_s = 0.0
        except Empty:
            pass
        return tuple(new)

    def _learn(self, fact: Fact) -> tuple[News, ...]:
        now = _utc()
        match fact:
            case Connected():
                self.known, news = connected(self.known, now)
            case Disconnected(reason=reason):
                self.known, news = disconnected(self.known, reason, now)
            case Arrived():
                self.known, news = heard(self.known, fact, now)
            case bug:
                raise bug
        return news


def _once(console: Console, watcher: Watcher) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not watcher.known.online and time.monotonic() < give_up_at:
        watcher.wait(EVERY_S)
    if not watcher.known.online:
        typer.echo(f"The broker does not answer: {watcher.known.why}", err=True)
        raise typer.Exit(1)
    ready_at = time.monotonic() + SETTLE_S
    while (left_s := ready_at - time.monotonic()) > 0:
        watcher.wait(left_s)
    console.print(picture(watcher.known, _utc()))


def _lines(watcher: Watcher, form: Callable[[News], str]) -> None:
    while True:
        for news in watcher.wait(EVERY_S):
            typer.echo(form(news))


def _live(console: Console, watcher: Watcher) -> None:
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            watcher.wait(EVERY_S)
            live.update(picture(watcher.known, _utc()), refresh=True)


def _as_json(news: News) -> str:
    event = None
    if news.event is not None:
        event = news.event.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps({"at": news.at, "where": news.where, "what": news.what, "event": event})


def _utc() -> Utc:
    return Utc(time.time())
