"""A device in a folder: its disk may end after any step, and its commands are scripted."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.process import Finished
from gate.durable import Disk


class PowerCutError(Exception):
    """The machine has no power any more."""


@dataclass
class Power:
    """How many more changes the machine makes; None: as many as it is asked for."""

    left: int | None = None
    made: int = 0

    def spend(self) -> None:
        """Before each change; raises PowerCutError where it is not made any more."""
        if self.left is not None:
            if self.left == 0:
                raise PowerCutError
            self.left -= 1
        self.made += 1


class CutDisk(Disk):
    """Makes each step whole or not at all, and ends where the power does.

    That a step is on the disk is tried elsewhere (test_durable); here it need not be waited for. A
    folder that goes is first renamed, and the power may end right after: two steps.
    """

    def __init__(self, power: Power) -> None:
        self._power = power

    def write(
        self, path: Path, data: bytes, mode: int = 0o644, owner: tuple[int, int] | None = None
    ) -> None:
        assert owner is None
        self._power.spend()
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(data)
        new.chmod(mode)
        new.replace(path)

    def make_folder(
        self, path: Path, mode: int = 0o755, owner: tuple[int, int] | None = None
    ) -> None:
        assert owner is None
        if not path.is_dir():
            self._power.spend()
            path.mkdir(mode, parents=True)

    def link(self, path: Path, target: Path) -> None:
        self._power.spend()
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        new.replace(path)

    def rename(self, old: Path, new: Path) -> None:
        self._power.spend()
        old.replace(new)

    def remove(self, path: Path) -> None:
        if not path.is_symlink() and not path.exists():
            return
        self._power.spend()
        if path.is_dir() and not path.is_symlink():
            gone = path.with_name(f"{path.name}.new")
            shutil.rmtree(gone, ignore_errors=True)
            path.rename(gone)
            self._power.spend()
            shutil.rmtree(gone)
        else:
            path.unlink()

    def sync(self, folder: Path) -> None:
        """Others' bytes are there already: a step, because the power may end while it lasts."""
        self._power.spend()
        assert folder.is_dir()


def said(out: str = "", *, ok: bool = True, why: str = "") -> Finished:
    """What a scripted command answers."""
    return Finished(0 if ok else 1, out, why)


@dataclass
class Commands:
    """Runs the commands that make a release, each in steps that the power may end between."""

    power: Power
    python: str = "3.13"
    broken: str = ""
    """A word of the command that is to fail."""
    asked: list[tuple[str, ...]] = field(default_factory=list)
    others: Callable[..., Finished] | None = None
    """Answers what is no venv and no pip."""

    def __call__(
        self, *command: str | Path, timeout_s: float = 0.0, env: object = None
    ) -> Finished:
        assert env is None
        assert timeout_s > 0
        words = tuple(str(word) for word in command)
        self.asked.append(words)
        if self.broken and self.broken in words:
            return said(ok=False, why=f"{self.broken} fails")
        if "-c" in words:
            return said(out=f"{self.python}\n")
        if "venv" in words:
            (Path(words[-1]) / "bin").mkdir(parents=True)
            self.power.spend()
            (Path(words[-1]) / "bin" / "python").touch()
            return said()
        if "pip" in words:
            self.power.spend()
            folder = Path(words[words.index("-m") - 1]).parent.parent
            (folder / "gate").write_text(Path(words[-1]).read_text())
            return said()
        assert self.others is not None, words
        return self.others(*words)


def wheels_in(folder: Path, version: str) -> Path:
    """A folder of wheels as the Debian package or a bundle has it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.lock").write_text(f"aman-gate=={version} --hash=sha256:{'0' * 64}\n")
    (folder / f"aman_gate-{version}-py3-none-any.whl").write_bytes(version.encode())
    return folder
