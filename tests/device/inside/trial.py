"""Runs in the guest, as root, by a unit of its own: does things to the lane and tells what it sees.

One line of JSON a step goes out over the second serial port; what is right is judged outside, by
tests/device/booted.py. It waits for events, each with an end, and the last line is `end`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from drivers.kernel_clock import Timex, adjtimex, read
from drivers.simulated.world import World

RELAY = 17
LANE = "gate.service"
CONFIG = Path("/etc/gate/gate.toml")
CREDENTIALS = Path("/etc/gate/credentials")
UNITS = Path("/run/systemd/system")
ANSWER = Path("/run/gate-clock/answer")

STATE = (
    *("ActiveState", "SubState", "Result", "StatusText", "MainPID", "NRestarts", "ExecMainStatus"),
    *("ExecStopPost", "WatchdogUSec", "ConditionResult", "NotifyAccess"),
)

DEVICES = {
    "camera": ("video4linux", "video"),
    "media": ("media", "video"),
    "heap": ("dma_heap", "video"),
    "bus": ("i2c", "i2c"),
    "pins": ("gpiochip", "gpio"),
    "memory": ("mem", "gate"),
    "disk": ("virtblk", "gate"),
}
"""Driver in /proc/devices, and a group that the daemon is in: whether it may is the unit's."""


