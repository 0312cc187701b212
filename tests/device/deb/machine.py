"""A machine that is a folder: Debian's packages, commands in it, and what is left on it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Self

from tests.device.deb.expect import PromiseError
from tests.device.root import done

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NODES = ("null", "zero", "full", "random", "urandom", "tty")
FROM_HOST = ("PIP_", "SSL_CERT", "REQUESTS_CA", "http", "https", "HTTP", "HTTPS", "no_proxy")
"""How this machine reaches PyPI: variables whose names begin so."""

TRUST = Path("etc/ssl/certs/ca-certificates.crt")
NO_SERVICES = "#!/bin/sh\nexit 101\n"
"""policy-rc.d: no package starts a service here."""

IN_NOBODYS_WAY = ("dev", "proc", "sys", "run", "tmp", "root", "srv", "var/cache", "var/log")
"""What comes and goes below these says nothing about a package."""


class Machine:
    """The root at `root`, which is ours to change; a context manager, within which it is mounted.

    In a mount namespace of ours nothing stays mounted whatever becomes of this process.
    """

    def __init__(self, root: Path, archives: Path) -> None:
        """`archives` keeps what apt has fetched for the next time."""
        self.root = root
        self._archives = archives
        self._mounted = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as mounted:
            self._mounted = mounted
            self._mount_all()
            self._like_the_host()
            self._mounted = mounted.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._mounted.close()

    def file(self, path: str) -> Path:
        """A path of the machine as this process sees it."""
        return self.root / path.lstrip("/")

    def run(self, *command: str, network: bool = False, code: int = 0, user: str = "root") -> str:
        """What a command says, with errors; PromiseError where it does not end with this code."""
        words = [*self.words(*command, user=user, environ=network_of_host() if network else {})]
        if not network:
            words = ["unshare", "--net", *words]
        ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = ended.stdout.decode(errors="replace")
        if ended.returncode != code:
            raise PromiseError(
                f"{' '.join(command)}: status {ended.returncode}, not {code}\n{said}"
            )
        return said

    def words(
        self,
        *command: str,
        user: str = "root",
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[str]:
        """The command line that runs a command there, with nothing else of our environment."""
        yield from ("chroot", f"--userspec={user}:{user}", str(self.root), "/usr/bin/env", "-i")
        given = {
            "PATH": PATH,
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        yield from (f"{name}={value}" for name, value in (given | dict(environ)).items())
        yield from command

    def bring(self, file: Path) -> str:
        """Copy a file there; its path on the machine."""
        shutil.copy(file, self.root / "root")
        return f"/root/{file.name}"

    def satisfy(self, dependencies: str) -> None:
        """Install from Debian what a package depends on."""
        self.run("apt-get", "update", "-qq", network=True)
        self.run(
            *("apt-get", "satisfy", "--yes", "-qq", "--no-install-recommends", dependencies),
            network=True,
        )

    def paths(self) -> set[str]:
        """All files, links and folders that a package could have left behind."""
        found = set[str]()
        for folder, folders, files in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if str(here / name) not in IN_NOBODYS_WAY]
            found.update(str(here / name) for name in (*folders, *files))
        return found

    def _mount_all(self) -> None:
        self._archives.mkdir(parents=True, exist_ok=True)
        self._mount("-t", "proc", "proc", "proc")
        self._mount("-t", "tmpfs", "-o", "mode=755", "run", "run")
        self._mount("-t", "tmpfs", "-o", "mode=755", "dev", "dev")
        for name in NODES:
            (self.root / "dev" / name).touch()
            self._mount("--bind", f"/dev/{name}", f"dev/{name}")
        for name in ("pts", "shm"):
            (self.root / "dev" / name).mkdir()
        self._mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", "dev/pts")
        self._mount("-t", "tmpfs", "-o", "mode=1777", "shm", "dev/shm")
        (self.root / "dev/ptmx").symlink_to("pts/ptmx")
        for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
            (self.root / "dev" / name).symlink_to(f"/proc/self/fd{target}")
        self._mount("--bind", str(self._archives), "var/cache/apt/archives")

    def _mount(self, *words: str) -> None:
        *options, place = words
        done(["mount", *options, str(self.root / place)])
        self._mounted.callback(done, ["umount", "--recursive", str(self.root / place)])

    def _like_the_host(self) -> None:
        """Names, trust and proxies of this machine; whose they are is nobody's business here."""
        for path in (Path("etc/resolv.conf"), Path("etc/hosts"), TRUST, Path("etc/pip.conf")):
            if (Path("/") / path).exists():
                self.file(str(path)).unlink(missing_ok=True)
                shutil.copy(Path("/") / path, self.root / path)
        proxies = subprocess.check_output(["apt-config", "dump"], text=True).splitlines()
        asked = [line for line in proxies if "::Proxy" in line]
        self.file("etc/apt/apt.conf.d/90host").write_text("\n".join(asked) + "\n", encoding="utf-8")
        policy = self.file("usr/sbin/policy-rc.d")
        policy.write_text(NO_SERVICES, encoding="utf-8")
        policy.chmod(0o755)


def network_of_host() -> dict[str, str]:
    """The variables that say how the network is reached, but for what lies on this machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(FROM_HOST) and name != "PIP_FIND_LINKS"
    }


def control_field(package: Path, name: str) -> str:
    """A field of a package."""
    command = ["dpkg-deb", "--field", str(package), name]
    return subprocess.check_output(command, text=True).strip()
