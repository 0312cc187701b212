import os
import resource
import stat
from pathlib import Path

import pytest

from gate.durable import Disk, owner_of


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_a_file_is_replaced_whole_with_its_mode(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text("old")
    (tmp_path / "gate.toml.new").write_text("half of what a power cut left")
    disk.write(path, b"new", mode=0o640)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(disk: Disk, tmp_path: Path) -> None:
    path = tmp_path / "there" / "gate.toml"
    with pytest.raises(FileNotFoundError):
        disk.write(path, b"new")
    path.parent.mkdir()
    path.mkdir()
    with pytest.raises(OSError, match=r"gate\.toml"):
        disk.write(path, b"new")
    assert path.is_dir()


def test_a_disk_that_is_full_keeps_the_old_file_and_no_half_of_the_new_one(
    disk: Disk, tmp_path: Path
) -> None:
    path = tmp_path / "mqtt.password"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            disk.write(path, b"a new secret" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_text() == "old"


def test_a_link_points_elsewhere_in_one_step(disk: Disk, tmp_path: Path) -> None:
    link = tmp_path / "current"
    for release in ("1", "2"):
        (tmp_path / release).mkdir()
        disk.link(link, Path(release))
        assert link.readlink() == Path(release)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "current"]


def test_folders_above_are_made_and_one_that_is_there_stays(disk: Disk, tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "gate" / "credentials"
    disk.make_folder(folder, mode=0o700)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    disk.make_folder(folder, mode=0o777)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_goes_with_all_that_is_in_it(disk: Disk, tmp_path: Path) -> None:
    folder = tmp_path / "1"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "module.py").touch()
    (tmp_path / "current").symlink_to("1")
    (tmp_path / "1.new").mkdir()  # an earlier removal that was cut
    (tmp_path / "1.new" / "rest").touch()
    disk.remove(tmp_path / "current")
    assert folder.is_dir()
    disk.sync(tmp_path)
    disk.remove(folder)
    disk.remove(folder)
    assert [*tmp_path.iterdir()] == []


def test_root_leaves_a_file_its_owners(tmp_path: Path) -> None:
    mine = (os.getuid(), os.getgid()) if os.geteuid() == 0 else None
    assert owner_of(tmp_path) == mine
    assert owner_of(tmp_path / "nothing") is None