def tell(step: str, **facts: object) -> None:
    out.write(json.dumps({"step": step, "at": round(monotonic(), 1), **facts}) + "\n")
    out.flush()


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def shown(unit: str, *names: str) -> dict[str, str]:
    lines = said("systemctl", "show", unit, f"--property={','.join(names)}").splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def until(seen: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until systemd shows it; that has no event that a script could wait for."""
    end = monotonic() + timeout_s
    while not seen():
        if monotonic() > end:
            return False
        sleep(0.5)
    return True


def state(unit: str = LANE) -> dict[str, str]:
    return shown(unit, *STATE)


def active(unit: str = LANE) -> bool:
    return state(unit)["ActiveState"] == "active"


def relay(since: int = 0) -> list[bool | None]:
    return [turned.level for turned in world.history(RELAY)[since:]]


def journal(since: str) -> list[str]:
    return said(
        "journalctl", "-u", LANE, "-o", "cat", "--no-pager", f"--since={since}"
    ).splitlines()


# --- the steps ------------------------------------------------------------------------------


def boot() -> None:
    ready = until(active, 240.0)
    ready_at = shown(LANE, "ActiveEnterTimestampMonotonic")
    attached = world.wait_for(lambda: world.attached() and world.level(RELAY) is False, 60.0)
    until(lambda: "open" in state()["StatusText"], 60.0)
    tell(
        "boot",
        ready=ready,
        attached=attached,
        ready_after_s=int(ready_at["ActiveEnterTimestampMonotonic"] or 0) / 1e6,
        lane=state(),
        shown=said("systemctl", "status", LANE, "--no-pager", "--lines=20"),
        after=shown(LANE, "After", "Wants", "Requires"),
        failed=said("systemctl", "--failed", "--plain", "--no-legend"),
        versions=said("systemctl", "--version").splitlines()[0],
        units={
            unit: state(unit)
            for unit in ("gate-setup.service", "gate-update.service", "gate-central.service")
        },
        timer=shown("gate-clock.timer", "ActiveState"),
        watchdog=said("systemctl", "show", "--property=RuntimeWatchdogUSec"),
        devices=sorted(str(it) for it in Path("/dev").glob("watchdog*")),
        journals=[
            any(Path(it).rglob("*.journal")) for it in ("/run/log/journal", "/var/log/journal")
        ],
    )


def provisioned() -> None:
    """What became of the file that the technician put on the card."""
    card, settings = Path("/boot/firmware"), (CONFIG, CREDENTIALS, CREDENTIALS / "mqtt.password")
    tell(
        "provisioned",
        mounted=said("findmnt", "-no", "FSTYPE,LABEL", str(card)).split(),
        log=(card / "gate-provision.log").read_text(),
        card=(card / "gate.toml").read_text(),
        firmware=(card / "config.txt").read_text(),
        host=said("hostname"),
        modes={str(it): said("stat", "-c", "%A %U:%G", str(it)) for it in settings},
        before_network=shown("gate-provision.service", "Before"),
    )


def process() -> None:
    pid = state()["MainPID"]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    mounts = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    tell(
        "process",
        status={
            name: status[name] for name in ("Uid", "CapBnd", "CapEff", "NoNewPrivs", "Seccomp")
        },
        root=[line.split()[5] for line in mounts if line.split()[4] == "/"],
        credentials=re.findall(
            r"CREDENTIALS_DIRECTORY=([^\0]*)", Path(f"/proc/{pid}/environ").read_text()
        ),
        uid=int(said("id", "-u", "gate")),
        memory=Path("/sys/fs/cgroup/system.slice/gate.service/memory.max").read_text().strip(),
        secrets={
            user: said(
                "runuser", "-u", user, "--", "cat", f"/run/credentials/{LANE}/gate_mqtt.password"
            )
            for user in ("nobody", "gate-central")
        },
    )


def probed(name: str, *, kept: bool) -> None:
    """The unit with a program in the place of the daemon that tries what it may."""
    text = Path("/usr/lib/systemd/system", LANE).read_text()
    text = re.sub(
        r"^(Exec|Restart|Watchdog|After|Wants|Condition).*\n", "", text, flags=re.MULTILINE
    )
    program = f"/opt/gate/current/bin/python {Path(__file__).with_name('probe.py')}"
    start = f"ExecStart={program} {' '.join(devices())}\nStandardOutput=file:/run/probe.json"
    UNITS.mkdir(parents=True, exist_ok=True)
    (UNITS / "gate-probe.service").write_text(text.replace("Type=notify", f"Type=oneshot\n{start}"))
    said("systemctl", "daemon-reload")
    Path("/run/probe.json").unlink(missing_ok=True)
    asked(kept=kept)
    failed = said("systemctl", "start", "gate-probe.service")
    found = Path("/run/probe.json").read_text() if not failed else "{}"
    tell(
        name,
        failed=failed,
        journal=said("journalctl", "-u", "gate-probe", "-n", "20", "-o", "cat"),
        **json.loads(found),
    )


def devices() -> list[str]:
    """A node of each driver, whether there is such a part or not: forbidden is EPERM."""
    known: dict[str, int] = {}
    for line in Path("/proc/devices").read_text().splitlines():
        number, _, driver = line.strip().partition(" ")
        if number.isdigit():
            known.setdefault(driver, int(number))
    nodes = []
    for name, (driver, group) in DEVICES.items():
        node = Path("/dev", f"probe-{name}")
        if not node.exists():
            kind = "b" if name == "disk" else "c"
            tell_if = said(
                "mknod", str(node), kind, str(known[driver]), "1" if name == "memory" else "0"
            )
            assert not tell_if, tell_if
            said("chown", f"root:{group}", str(node))
            node.chmod(0o660)
        nodes.append(str(node))
    return nodes


def asked(*, kept: bool) -> None:
    """Have a time service's word, or nobody's, and the timer's unit ask."""
    timex = Timex(modes=0x4, maxerror=1_000 if kept else 16_000_000)  # ADJ_MAXERROR
    assert adjtimex(timex) >= 0
    said("systemctl", "start", "gate-clock.service")


def clock() -> None:
    asked(kept=True)
    before = read(ANSWER)
    now = float(said("date", "+%s"))
    said("date", "-s", f"@{now + 3600:.0f}")
    heard = until(lambda: abs(read(ANSWER).zero - before.zero) > 3000, 30.0)
    tell(
        "clock",
        kept=before.kept,
        heard=heard,
        after=read(ANSWER).kept,
        unit=state("gate-clock.service"),
        log=said("journalctl", "-u", "gate-clock", "-o", "cat"),
    )


def doctor() -> None:
    """The examination as the daemon's user, in the daemon's sandbox, while the daemon runs."""
    before = state()
    done = subprocess.run(
        ["/usr/bin/gate", "doctor", "--inside", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    tell(
        "doctor",
        code=done.returncode,
        out=done.stdout,
        err=done.stderr,
        home=Path("/run/gate").is_dir(),
        before=before,
        after=state(),
    )


def hang() -> None:
    """A daemon that stands still: nothing in it can help itself."""
    before, turned, since = state(), len(world.history(RELAY)), said("date", "+%F %T")
    os.kill(int(before["MainPID"]), signal.SIGSTOP)
    began = monotonic()
    killed = until(lambda: state()["MainPID"] != before["MainPID"], 90.0)
    killed_s = monotonic() - began
    again = until(lambda: active() and state()["MainPID"] not in ("0", before["MainPID"]), 180.0)
    world.wait_for(lambda: world.level(RELAY) is False, 30.0)
    tell(
        "hang",
        killed=killed,
        killed_s=round(killed_s, 1),
        again=again,
        before=before,
        after=state(),
        relay=relay(turned),
        journal=journal(since),
    )


def misconfigured() -> None:
    turned, since = len(world.history(RELAY)), said("date", "+%F %T")
    CONFIG.write_bytes(CONFIG.read_bytes() + b"\n[nonsense]\n")
    said("systemctl", "restart", LANE)
    first = state()
    sleep(8.0)  # four times RestartSec=: that nothing happens has no event
    tell("misconfigured", first=first, later=state(), relay=relay(turned), journal=journal(since))


def without_secrets() -> None:
    aside = CREDENTIALS.with_name("aside")
    CREDENTIALS.rename(aside)
    probed("without secrets", kept=False)
    CREDENTIALS.mkdir(mode=0o700)
    probed("with an empty folder", kept=False)
    CREDENTIALS.rmdir()
    aside.rename(CREDENTIALS)


def central() -> None:
    said("systemctl", "start", "gate-central.service")
    started = until(lambda: "1 venue" in state("gate-central.service")["StatusText"], 90.0)
    tell(
        "central",
        started=started,
        unit=state("gate-central.service"),
        journal=said("journalctl", "-u", "gate-central", "-o", "cat", "-n", "30"),
    )
    said("systemctl", "stop", "gate-central.service")


def main() -> None:
    for name, step in STEPS.items():
        try:
            step()
        except Exception:
            tell(name, broken=traceback.format_exc(), journal=said("journalctl", "-b", "-n", "60"))
    tell("end")


STEPS: dict[str, Callable[[], None]] = {
    "boot": boot,
    "provisioned": provisioned,
    "process": process,
    "doctor": doctor,
    "hang": hang,
    "misconfigured": misconfigured,
    # From here on the lane is at rest, and leaves the emulated processor to others.
    "central": central,
    "probe": lambda: probed("probe", kept=True),
    "without secrets": without_secrets,
    "clock": clock,
}

if __name__ == "__main__":
    os.umask(0)  # the daemon, another user, joins the world
    shutil.rmtree("/run/world", ignore_errors=True)
    Path("/run/world").mkdir()
    with (
        Path(sys.argv[1]).open("w", encoding="utf-8") as out,
        World(Path("/run/world/wires.sock")) as world,
    ):
        main()
