"""Where the broker is and how we introduce ourselves: the settings of a link, and a paho client
made from them. No thread, no state.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

LARGEST_PACKET = 256 * 1024
"""Bytes that we let the broker send in one packet (MQTT 5)."""


class MqttError(Exception):
    """The settings cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when we are gone without a goodbye."""

    topic: str
    payload: bytes
    delay_s: int = 25
    """Seconds that the broker waits for us to come back (MQTT 5 only)."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM; `cert` and `key` are for mutual TLS."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One broker, and who we are there."""

    host: str
    port: int
    client_id: str
    """Unique over the whole broker: the gate's id. Two with the same id throw each other out."""
    will: Will | None = None
    version: Literal["5", "3.1.1"] = "5"
    keepalive_s: int = 30
    """A dead link is found after one to two of these."""
    session_expiry_s: int = 7 * 86400
    """How long the broker keeps our subscriptions, and what comes for them, when we are gone.

    0: not at all; who only looks in leaves nothing behind.
    """
    connect_timeout_s: float = 5.0
    user: str | None = None
    password: str | None = None
    tls: Tls | None = None


def tls_context(tls: Tls) -> ssl.SSLContext:
    """The TLS settings with their files read. Raises MqttError where a file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        # Python 3.13 refuses an authority without key usage, which is what openssl makes of a small
        # site's own unless it is told otherwise; one certificate is to do on every system.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if tls.cert is not None:
            context.load_cert_chain(tls.cert, tls.key)
    except OSError as error:  # ssl.SSLError is one, too
        raise MqttError(f"TLS files {tls.ca}, {tls.cert}, {tls.key}: {error}") from error
    return context


def new_client(endpoint: Endpoint, tls: ssl.SSLContext | None) -> Client:
    """A paho client that has not connected yet and has no callbacks."""
    mqtt5 = endpoint.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=endpoint.client_id,
        clean_session=None if mqtt5 else endpoint.session_expiry_s == 0,
        protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,  # else paho tries MQTT 3.1 by itself when it is refused
    )
    client.connect_timeout = endpoint.connect_timeout_s
    if endpoint.user is not None:
        client.username_pw_set(endpoint.user, endpoint.password)
    if tls is not None:
        client.tls_set_context(tls)
    if endpoint.will is not None:
        _set_will(client, endpoint.will, mqtt5=mqtt5)
    return client


def _set_will(client: Client, will: Will, *, mqtt5: bool) -> None:
    delay = _properties(PacketTypes.WILLMESSAGE, WillDelayInterval=will.delay_s)
    client.will_set(
        will.topic,
        will.payload,
        qos=1,
        retain=True,
        properties=delay if mqtt5 and will.delay_s else None,
    )


def connect(client: Client, endpoint: Endpoint) -> None:
    """Open the socket and send CONNECT; waits for the network. Raises OSError."""
    if endpoint.version == "3.1.1":
        client.connect(endpoint.host, endpoint.port, keepalive=endpoint.keepalive_s)
    else:
        properties = _properties(
            PacketTypes.CONNECT,
            SessionExpiryInterval=endpoint.session_expiry_s,
            MaximumPacketSize=LARGEST_PACKET,
        )
        client.connect(
            endpoint.host,
            endpoint.port,
            keepalive=endpoint.keepalive_s,
            clean_start=False,
            properties=properties,
        )
    if isinstance(opened := client.socket(), socket.socket):
        # Else an event waits until the broker's TCP has acknowledged the one before: up to 40 ms.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _properties(packet: int, **values: int) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
