"""Which broker a verb speaks to, and as whom: the options that such verbs share."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, MqttError, Tls
from gate.commands.configured import loaded
from gate.config import Config, read_secret

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="A gate's file: its broker and its place, where not given here."),
]
Host = Annotated[str | None, typer.Option(help="The broker's host.")]
Port = Annotated[int | None, typer.Option(help="Usually 1883, or 8883 with --ca.")]
Root = Annotated[str | None, typer.Option(help="First word of every topic.")]
District = Annotated[str | None, typer.Option(help="District of the venue.")]
Venue = Annotated[str | None, typer.Option(help="Venue of the gate.")]
User = Annotated[str | None, typer.Option(help="User name at the broker.")]
PasswordFile = Annotated[Path | None, typer.Option(help="File with its password in one line.")]
Ca = Annotated[Path | None, typer.Option(help="Certificate of the broker's authority: TLS.")]
Cert = Annotated[Path | None, typer.Option(help="Your certificate; its name is who you are.")]
CertKey = Annotated[Path | None, typer.Option("--cert-key", help="Its private key.")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a verb looks: a broker, and a part of its topics; None: all of them."""

    endpoint: Endpoint
    root: str = "aman"
    district: str | None = None
    venue: str | None = None


def place_of(
    config: Path | None,
    *,
    host: str | None,
    port: int | None,
    root: str | None,
    district: str | None,
    venue: str | None,
    user: str | None,
    password_file: Path | None,
    ca: Path | None,
    cert: Path | None,
    cert_key: Path | None,
) -> Place:
    """What the options say, and the file where they say nothing.

    The name at the broker is one that nobody has, and nothing is left behind there.
    """
    place = _of_file(config)
    if cert is not None and cert_key is None:
        raise typer.BadParameter("a certificate needs its private key", param_hint="--cert-key")
    ours = {
        "host": host,
        "port": port or (8883 if ca and config is None else None),
        "user": user,
        "password": _password(password_file),
        "tls": None if ca is None else Tls(ca, cert, cert_key),
    }
    given = {name: value for name, value in ours.items() if value is not None}
    return Place(
        replace(place.endpoint, **given),  # type: ignore[arg-type] # each of its own type
        root=root or place.root,
        district=district or place.district,
        venue=venue or place.venue,
    )


def link_to(place: Place) -> Mqtt:
    """A link that is not started yet; ends the verb where its files cannot be used."""
    try:
        return Mqtt(place.endpoint, retry_first_s=0.5, retry_longest_s=10.0)
    except MqttError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def place_of_lane(lane: Config) -> Place:
    """Its broker, as the lane knows it. Raises OSError or ValueError where the password is none."""
    broker = lane.mqtt
    endpoint = replace(
        _nobody(),
        host=broker.host,
        port=broker.port,
        version="5" if broker.protocol == 5 else "3.1.1",
        user=broker.user,
        password=None if broker.password_file is None else read_secret(broker.password_file),
        tls=Tls(broker.ca_file, broker.cert_file, broker.key_file) if broker.ca_file else None,
    )
    return Place(endpoint, broker.root, lane.gate.district, lane.gate.venue)


def _of_file(config: Path | None) -> Place:
    if config is None:
        return Place(_nobody())
    lane = loaded(config)
    try:
        return place_of_lane(lane)
    except (OSError, ValueError) as error:
        file = lane.mqtt.password_file
        raise typer.BadParameter(f"{file}: {error}", param_hint="--config") from error


def _nobody() -> Endpoint:
    """A name at the broker that nobody has, and that leaves nothing behind there."""
    return Endpoint("localhost", 1883, f"look-{secrets.token_hex(4)}", session_expiry_s=0)


def _password(file: Path | None) -> str | None:
    try:
        return None if file is None else read_secret(file)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--password-file") from error
