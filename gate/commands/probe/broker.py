"""`gate probe broker`: from the name to a message that the broker took, step by step."""

import secrets
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Annotated, Any

import typer

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, MqttError, Tls, tls_context
from drivers.reach import NoName, NoTcp, NoTls, address_of, connected, secured
from gate.commands.configured import loaded
from gate.commands.probe.telling import ConfigFile, Json, Told, conclude
from gate.config import DEFAULT_FILE, Config, read_secret
from gate.delivery import subscriptions
from gate.doctor.finding import Finding, good
from gate.doctor.probes.broker import DENIED, ENDS, FILES, NAME, REFUSED, TCP, TLS, UNHEARD
from gate.model import Utc
from gate.payloads.gate import Res
from gate.topics import Topics, topics

SOON_DAYS = 30.0


@dataclass(slots=True)
class News:
    """What the link says, from its thread."""

    came: SimpleQueue[tuple[str, str]] = field(default_factory=SimpleQueue)
    denied: list[str] = field(default_factory=list)

    def wait(self, what: str, until: float) -> str | None:
        """The text of the next news of this kind, or of `lost`; None where time is up."""
        while (left_s := until - time.monotonic()) > 0:
            try:
                kind, text = self.came.get(timeout=left_s)
            except Empty:
                return None
            if kind in {what, "lost"}:
                return text if kind == what else f"lost: {text}"
        return None


def broker(
    config: ConfigFile = DEFAULT_FILE,
    *,
    within: Annotated[
        float, typer.Option(min=1, max=60, help="Seconds that each step may take.")
    ] = 5.0,
    json_: Json = False,
) -> None:
    """Go to the broker as this gate would: name, TCP, TLS, CONNECT, subscriptions, one message.

    With the gate's own user, certificate and rights, and another client id: a running lane stays
    connected. The message is an answer to no command (`.../res`, not retained); nobody acts on it.
    Exit code 0: a gate gets through. 1: it does, for how long. 2: not, and the step says why.
    """
    lane, told = loaded(config), Told(silent=json_)
    if not lane.mqtt.enabled:
        typer.echo("This lane reports nowhere ([mqtt] enabled is false).", err=True)
        raise typer.Exit(1)
    found: list[Finding] = []
    figures: dict[str, Any] = {"host": lane.mqtt.host, "port": lane.mqtt.port}
    _steps(lane, within, found, figures, told)
    conclude("broker", found, figures, told, json_=json_)


def _steps(
    lane: Config, within_s: float, found: list[Finding], figures: dict[str, Any], told: Told
) -> None:
    """One after the other; what ends the way is the last that is found."""
    to = lane.mqtt
    try:
        endpoint, context = _endpoint(lane, within_s)
        told.now(f"asking for {to.host}")
        figures["address"] = address_of(to.host, to.port, within_s)
        found.append(good(NAME.tested, figures["address"]))
        began = time.monotonic()
        with closing(connected(figures["address"], to.port, within_s)) as link:
            figures["tcp_ms"] = _ms(began)
            found.append(good(TCP.tested, f"port {to.port}, {figures['tcp_ms']} ms"))
            if context is not None:
                began = time.monotonic()
                made = secured(link, to.host, context)
                figures["tls"], figures["tls_ms"] = made.version, _ms(began)
                found.append(good(TLS.tested, f"{made.version}, {figures['tls_ms']} ms"))
                found += _lasts(made.until, time.time(), figures)
        _talk(Mqtt(endpoint), lane, within_s, found, figures)
    except (MqttError, OSError, ValueError) as error:
        found.append(FILES.found(str(error)))
    except NoName as error:
        found.append(NAME.found(str(error), host=to.host))
    except NoTcp as error:
        found.append(TCP.found(str(error), host=to.host))
    except NoTls as error:
        found.append(TLS.found(str(error), ca=to.ca_file or "ca.pem"))


def _endpoint(lane: Config, within_s: float) -> tuple[Endpoint, ssl.SSLContext | None]:
    """As the daemon would, under a name of its own. Raises MqttError, OSError, ValueError."""
    to = lane.mqtt
    tls = Tls(to.ca_file, to.cert_file, to.key_file) if to.ca_file else None
    endpoint = Endpoint(
        host=to.host,
        port=to.port,
        client_id=f"{lane.gate.id}-probe-{secrets.token_hex(4)}",
        version="5" if to.protocol == 5 else "3.1.1",
        keepalive_s=to.keepalive_s,
        session_expiry_s=0,
        connect_timeout_s=within_s,
        user=to.user,
        password=read_secret(to.password_file) if to.password_file else None,
        tls=tls,
    )
    return endpoint, None if tls is None else tls_context(tls)


def _talk(
    link: Mqtt, lane: Config, within_s: float, found: list[Finding], figures: dict[str, Any]
) -> None:
    """CONNECT, the gate's subscriptions, and one message there and its receipt back."""
    own, news = _topics(lane), News()
    heard = (*subscriptions(own, ()), own.cmd, own.quota, own.ans, own.venue.cfg, own.venue.keys)
    link.start(
        subscriptions=heard,
        on_connected=lambda: news.came.put(("connected", "")),
        on_disconnected=lambda why: news.came.put(("lost", why)),
        on_message=lambda *_: None,
        on_published=lambda _, took, why: news.came.put(("published", "" if took else why)),
        on_denied=news.denied.append,
        on_crash=lambda bug: news.came.put(("lost", repr(bug))),
    )
    try:
        began = time.monotonic()
        why = news.wait("connected", began + within_s)
        if why != "":
            found.append(REFUSED.found((why or "lost: no answer in time").removeprefix("lost: ")))
            return
        figures["connect_ms"] = _ms(began)
        found.append(good(REFUSED.tested, f"as {lane.mqtt.user or lane.gate.id}, accepted"))
        said = Res(
            gate=lane.gate.id,
            id=secrets.token_hex(16),
            ok=True,
            code="done",
            detail="gate probe broker: an answer to no command",
            ts=Utc(time.time()),
        )
        began = time.monotonic()
        link.publish(own.res, said.encode(), retain=False)
        why = news.wait("published", began + within_s)
        figures["publish_ms"] = _ms(began)
        # What the broker thinks of subscriptions comes before its receipt for what came later.
        refused = "; ".join(news.denied)
        found.append(
            DENIED.found(refused) if refused else good(DENIED.tested, f"{len(heard)} subscriptions")
        )
        if why == "":
            found.append(
                good(UNHEARD.tested, f"{own.res}, there and back {figures['publish_ms']} ms")
            )
        else:
            found.append(UNHEARD.found(f"{own.res}: {why or 'no receipt in time'}"))
    finally:
        link.close(with_will=False)


def _lasts(until: float | None, now: float, figures: dict[str, Any]) -> list[Finding]:
    if until is None:
        return []
    days = figures["certificate_days"] = round((until - now) / 86_400, 1)
    said = f"{days:g} days"
    return [good(ENDS.tested, said) if days > SOON_DAYS else ENDS.found(said)]


def _topics(lane: Config) -> Topics:
    site = lane.gate
    return topics(root=lane.mqtt.root, district=site.district, venue=site.venue, gate=site.id)


def _ms(since: float) -> float:
    return round(1000 * (time.monotonic() - since), 1)
