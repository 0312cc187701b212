"""The guest: Debian's kernel and systemd on an emulated machine, with the gate installed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

from tests.device.root import debian, fat, image, unpacked, within

ROOT = Path(__file__).parents[2]
INSIDE = Path(__file__).parent / "inside"

BOOTED_S = 1200.0
"""The whole trial, at most: it takes a third of it where nothing else runs."""

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "udev", "kmod", "linux-image-amd64", "adduser"),
    *("python3", "python3-venv", "python3-numpy", "python3-pil", "libzbar0t64", "mosquitto"),
)

_MODULES = "virtio_blk ext4 crc32c_generic"
HOOKS = (
    # Only what this machine needs: the emulated processor unpacks it at each boot.
    'echo MODULES=list > "$1/etc/initramfs-tools/conf.d/device"',
    f'printf "%s\\n" {_MODULES} >> "$1/etc/initramfs-tools/modules"',
    'chroot "$1" update-initramfs -u',
)

SECRET = "open sesame"
_FILES = {
    "etc/hostname": "raspberrypi\n",
    "etc/fstab": "/dev/vda / ext4 defaults 0 0\nLABEL=bootfs /boot/firmware vfat defaults 0 0\n",
    "etc/mosquitto/conf.d/gate.conf": "listener 1883 127.0.0.1\nallow_anonymous false\n"
    "password_file /etc/mosquitto/passwords\n",
    # A camera, and a watchdog that Debian does not load by itself.
    "etc/modules-load.d/trial.conf": "vivid\ni6300esb\n",
}
_RESTARTING = "reboot: Restarting system"  # kernel/reboot.c
_SPARED = "systemd.condition-needs-update=no"
_QUIET = ("e2scrub_all.timer", "apt-daily.timer", "apt-daily-upgrade.timer", "getty@tty1.service")


def installed(package: Path, cache: Path, folder: Path) -> Path:
    """The root of a device with the package on it and the lane of the trial. Root only."""
    root = unpacked(debian(cache, PACKAGES, HOOKS), folder / "root")
    shutil.copy(package, root / "gate.deb")
    within(root, "dpkg", "--install", "/gate.deb")
    (root / "gate.deb").unlink()
    _configured(root)
    return root


def _configured(root: Path) -> None:
    """What a technician would write, and the trial."""
    settings, trial, card = root / "etc/gate", root / "opt/trial", root / "boot/firmware"
    shutil.copytree(INSIDE, trial)
    card.mkdir()
    shutil.copy(INSIDE / "gate.toml", card)
    (card / "config.txt").write_bytes(b"# the firmware's\r\n")
    demo = ("--private", "/root/demo.jwk", "--public", "/boot/firmware/keys.json")
    within(root, "gate", "pass", "keygen", "demo", *demo)
    shutil.copy(INSIDE / "central.toml", settings)
    _secret(settings / "credentials/central.password", SECRET)
    _secret(root / "root/ani", "ani sees all of the mall")
    within(root, "gate", "central", "user", "ani", "--password-file", "/root/ani")
    within(root, "chown", "-R", "gate-central:", "/var/lib/gate-central")
    passwords = root / "etc/mosquitto/passwords"
    for user in ("t01-a", "central"):
        options = ["-b"] if passwords.exists() else ["-b", "-c"]
        within(root, "mosquitto_passwd", *options, "/etc/mosquitto/passwords", user, SECRET)
    within(root, "chown", "mosquitto:", "/etc/mosquitto/passwords")
    for name, text in _FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    shutil.move(trial / "trial.service", root / "etc/systemd/system/trial.service")
    within(root, "systemctl", "enable", "trial.service")
    within(root, "systemctl", "mask", *_QUIET)


def _secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(f"{text}\n", encoding="utf-8")


def booted(root: Path, folder: Path) -> dict[str, Any]:
    """What the trial tells of each step, once the guest has powered itself off.

    The root is gone afterwards. What stays in the folder is what the guest said.
    """
    console, facts = folder / "console.log", folder / "facts.jsonl"
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    (initrd,) = (root / "boot").glob("initrd.img-*")
    started = [shutil.copy(kernel, folder / "kernel"), shutil.copy(initrd, folder / "initrd")]
    disks = [
        image(root, folder / "disk.img", 3000),
        fat(root / "boot/firmware", folder / "card.img", "bootfs", 64),
    ]
    shutil.rmtree(root)
    machine = "-M q35 -accel tcg -cpu max -smp 2 -m 1024 -nodefaults"
    parts = "-display none -nic none -device i6300esb -watchdog-action none"
    command = [
        *("nice", "qemu-system-x86_64", *machine.split(), *parts.split()),
        *("-serial", f"file:{console}", "-serial", f"file:{facts}"),
        *("-kernel", started[0], "-initrd", started[1]),
        *("-append", f"root=/dev/vda rw console=ttyS0 quiet mitigations=off {_SPARED}"),
    ]
    for disk in disks:
        command += ["-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"]
    try:
        subprocess.run(command, check=True, timeout=BOOTED_S, capture_output=True)
    except subprocess.TimeoutExpired:
        _tell_why(console, facts, f"the guest did not end within {BOOTED_S:.0f} s")
    finally:
        for file in (*disks, *started):
            Path(file).unlink()
    told = [json.loads(line) for line in facts.read_text(encoding="utf-8").splitlines() if line]
    if not told or told[-1]["step"] != "end":
        _tell_why(console, facts, "the guest ended before its trial")
    restarts = console.read_text(encoding="utf-8", errors="replace").count(_RESTARTING)
    return {fact["step"]: fact for fact in told} | {"console": {"restarts": restarts}}


def _tell_why(console: Path, facts: Path, what: str) -> NoReturn:
    said = (file.read_text(encoding="utf-8", errors="replace")[-4000:] for file in (console, facts))
    raise AssertionError("\n".join([what, *said])) from None
