"""How far a connection comes, at a real mosquitto that refuses in each way."""

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from drivers.mqtt_endpoint import Endpoint, Tls
from drivers.mqtt_probe import Outcome, probe
from drivers.simulated.broker import Broker
from tests.authority import Authority

RIGHT, WRONG = "right", "wrong"
TOPIC = "aman/v1/pusat/mall/g/t01-a/res"


def at(broker: Broker) -> Endpoint:
    return Endpoint(broker.host, broker.port, "look-1", session_expiry_s=0)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Broker]:
    """Knows one user, who may speak on the topics of one gate."""
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "t01-a", RIGHT], check=True)
    with Broker(
        tmp_path,
        acl="user t01-a\ntopic write aman/v1/pusat/mall/g/t01-a/#\n",
        settings=["allow_anonymous false", f"password_file {users}"],
    ) as broker:
        yield broker


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def encrypted(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    """Speaks TLS, and wants a certificate of its own authority."""
    cert, key = authority.issue("broker")
    with Broker(
        tmp_path,
        acl="pattern write aman/v1/pusat/mall/g/%u/#\n",
        settings=[
            f"cafile {authority.certificate}",
            f"certfile {cert}",
            f"keyfile {key}",
            "require_certificate true",
            "use_identity_as_username true",
        ],
    ) as broker:
        yield broker


def test_a_broker_that_takes_everybody(broker: Broker) -> None:
    assert probe(at(broker), topic=TOPIC).outcome is Outcome.TAKEN


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_wrong_password_is_told_from_missing_rights(
    version: Literal["5", "3.1.1"], strict: Broker
) -> None:
    endpoint = replace(at(strict), version=version, user="t01-a", password=RIGHT)

    assert probe(endpoint, topic=TOPIC).outcome is Outcome.TAKEN
    assert probe(replace(endpoint, password=WRONG)).outcome is Outcome.PASSWORD
    assert probe(replace(endpoint, user=None, password=None)).outcome is Outcome.PASSWORD
    denied = probe(endpoint, topic=TOPIC.replace("t01-a", "t01-b"))
    # MQTT 3.1.1 has no word for it: what may not be said is dropped in silence.
    assert denied.outcome is (Outcome.FORBIDDEN if version == "5" else Outcome.TAKEN)


def test_tls_on_one_side_alone_is_told_as_such(
    broker: Broker, encrypted: Broker, authority: Authority
) -> None:
    tls = Tls(authority.certificate)

    assert probe(replace(at(broker), tls=tls)).outcome is Outcome.TLS
    plain = probe(at(encrypted))
    assert (plain.outcome, "does it want TLS?" in plain.why) == (Outcome.TLS, True)


def test_a_certificate_of_another_authority_is_tls(
    encrypted: Broker, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "others").mkdir()
    other = Authority(tmp_path / "others")
    good, strange = authority.issue("t01-a"), other.issue("t01-a")

    ours = probe(replace(at(encrypted), tls=Tls(authority.certificate, *good)), topic=TOPIC)
    theirs = probe(replace(at(encrypted), tls=Tls(other.certificate, *good)))
    unknown = probe(replace(at(encrypted), tls=Tls(authority.certificate, *strange)))

    assert (ours.outcome, theirs.outcome, unknown.outcome) == (
        Outcome.TAKEN,
        Outcome.TLS,
        Outcome.TLS,
    )


def test_a_certificate_of_another_gate_may_not_speak(
    encrypted: Broker, authority: Authority
) -> None:
    tls = Tls(authority.certificate, *authority.issue("t01-b"))

    assert probe(replace(at(encrypted), tls=tls), topic=TOPIC).outcome is Outcome.FORBIDDEN


def test_nobody_listens(tmp_path: Path) -> None:
    refused = probe(at(Broker(tmp_path)))  # it is not started

    assert (refused.outcome, "nothing listens" in refused.why) == (Outcome.REFUSED, True)


def test_who_takes_the_connection_and_says_nothing_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = Endpoint("127.0.0.1", mute.getsockname()[1], "look-1")

        assert probe(endpoint, timeout_s=0.1).outcome is Outcome.UNREACHABLE


def test_a_name_that_nobody_has() -> None:
    endpoint = Endpoint("no.such.host.invalid", 1883, "look-1")

    assert probe(endpoint).outcome is Outcome.NO_NAME


def test_files_of_ours_that_are_none(tmp_path: Path) -> None:
    endpoint = Endpoint("127.0.0.1", 8883, "look-1", tls=Tls(tmp_path / "ca.pem"))

    assert probe(endpoint).outcome is Outcome.FILES
