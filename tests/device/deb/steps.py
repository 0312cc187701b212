"""What the package promises, one function a promise; each raises where it is broken."""

import re
import shutil
from pathlib import Path

from tests.device.deb.expect import PromiseError, expect
from tests.device.deb.lane import CONFIG, Lane
from tests.device.deb.machine import Machine, control_field
from tests.device.deb.updates import in_use
from tests.device.root import done

RELEASES = "/opt/gate/releases"
CURRENT = "/opt/gate/current"
PYTHON = f"{CURRENT}/bin/python"
ENABLED = {
    "multi-user.target.wants/gate.service",
    "multi-user.target.wants/gate-provision.service",
    "multi-user.target.wants/gate-setup.service",
    "multi-user.target.wants/gate-setup-code.path",
    "multi-user.target.wants/gate-update.service",
    "timers.target.wants/gate-clock.timer",
}
IMPORT_ALL = """
from importlib import import_module
from pkgutil import walk_packages
import adafruit_extended_bus, adafruit_mlx90614, numpy, PIL
for part in (numpy, PIL):
    assert part.__file__.startswith("/usr/lib/python3/dist-packages"), part.__file__
for package in ("gate", "drivers"):
    for module in walk_packages(import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
"""
OURS = re.compile(r"aman.?gate|(^|/)gate([-./]|$)", re.IGNORECASE)
"""Whatever bears our name."""


def comes_with_what_it_needs_from_debian(machine: Machine, package: Path) -> set[str]:
    """Installs its dependencies alone; what is on the machine then."""
    machine.satisfy(control_field(package, "Depends"))
    for compiler in ("gcc", "cc", "make", "pip"):
        machine.run("sh", "-c", f"command -v {compiler}", code=127)
    return machine.paths()


def installs_offline(machine: Machine, package: Path) -> None:
    """No network, no compiler; then every module of ours finds all that it imports."""
    machine.run("dpkg", "--install", machine.bring(package))
    expect(in_use(machine), version_of(package))
    machine.run(PYTHON, "-I", "-c", IMPORT_ALL)
    expect("Usage: gate" in machine.run("gate", "--help"), wanted=True)


def is_ready_for_a_technician(machine: Machine) -> None:
    """Users, folders and services as the documents say; nothing runs without configuration."""
    groups = set(machine.run("id", "-nG", "gate").split())
    expect(groups >= {"gate", "video", "i2c", "gpio"}, wanted=True)
    expect(machine.run("stat", "-c", "%U %a", "/etc/gate/credentials").strip(), "root 700")
    links = machine.root / "etc/systemd/system"
    expect({name for name in ENABLED if (links / name).is_symlink()}, ENABLED)
    expect((links / "multi-user.target.wants/gate-central.service").is_symlink(), wanted=False)
    machine.run("gate", "check", code=78)
    writable = machine.run("find", "/opt/gate", "/usr/lib/aman-gate", "-not", "-type", "l",
                           "(", "-perm", "/022", "-o", "-not", "-user", "root", ")")  # fmt: skip
    expect(writable, "")


def serves(lane: Lane, people: int) -> None:
    """READY, signs of life, a party let in and counted; then it stops and the relay is safe."""
    lane.start()
    lane.lets_in(people)
    lane.stop()


def upgrades(machine: Machine, lane: Lane, package: Path) -> None:
    """The next version: settings and counts stay, the new code serves, the old is still there."""
    before, old = machine.file(CONFIG).read_bytes(), in_use(machine)
    machine.run("dpkg", "--install", machine.bring(package))
    expect(in_use(machine), version_of(package))
    expect(machine.file(CONFIG).read_bytes(), before)
    expect(machine.file(f"{RELEASES}/{old}/complete").exists(), wanted=True)
    lane.start()
    lane.is_version(version_of(package))
    lane.lets_in(2)
    lane.stop()


def refuses_an_altered_wheel(machine: Machine, package: Path, scratch: Path) -> None:
    """One byte more in one wheel: nothing is installed of it, and what was in use still is."""
    tree = scratch / "altered"
    done(["dpkg-deb", "--raw-extract", str(package), str(tree)])
    control = tree / "DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+altered", text), encoding="utf-8")
    (wheel,) = (tree / "usr/lib/aman-gate/wheels").glob("segno-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"\n")
    lock = tree / "usr/lib/aman-gate/wheels/requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8") + "\n", encoding="utf-8")  # made anew
    done(["dpkg-deb", "--build", "-Znone", str(tree), str(scratch / "altered.deb")])
    shutil.rmtree(tree)
    before = in_use(machine)
    said = machine.run("dpkg", "--install", machine.bring(scratch / "altered.deb"), code=1)
    if "the packages were not taken" not in said:
        raise PromiseError(said)
    expect(in_use(machine), before)
    machine.run("dpkg", "--install", machine.bring(package))
    expect(in_use(machine), before)


def goes_back(machine: Machine, lane: Lane, package: Path) -> None:
    """An older package on top: that version serves again, with every count."""
    machine.run("dpkg", "--install", machine.bring(package))
    expect(in_use(machine), version_of(package))
    serves(lane, 1)


def leaves_settings_when_removed(machine: Machine) -> None:
    """Program and releases go; settings, keys and counts stay."""
    kept = [CONFIG, "/etc/gate/keys.json", "/var/lib/gate/gate.db"]
    machine.run("dpkg", "--remove", "aman-gate")
    expect([path for path in kept if not machine.file(path).is_file()], [])
    expect(machine.file("/opt/gate").exists(), wanted=False)
    expect(machine.file("/usr/bin/gate").exists(), wanted=False)


def leaves_nothing_when_purged(machine: Machine, bare: set[str]) -> None:
    """As if it had never been there."""
    machine.run("dpkg", "--purge", "aman-gate")
    expect({path for path in machine.paths() - bare if OURS.search(path)}, set())
    expect(machine.run("find", "/etc", "/opt", "/usr", "/var", "-xdev", "-nouser"), "")
    accounts = machine.file("/etc/passwd").read_text(encoding="utf-8")
    expect("gate" in accounts, wanted=False)


def version_of(package: Path) -> str:
    """As Python writes it."""
    return control_field(package, "Version").replace("~", "")
