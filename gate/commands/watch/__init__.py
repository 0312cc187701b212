"""`gate watch`: the gates of a venue, or of all, live from the broker."""

import json
import re
import sys
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from gate.commands.at_broker import (
    Ca,
    Cert,
    CertKey,
    ConfigFile,
    Host,
    PasswordFile,
    Port,
    Root,
    User,
    link_to,
    place_of,
)
from gate.commands.watch.screen import line, picture
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
    config: ConfigFile = None,
    host: Host = None,
    port: Port = None,
    root: Root = None,
    district: Annotated[str | None, typer.Option(help="Only this one; + for all.")] = None,
    venue: Annotated[str | None, typer.Option(help="Only this one; + for all.")] = None,
    gate: Annotated[str, typer.Option(help="Only this one; + for all.")] = "+",
    user: User = None,
    password_file: PasswordFile = None,
    ca: Ca = None,
    cert: Cert = None,
    cert_key: CertKey = None,
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no table.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Print the table once, and end.")] = False,
) -> None:
    """Show the gates as they are: state, people counted, faults, and what happens. Says nothing.

    All gates of the broker, or with --config those of that gate's venue. Goes on while the broker
    is away, and marks what is stale then. Without a terminal: --plain.

    \b
    Example:
      gate watch --host broker --ca ca.pem --cert me.pem --cert-key me.key
    """
    place = place_of(
        config,
        host=host,
        port=port,
        root=root,
        district=district,
        venue=venue,
        user=user,
        password_file=password_file,
        ca=ca,
        cert=cert,
        cert_key=cert_key,
    )
    levels = (place.root, place.district or "+", place.venue or "+", gate)
    if not all(_LEVEL.fullmatch(level) for level in levels):
        raise typer.BadParameter("root, district, venue and gate are one level of a topic each")
    link = link_to(place)
    facts: SimpleQueue[Fact] = SimpleQueue()
    mall = "{}/v1/{}/{}".format(*levels)
    words = [f"{mall}/g/{gate}/{word}" for word in ("status", "ctr", "evt")]
    link.start(
        subscriptions=[*words, f"{mall}/occ", f"{place.root}/v1/central/state"],
        on_connected=lambda: facts.put(Connected()),
        on_disconnected=lambda reason: facts.put(Disconnected(reason)),
        on_message=lambda topic, payload, kept: facts.put(Arrived(topic, payload, kept)),
        on_published=lambda *_: None,
        on_denied=lambda why: typer.echo(f"the broker does not let us listen to {why}", err=True),
        on_crash=facts.put,
    )
    console = Console() if sys.stdout.isatty() else Console(width=140)
    watcher = Watcher(Known(place.root), facts)
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
