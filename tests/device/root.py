"""A root of Debian 13 from Debian's packages, made once and unpacked for each use."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SUITE = "trixie"


def debian(folder: Path, include: Sequence[str], hooks: Sequence[str] = ()) -> Path:
    """An archive of a root with these packages besides the smallest set.

    It stays in `folder` for the next time; remove it for newer packages. `hooks` are lines of
    shell that change the root when it is made ($1 is where it is).
    """
    asked = "\n".join([SUITE, *sorted(include), *hooks])
    archive = folder / f"{SUITE}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}.tar"
    if archive.exists():
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    new = archive.with_suffix(".new.tar")
    options = ["--variant=minbase", f"--include={','.join(include)}"]
    options += [f"--customize-hook={hook}" for hook in hooks]
    done(["mmdebstrap", "--quiet", *options, SUITE, str(new)])
    return new.rename(archive)


def unpacked(archive: Path, folder: Path) -> Path:
    """A fresh folder with what is in the archive, owners and all: only root can."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done(["tar", "-C", str(folder), "--numeric-owner", "--xattrs", "-xpf", str(archive)])
    return folder


def within(root: Path, *command: str) -> str:
    """What a command says that runs in the root as its root, with a /proc of its own."""
    proc = f"--mount-proc={root / 'proc'}"
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", proc]
    return done([*apart, "chroot", str(root), "env", "-i", "PATH=/usr/sbin:/usr/bin", *command])


def image(root: Path, file: Path, megabytes: int) -> Path:
    """A disk with the folder on it, without a partition table (ext4)."""
    file.unlink(missing_ok=True)
    done(["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(file), f"{megabytes}M"])
    return file


def fat(folder: Path, file: Path, label: str, megabytes: int) -> Path:
    """A disk with the folder's files on it, as a boot partition (FAT32)."""
    file.unlink(missing_ok=True)
    file.touch()
    os.truncate(file, megabytes << 20)
    done(["mkfs.vfat", "-F", "32", "-n", label, str(file)])
    done(["mcopy", "-i", str(file), *map(str, sorted(folder.iterdir())), "::"])
    return file


def done(command: Sequence[str]) -> str:
    """What a command says; where it fails, all that it said is shown."""
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = ended.stdout.decode(errors="replace")
    if ended.returncode:
        raise AssertionError(f"{' '.join(command[:3])}: status {ended.returncode}\n{said}")
    return said
