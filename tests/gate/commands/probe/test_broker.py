"""`gate probe broker` at a real mosquitto: how far a gate gets, and where it ends."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint
from drivers.simulated.broker import Broker
from gate.acl import Place, acl
from tests.authority import Authority
from tests.gate.commands.probe.lanes import configured, probe, told
from tests.gate.configs import Changes

RIGHTS = acl([Place("pusat", "mall-t01", "t01-a")], root="aman", central="central")


def at(port: int, **more: object) -> Changes:
    return {"mqtt": {"host": "127.0.0.1", "port": port, **more}}


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Authority]]:
    """Mutual TLS, and the rights that the site's ACL gives."""
    folder = tmp_path_factory.mktemp("broker")
    authority = Authority(folder)
    certificate, key = authority.issue("broker")
    settings = [
        f"cafile {authority.certificate}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "use_identity_as_username true",
    ]
    broker = Broker(folder, acl=RIGHTS, settings=settings)
    broker.start()
    yield broker, authority
    broker.stop()


def certified(broker: Broker, authority: Authority, name: str) -> Changes:
    certificate, key = authority.issue(name)
    files = {"ca_file": authority.certificate, "cert_file": certificate, "key_file": key}
    return at(broker.port, **{what: str(path) for what, path in files.items()})


def test_a_gate_gets_through_with_its_own_certificate(
    secure: tuple[Broker, Authority], tmp_path: Path
) -> None:
    result = probe(
        "broker", "--json", "--config", configured(tmp_path, certified(*secure, "t01-a"))
    )

    answer = told(result)
    assert answer["codes"] == {"PROBE-BROKER-ENDS"}  # the test's certificates live for an hour
    assert answer["figures"]["tls"].startswith("TLSv1")
    assert answer["figures"]["publish_ms"] < 5000


def test_a_certificate_without_rights_may_not_say_anything(
    secure: tuple[Broker, Authority], tmp_path: Path
) -> None:
    result = probe(
        "broker", "--json", "--config", configured(tmp_path, certified(*secure, "stranger"))
    )

    assert "PROBE-BROKER-UNHEARD" in told(result)["codes"]


def test_another_authority_ends_at_tls(secure: tuple[Broker, Authority], tmp_path: Path) -> None:
    broker, _ = secure
    other = Authority(tmp_path)

    result = probe(
        "broker", "--json", "--config", configured(tmp_path, certified(broker, other, "t01-a"))
    )

    answer = told(result)
    assert answer["codes"] == {"PROBE-BROKER-TLS"}
    assert [it["level"] for it in answer["findings"]] == ["good", "good", "broken"]


def test_a_running_lane_stays_connected(tmp_path: Path) -> None:
    """Two with one client id would throw each other out."""
    with closing(Plain(tmp_path)) as plain:
        file = configured(tmp_path, at(plain.broker.port))
        result = probe("broker", "--json", "--config", file)

        assert told(result)["codes"] == set()
        assert plain.news.empty()


class Plain:
    """A broker without TLS, and a lane of that id on it."""

    def __init__(self, folder: Path) -> None:
        self.broker = Broker(folder)
        self.broker.start()
        self.news: SimpleQueue[str] = SimpleQueue()
        online: SimpleQueue[None] = SimpleQueue()
        self._lane = Mqtt(Endpoint("127.0.0.1", self.broker.port, "t01-a"))
        self._lane.start(
            subscriptions=(),
            on_connected=lambda: online.put(None),
            on_disconnected=self.news.put,
            on_message=lambda *_: None,
            on_published=lambda *_: None,
            on_denied=self.news.put,
            on_crash=lambda bug: self.news.put(repr(bug)),
        )
        online.get(timeout=10)

    def close(self) -> None:
        self._lane.close(with_will=False)
        self.broker.stop()


def test_a_port_where_nothing_listens_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    result = probe("broker", "--json", "--config", configured(tmp_path, at(port)))

    assert told(result)["codes"] == {"PROBE-BROKER-TCP"}


def test_a_host_that_says_nothing_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = configured(tmp_path, at(silent.getsockname()[1]))

        result = probe("broker", "--within", "1", "--json", "--config", file)

    answer = told(result)
    assert answer["codes"] == {"PROBE-BROKER-REFUSED"}


def test_a_name_that_nobody_knows_is_told(tmp_path: Path) -> None:
    file = configured(tmp_path, {"mqtt": {"host": "a" * 64 + ".invalid"}})  # no label is so long

    result = probe("broker", "--json", "--config", file)

    answer = told(result)
    assert answer["codes"] == {"PROBE-BROKER-NAME"}
    assert answer["findings"][0]["mend"].startswith("getent hosts aaaa")


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate\n")

    result = probe("broker", "--json", "--config", configured(tmp_path, at(1, ca_file="ca.pem")))

    assert told(result)["codes"] == {"PROBE-BROKER-FILES"}


def test_a_lane_that_reports_nowhere_is_told(tmp_path: Path) -> None:
    alone: Changes = {
        "mqtt": {"enabled": False},
        "store": {"acknowledged": False},
        "limit": {"standalone_capacity": 10},
    }

    result = probe("broker", "--config", configured(tmp_path, alone))

    assert result.exit_code == 1
    assert "reports nowhere" in result.stderr


def test_the_reason_of_a_refused_connection_is_told(tmp_path: Path) -> None:
    """A password that is not the one that the broker knows."""
    users = tmp_path / "users"
    command = ["mosquitto_passwd", "-b", "-c", str(users), "t01-a", "right"]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "mqtt.password").write_text("wrong\n")
    with Broker(tmp_path, settings=[f"password_file {users}"]) as broker:
        asked = {"user": "t01-a", "password_file": "mqtt.password"}
        changes = at(broker.port, **asked)
        result = probe("broker", "--json", "--config", configured(tmp_path, changes))

    answer = told(result)
    assert answer["codes"] == {"PROBE-BROKER-REFUSED"}
    assert "Not authorized" in answer["findings"][-1]["found"]
    assert "wrong" not in result.output
