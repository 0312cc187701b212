import ast
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from gate.durable import Disk
from gate.releases.__main__ import main
from gate.releases.install import (
    BusyError,
    ReleaseError,
    activate,
    exclusive,
    install,
    prove,
    prune,
)
from gate.releases.layout import Layout, ordered, version_of
from tests.gate.releases.machine import Commands, CutDisk, Power, PowerCutError, wheels_in

ROOT = Path(__file__).parent.parent.parent.parent


def put(tmp_path: Path, version: str, power: Power | None = None, python: str = "3.13") -> str:
    """Make a release and bring it into use, as the Debian package does."""
    power = power or Power()
    disk = CutDisk(power)
    wheels = wheels_in(tmp_path / f"wheels-{version}", version)
    root = tmp_path / "device"
    with exclusive(Layout(root)):
        name = install(wheels, version, disk, Commands(power, python), root)
        activate(name, disk, root)
        prove(name, disk, root)
        prune(disk, root)
    return name


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "device")


def test_a_release_is_made_at_the_place_where_it_stays(layout: Layout, tmp_path: Path) -> None:
    commands = Commands(Power())
    wheels = wheels_in(tmp_path / "wheels", "0.1.0")
    assert install(wheels, "0.1.0", Disk(), commands, layout.root) == "0.1.0"
    venv, pip = commands.asked[1:]
    assert venv[-2:] == ("--system-site-packages", str(layout.folder("0.1.0")))
    assert str(layout.python("0.1.0")) in pip
    assert {"--no-index", "--no-deps", "--require-hashes", "--ignore-installed"} < {*pip}
    assert layout.in_use() is None
    activate("0.1.0", Disk(), layout.root)
    assert layout.current.readlink() == Path("releases/0.1.0")
    assert layout.python("0.1.0").is_file()


def test_the_same_release_is_made_once(layout: Layout, tmp_path: Path) -> None:
    put(tmp_path, "0.1.0")
    commands = Commands(Power())
    assert install(tmp_path / "wheels-0.1.0", "0.1.0", Disk(), commands, layout.root) == "0.1.0"
    assert len(commands.asked) == 1


def test_what_is_in_use_is_not_taken_apart_to_be_made_again(layout: Layout, tmp_path: Path) -> None:
    """After an upgrade of the system, a release whose Python is gone has to be made anew."""
    put(tmp_path, "0.1.0", python="3.11")
    assert put(tmp_path, "0.1.0", python="3.13") == "0.1.0~2"
    assert layout.in_use() == "0.1.0~2"
    assert layout.names() == ["0.1.0", "0.1.0~2"]
    assert version_of("0.1.0~2") == "0.1.0"


def test_a_current_release_without_its_mark_is_not_removed(layout: Layout, tmp_path: Path) -> None:
    put(tmp_path, "0.1.0")
    layout.complete("0.1.0").write_bytes(b"")
    assert layout.half_made() == []
    assert put(tmp_path, "0.1.0") == "0.1.0~2"
    assert layout.in_use() == "0.1.0~2"


@pytest.mark.parametrize("broken", ["venv", "pip", "-c"])
def test_a_release_that_cannot_be_made_leaves_nothing(
    layout: Layout, tmp_path: Path, broken: str
) -> None:
    wheels = wheels_in(tmp_path / "wheels", "0.1.0")
    with pytest.raises(ReleaseError, match=f"{broken} fails"):
        install(wheels, "0.1.0", Disk(), Commands(Power(), broken=broken), layout.root)
    assert layout.names() == []
    assert layout.half_made() == []


@pytest.mark.parametrize("version", ["", "1..2", "../1", "1.2.3.4.5", "1.0\n", "v1", "1" * 50])
def test_a_version_is_a_version(layout: Layout, tmp_path: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match="is no version"):
        install(tmp_path, version, Disk(), Commands(Power()), layout.root)


def test_versions_are_in_order() -> None:
    right = ["0.1", "0.1.1rc1", "0.1.1rc2", "0.1.1", "0.2", "0.10.0", "1", "1.0.0.1"]
    assert sorted(right, key=ordered) == right
    assert ordered("1.0") == ordered("1.0.0")


