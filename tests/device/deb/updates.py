"""Signed updates on the machine: one that works, one that does not, and back by hand."""

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from gate.commands.simulate.lane import wait_until
from tests.device.deb.expect import PromiseError, expect
from tests.device.deb.lane import Lane
from tests.device.deb.machine import Machine
from tests.device.root import done

SOURCE = Path(__file__).parent.parent.parent.parent
SYSTEMCTL = "/usr/local/sbin/systemctl"
STAND_IN = """#!/bin/sh
# One service, as much of systemd as an update asks for.
pid=$(cat /run/gate-pid 2>/dev/null)
# What has ended and nobody has asked for (Z) runs no more.
runs() { [ -n "$pid" ] && grep -qs '^State:.[^Z]' "/proc/$pid/status"; }
case "$1 $2" in
"show gate.service")
    state=inactive
    [ -n "$pid" ] && state=failed
    runs && state=active
    printf 'ActiveState=%s\\nNRestarts=0\\nWatchdogUSec=4s\\n' $state ;;
show*) echo ActiveState=inactive ;;
"stop gate.service")
    if runs; then kill "$pid"; while runs; do sleep 0.1; done; fi
    rm -f /run/gate-pid ;;
start*)
    setpriv --reuid=gate --regid=gate --init-groups /usr/bin/gate run \
        </dev/null >>/var/log/gate-run.log 2>&1 &
    echo $! >/run/gate-pid ;;
esac
"""
SOON_S = 30.0


def updates_and_comes_back(machine: Machine, lane: Lane, wheels: Path, scratch: Path) -> None:
    """A signed release is tried and kept; one that ends at its start is not; a rollback is."""
    old = in_use(machine)
    version = wheels.name.partition("-")[2]
    *numbers, last = version.split(".")
    worse = ".".join((*numbers, str(int(last) + 1)))
    key = _keys(machine, scratch)
    good = _bundle(wheels, version, key, scratch)
    bad = _bundle(_broken(wheels, worse, scratch), worse, key, scratch)
    stand_in = machine.file(SYSTEMCTL)
    stand_in.write_text(STAND_IN, encoding="utf-8")
    stand_in.chmod(0o755)
    try:
        machine.run(SYSTEMCTL, "start", network=True)
        _serves(lane, old)
        machine.run("gate", "update", machine.bring(good), "--here", network=True)
        _serves(lane, version)
        said = machine.run("gate", "update", machine.bring(bad), "--here", network=True, code=1)
        if in_use(machine) != version:
            raise PromiseError(said)
        _serves(lane, version)
        machine.run("gate", "rollback", "--here", network=True)
        _serves(lane, old)
    finally:
        machine.run(SYSTEMCTL, "stop", "gate.service")
        stand_in.unlink()
    expect(machine.file("/opt/gate/releases/" + worse).exists(), wanted=False)


def in_use(machine: Machine) -> str:
    """The release that the wrapper starts."""
    return machine.file("/opt/gate/current").readlink().name


def _serves(lane: Lane, version: str) -> None:
    if not wait_until(lane.answers, SOON_S):
        raise PromiseError("the lane does not answer")
    lane.is_version(version)
    lane.lets_in(1)


def _keys(machine: Machine, scratch: Path) -> Path:
    private, public = scratch / "releases.jwk", scratch / "update-keys.json"
    _gate("release", "keygen", "r1", "--private", str(private), "--public", str(public))
    shutil.copy(public, machine.file("/etc/gate/update-keys.json"))
    return private


def _bundle(wheels: Path, version: str, key: Path, scratch: Path) -> Path:
    _gate(
        *("release", "make", str(wheels), "--version", version, "--key", str(key)),
        *("--arch", _arch(), "--out", str(scratch)),
    )
    return scratch / f"aman-gate-{version}-{_arch()}.gateup"


def _broken(wheels: Path, version: str, scratch: Path) -> Path:
    """The same as another version, whose daemon ends at its start and whose tools are sound."""
    folder = scratch / "broken"
    shutil.copytree(wheels, folder)
    (wheel,) = folder.glob("aman_gate-*.whl")
    old = wheel.name.split("-")[1]
    with (
        zipfile.ZipFile(wheel) as before,
        zipfile.ZipFile(folder / wheel.name.replace(old, version), "w") as after,
    ):
        for name in before.namelist():
            data = before.read(name)
            if name.endswith("/METADATA"):
                data = re.sub(rb"(?m)^Version: .*$", f"Version: {version}".encode(), data, count=1)
            if name.endswith("/RECORD"):
                data = data.replace(f"-{old}.dist".encode(), f"-{version}.dist".encode())
            if name == "gate/commands/run.py":
                data = b'"""Broken."""\n\nraise SystemExit("it does not start")\n'
            after.writestr(name.replace(f"-{old}.dist", f"-{version}.dist"), data)
    wheel.unlink()
    spec = importlib.util.spec_from_file_location("wheels", SOURCE / "config/debian/wheels.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write_lock(folder / "requirements.lock", module.contents(folder))
    return folder


def _gate(*words: str) -> None:
    done([sys.executable, "-m", "gate", *words])


def _arch() -> str:
    return subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
