"""The one small file on the partition that every laptop shows, taken over by `gate provision`."""

from gate.provision.small_file import NAME, STORED, written
from tests.device.deb.expect import expect
from tests.device.deb.lane import CONFIG
from tests.device.deb.machine import Machine

BOM = b"\xef\xbb\xbf"
EX_CONFIG = 78
PASSWORD = "a word that nobody else reads"
SECRET = "/etc/gate/credentials/mqtt.password"


def good() -> bytes:
    """As a technician's laptop has it: with CRLF."""
    return written(
        device={"name": "gate-t01-a", "timezone": "Asia/Jakarta"},
        secrets={"keys": "keys.json", "mqtt_password": PASSWORD},
        gate={"id": "t01-a", "venue": "mall", "district": "jkt"},
        mqtt={"host": "broker.example", "user": "t01-a"},
        thermometer={"variant": "DCC"},
        turnstile={
            "relay": {"pin": 17, "active": "high"},
            "sensor_a": {"pin": 22, "active": "high", "pull": "up"},
            "sensor_b": {"pin": 23, "active": "high", "pull": "up"},
            "release": {"pin": 24, "active": "high", "pull": "up"},
        },
    )


def takes_a_small_file(machine: Machine, keys: str) -> None:
    """Wrong and half-written files change nothing; a good one is taken over, and its secrets off
    the card; a later one, with a BOM and without CRLF, is taken over as well."""
    card = machine.file("/boot/firmware")
    card.mkdir(parents=True)
    (card / "keys.json").write_text(keys, encoding="utf-8")
    small = card / NAME
    settings = machine.file(CONFIG)

    def provisioned(data: bytes, code: int = 0) -> str:
        small.write_bytes(data)
        machine.run("gate", "provision", code=code)
        return (card / "gate-provision.log").read_text(encoding="utf-8")

    said = provisioned(good().replace(b"relay =", b"rellay ="), EX_CONFIG)
    expect("rellay" in said and "line " in said, wanted=True)
    provisioned(good()[: len(good()) // 2], EX_CONFIG)
    expect(settings.exists(), wanted=False)

    provisioned(good())
    expect(machine.run("stat", "-c", "%U:%G %a", CONFIG).strip(), "root:gate 640")
    expect(machine.run("stat", "-c", "%U %a", SECRET).strip(), "root 600")
    expect(machine.file(SECRET).read_text(encoding="utf-8").strip(), PASSWORD)
    stored = small.read_bytes()
    expect((PASSWORD.encode() in stored, STORED.encode() in stored), (False, True))
    machine.run("gate", "check")

    before = settings.stat().st_mtime_ns
    provisioned(stored)
    expect(settings.stat().st_mtime_ns, before)

    provisioned(BOM + stored.replace(b"\r\n", b"\n").replace(b"t01-a", b"t02-b"))
    expect("t02-b" in settings.read_text(encoding="utf-8"), wanted=True)
    expect(machine.file(SECRET).read_text(encoding="utf-8").strip(), PASSWORD)

    before_bytes = settings.read_bytes()
    provisioned(stored.replace(b"mall", b"m\xff"), EX_CONFIG)
    expect(settings.read_bytes(), before_bytes)
    small.unlink()