def test_half_made_releases_go(layout: Layout, tmp_path: Path) -> None:
    put(tmp_path, "0.1.0")
    (layout.folder("0.2.0") / "bin").mkdir(parents=True)
    (layout.releases / "0.0.9.new").mkdir()
    wheels = wheels_in(tmp_path / "wheels", "0.3.0")
    install(wheels, "0.3.0", Disk(), Commands(Power()), layout.root)
    assert sorted(path.name for path in layout.releases.iterdir()) == ["0.1.0", "0.3.0"]


def test_only_what_is_complete_comes_into_use(layout: Layout, tmp_path: Path) -> None:
    put(tmp_path, "0.1.0")
    (layout.folder("0.2.0") / "bin").mkdir(parents=True)
    with pytest.raises(ReleaseError, match="not a complete release"):
        activate("0.2.0", Disk(), layout.root)
    assert layout.in_use() == "0.1.0"


def test_three_stay_and_never_does_one_go_that_is_needed(layout: Layout, tmp_path: Path) -> None:
    for version in ("0.1.0", "0.2.0", "0.3.0", "0.4.0"):
        put(tmp_path, version)
    assert layout.names() == ["0.2.0", "0.3.0", "0.4.0"]
    activate("0.2.0", Disk(), layout.root)
    assert layout.previous("0.2.0") == "0.4.0"
    prove("0.3.0", Disk(), layout.root)
    assert prune(Disk(), layout.root, kept=1) == []


def test_two_are_never_at_it_at_once(layout: Layout) -> None:
    with (
        exclusive(layout),
        pytest.raises(BusyError, match="gate update --status"),
        exclusive(layout),
    ):
        pass
    with exclusive(layout):
        pass


def test_what_is_made_can_be_read_by_the_gate_s_user(layout: Layout, tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        put(tmp_path, "0.1.0")
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(umask)
    assert layout.home.stat().st_mode & 0o055 == 0o055
    assert layout.python("0.1.0").stat().st_mode & 0o044 == 0o044


def test_the_package_waits_for_the_end_of_an_update(
    layout: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "0.1.0")
    layout.under_way.write_text("{}")
    words = ["--root", str(layout.root), "install", str(tmp_path / "wheels-0.1.0"), "0.1.0"]
    assert main(words) == 1
    assert "systemctl start gate-update" in capsys.readouterr().err


def test_a_power_cut_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Upgrade with every step the last one; then the package's script runs again."""
    cuts = old = 0
    for steps in count():
        here = tmp_path / str(steps)
        layout = Layout(here / "device")
        put(here, "0.1.0")
        try:
            put(here, "0.2.0", Power(steps))
        except PowerCutError:
            cuts += 1
        else:
            break
        assert layout.in_use() in {"0.1.0", "0.2.0"}
        assert layout.trusted() in {"0.1.0", "0.2.0"}
        old += layout.in_use() == "0.1.0"
        assert (layout.current / "gate").is_file()
        put(here, "0.2.0")
        assert layout.in_use() == layout.trusted() == "0.2.0"
        assert layout.previous("0.2.0") == "0.1.0"
        assert layout.half_made() == []
    assert cuts > 6
    assert 0 < old < cuts


def test_what_the_package_runs_needs_the_standard_library_alone() -> None:
    """It runs before anything is installed."""
    seen: set[str] = set()
    strangers = set(_imports("gate.releases.__main__", seen))
    assert "gate.releases.install" in seen
    assert strangers <= sys.stdlib_module_names


def _imports(module: str, seen: set[str]) -> Iterator[str]:
    """Top-level packages that are not ours, of a module and of all that it imports."""
    seen.add(module)
    path = ROOT / f"{module.replace('.', '/')}.py"
    path = path if path.is_file() else ROOT / module.replace(".", "/") / "__init__.py"
    for node in ast.walk(ast.parse(path.read_text())):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = [node.module]
        for name in found:
            if name.split(".")[0] not in {"gate", "drivers"}:
                yield name.split(".")[0]
            elif name not in seen:
                package = name.rpartition(".")[0]
                for ours in (name, package):
                    if ours and ours not in seen:
                        yield from _imports(ours, seen)
