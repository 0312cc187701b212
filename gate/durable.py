"""Changes of files that a power cut cannot halve.

Each step here is one change of the folder tree: before it there is the old, after it the new, and
never something between. A step that has returned is on the disk. Whoever needs more than one step
(`gate.provision`, `gate.releases`) puts them in an order in which it may end after any of them; a
test hands in a `Disk` that ends there.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path


class Disk:
    """The machine's file system. All methods raise OSError.

    Names that end in `.new` are this module's: what a power cut leaves of them is overwritten.
    """

    def write(
        self, path: Path, data: bytes, mode: int = 0o644, owner: tuple[int, int] | None = None
    ) -> None:
        """Put a file in the place of the one that may be there.

        Nobody reads a byte of it with another mode or owner (user and group by number) than it is
        to have. On FAT, which knows neither, `mode` is without effect and `owner` must be None.
        """
        new = _new(path)
        new.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                if owner is not None:
                    os.fchown(file.fileno(), *owner)
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self.rename(new, path)
        except OSError:
            with suppress(OSError):  # a disk that is full has no room for half of it
                new.unlink()
            raise

    def make_folder(
        self, path: Path, mode: int = 0o755, owner: tuple[int, int] | None = None
    ) -> None:
        """Make a folder and those above it; one that is there keeps its mode."""
        if path.is_dir():
            return
        if not path.parent.is_dir():
            self.make_folder(path.parent)
        path.mkdir(mode=mode)
        path.chmod(mode)  # whatever the umask is
        if owner is not None:
            os.chown(path, *owner)
        _sync_folder(path.parent)

    def link(self, path: Path, target: Path) -> None:
        """Make `path` a symbolic link to `target`, in the place of the link that may be there."""
        new = _new(path)
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        self.rename(new, path)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file or a folder a name in the same file system; a file there is replaced."""
        old.replace(new)
        _sync_folder(new.parent)
        if old.parent != new.parent:
            _sync_folder(old.parent)

    def remove(self, path: Path) -> None:
        """Remove a file, a link or a folder with all that is in it; nothing where none is.

        A folder loses its name first: none is ever seen half empty.
        """
        if path.is_dir() and not path.is_symlink():
            gone = _new(path)
            if gone.is_dir():
                shutil.rmtree(gone)
            self.rename(path, gone)
            shutil.rmtree(gone)
        else:
            path.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def sync(self, folder: Path) -> None:
        """Have everything below a folder on the disk that others (pip, tar) have written there."""
        for path in [folder, *folder.rglob("*")]:
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            elif path.is_dir() and not path.is_symlink():
                _sync_folder(path)


def owner_of(path: Path) -> tuple[int, int] | None:
    """Whose a file is, for root, who helps and leaves it theirs; None where one may not ask for
    another owner anyway, and where there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_uid, found.st_gid) if os.geteuid() == 0 else None


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
