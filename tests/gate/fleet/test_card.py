"""A device's folder onto its card, and which of the mounted volumes is a card."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gate.durable import Disk
from gate.fleet.card import CardError, write
from gate.fleet.volumes import Volume, VolumeError, the_one, volumes_in, volumes_on_a_mac


def gate_toml(gate: str) -> str:
    return f'[gate]\nid = "{gate}"\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "devices" / "t01-a"
    folder.mkdir(parents=True)
    (folder / "gate.toml").write_text(gate_toml("t01-a"))
    for name in ("ca.pem", "gate.pem", "gate.key", "keys.json"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "bootfs"
    folder.mkdir()
    (folder / "config.txt").write_text("dtparam=i2c_arm=on\n")
    (folder / "kernel8.img").write_text("kernel")
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_files_are_on_the_card_and_what_was_there_too(source: Path, card: Path) -> None:
    written = write(source, card, "t01-a", disk=Disk())
    assert names(card) == names(source) | {"config.txt", "kernel8.img"}
    assert set(written.files) == names(source)
    assert written.taken_out == ()
    assert stat.S_IMODE((card / "gate.key").stat().st_mode) == 0o600  # where it is no FAT
    assert all((card / name).read_bytes() == (source / name).read_bytes() for name in names(source))


def test_what_a_power_cut_left_beside_the_files_stays_off_the_card(
    source: Path, card: Path
) -> None:
    wanted = names(source)
    for name in ("gate.toml.new", "gate.key.new", "._gate.toml", ".DS_Store"):
        (source / name).write_text("a secret")
    write(source, card, "t01-a", disk=Disk())
    assert names(card) == wanted | {"config.txt", "kernel8.img"}


def test_the_small_file_comes_last(source: Path, card: Path) -> None:
    order = []

    class Watched(Disk):
        def write(self, path: Path, data: bytes, *more: Any, **named: Any) -> None:
            order.append(path.name)
            super().write(path, data, *more, **named)

    write(source, card, "t01-a", disk=Watched())
    assert order[-1] == "gate.toml"


def test_the_same_gate_again_needs_no_permission(source: Path, card: Path) -> None:
    (card / "gate.toml").write_text("\ufeff" + gate_toml("t01-a").replace("\n", "\r\n"))
    (card / "gate.csr").write_text("its own")
    write(source, card, "t01-a", disk=Disk())
    assert (card / "gate.csr").read_text() == "its own"


@pytest.mark.parametrize("there", [gate_toml("t09-b"), "[gate", "[gate]\n", "gate = 1\n"])
def test_another_gates_card_is_left_as_it_is(source: Path, card: Path, there: str) -> None:
    (card / "gate.toml").write_text(there)
    before = names(card)
    with pytest.raises(CardError, match="--replace"):
        write(source, card, "t01-a", disk=Disk())
    assert names(card) == before
    assert (card / "gate.toml").read_text() == there


def test_what_only_the_other_gate_could_use_makes_room(source: Path, card: Path) -> None:
    (card / "gate.toml").write_text(gate_toml("t09-b"))
    for name in ("gate.csr", "gate.crt", "gate.key", "notes.txt"):
        (card / name).write_text("of t09-b")
    written = write(source, card, "t01-a", disk=Disk(), replace=True)
    assert set(written.taken_out) == {"gate.csr", "gate.crt"}
    assert (card / "gate.key").read_text() == "gate.key"
    assert (card / "notes.txt").read_text() == "of t09-b"
    assert (card / "gate.toml").read_text() == gate_toml("t01-a")


@pytest.mark.parametrize("missing", ["config.txt", "kernel8.img"])
def test_what_is_no_boot_partition_is_left_as_it_is(source: Path, card: Path, missing: str) -> None:
    (card / missing).unlink()
    before = names(card)
    with pytest.raises(CardError, match="no boot partition"):
        write(source, card, "t01-a", disk=Disk())
    assert names(card) == before


def test_a_full_card_is_left_as_it_is(source: Path, card: Path) -> None:
    with pytest.raises(CardError, match="1024 KiB free"):
        write(source, card, "t01-a", disk=Disk(), free_on=lambda _card: 2**20)
    assert "gate.toml" not in names(card)


def test_a_card_that_forgets_is_noticed(source: Path, card: Path) -> None:
    class WornOut(Disk):
        def write(self, path: Path, data: bytes, *more: Any, **named: Any) -> None:
            super().write(path, data[:-1] + b"?", *more, **named)

    with pytest.raises(CardError, match="reads otherwise"):
        write(source, card, "t01-a", disk=WornOut())


# --- which volume ----------------------------------------------------------------------------


def listed(*children: dict[str, Any]) -> str:
    disk = {"path": "/dev/sda", "label": None, "mountpoint": None, "children": [*children]}
    return json.dumps({"blockdevices": [disk, {"path": "/dev/loop0", "label": None}]})


def boot(device: str, at: str | None) -> dict[str, Any]:
    return {"path": device, "label": "bootfs", "mountpoint": at}


ROOT = {"path": "/dev/sda2", "label": "rootfs", "mountpoint": "/media/me/rootfs"}


def test_the_card_is_found_by_its_label() -> None:
    found = volumes_in(listed(boot("/dev/sda1", "/media/me/bootfs"), ROOT))
    assert found == [Volume("/dev/sda1", Path("/media/me/bootfs"))]
    assert the_one(found) == Path("/media/me/bootfs")


def test_a_mac_mounts_it_among_its_volumes() -> None:
    folders = [Path("/Volumes/Macintosh HD"), Path("/Volumes/bootfs"), Path("/Volumes/bootfsx")]
    assert the_one(volumes_on_a_mac(folders)) == Path("/Volumes/bootfs")
    two = [*folders, Path("/Volumes/bootfs 1")]
    with pytest.raises(VolumeError, match="/Volumes/bootfs and /Volumes/bootfs 1"):
        the_one(volumes_on_a_mac(two))


@pytest.mark.parametrize(
    ("children", "why"),
    [
        ([ROOT], "no volume with the label bootfs is mounted. Flash"),
        (
            [boot("/dev/sda1", None)],
            r"\(/dev/sda1\), but not mounted.*udisksctl mount -b /dev/sda1",
        ),
        (
            [boot("/dev/sda1", "/media/me/bootfs"), boot("/dev/sdb1", "/media/me/bootfs1")],
            "2 cards: /media/me/bootfs and /media/me/bootfs1",
        ),
        ([boot("/dev/mmcblk0p1", "/boot/firmware")], "own boot partition is not meant"),
    ],
    ids=["none", "not mounted", "two", "its own"],
)
def test_no_card_or_two_are_named(children: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(VolumeError, match=why):
        the_one(volumes_in(listed(*children)))


def test_a_raspberry_pi_that_writes_a_card_does_not_write_its_own() -> None:
    found = volumes_in(listed(boot("/dev/mmcblk0p1", "/boot/firmware"), boot("/dev/sda1", "/mnt")))
    assert the_one(found) == Path("/mnt")
