"""The wheels of the Debian package: chosen once (`lock`), fetched and checked each time (`bundle`).

    python config/debian/wheels.py lock
    python config/debian/wheels.py bundle arm64 build/wheels/arm64

`lock` asks PyPI which versions fit setup.py, for both Pythons and both processors, and writes them
with the hashes of their files to `locks/`, which is committed: what a package holds is decided in
a review, not by the day on which somebody builds it. `bundle` takes no other file than those, so
that the same commit gives the same package, and nothing altered on the way gets into it.

A bundle is a folder of wheels with a `requirements.lock` of its own: the gate itself is in that
one, and what has no wheel on PyPI and is made into one here. A device installs from the bundle
alone, with `pip install --no-index --no-deps --require-hashes`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent

PYTHONS = ("3.11", "3.13")
"""Those of Debian 12 and 13, and of the Raspberry Pi OS made from them."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""What Debian and what Python call a processor."""

GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_26", "manylinux_2_17", "manylinux2014")
"""Which wheels run on Debian 12 (glibc 2.36) and later, the newest first."""

FROM_DEBIAN = {"numpy", "pillow"}
"""python3-numpy and python3-pil. picamera2 is compiled against the former: a second numpy in the
environment would stand before it, and picamera2 would not import ("dtype size changed")."""

ADAFRUIT = (
    "adafruit-circuitpython-mlx90614",
    "adafruit-blinka",
    "adafruit-circuitpython-busdevice",
    "adafruit-circuitpython-typing",
    "adafruit-platformdetect",
    "adafruit-pureio",
    "packaging",
)
"""All that the thermometer imports. Blinka also asks for drivers of USB adapters and for sysv_ipc,
which needs a compiler (docs/dependencies.md)."""

SDISTS = ("adafruit-extended-bus",)
"""On PyPI only as sources, pure Python: made into a wheel here."""

BUILD = ("setuptools>=68", "setuptools-scm", "wheel")
"""What makes wheels of those and of the gate."""

UNUSED = {"setuptools"}
"""Asked for by gpiozero and colorzero, which have stopped importing it."""

LOCKS = HERE / "locks"
RUNTIME, SOURCES, TOOLS = (LOCKS / f"{name}.lock" for name in ("runtime", "sources", "tools"))

HEAD = "# Made by `make lock`: one version of each, and the hashes of its files on PyPI.\n"

Pins = dict[tuple[str, str], set[str]]
"""(name, version) to the SHA-256 of the files that may be taken."""


def lock() -> None:
    """Choose the versions anew."""
    wanted = [*own_requirements()]
    adafruit = [str(r) for r in wanted if r.name in ADAFRUIT]
    others = [str(r) for r in wanted if r.name not in {*ADAFRUIT, *SDISTS, *FROM_DEBIAN}]
    sources = [str(r) for r in wanted if r.name in SDISTS]
    pins: Pins = {}
    for machine in MACHINES.values():
        for python in PYTHONS:
            there = [*target(machine, python), "--only-binary=:all:"]
            merge(pins, resolved(*there, *others))
            merge(pins, resolved(*there, "--no-deps", *(adafruit + missing(adafruit))))
    versions = [name for name, _ in pins]
    if twice := {name for name in versions if versions.count(name) > 1}:
        sys.exit(f"Another version for another Python or processor: {', '.join(sorted(twice))}")
    write_lock(RUNTIME, {pin: pins[pin] for pin in pins if pin[0] not in UNUSED}, HEAD)
    write_lock(SOURCES, resolved("--no-deps", "--no-binary=:all:", *sources), HEAD)
    write_lock(TOOLS, resolved("--only-binary=:all:", *BUILD), HEAD)


def missing(named: Iterable[str]) -> list[str]:
    """Those of Adafruit's that setup.py does not name itself."""
    return [name for name in ADAFRUIT if name not in {Requirement(n).name for n in named}]


def own_requirements() -> Iterator[Requirement]:
    """What setup.py asks for, with what `gate central` needs: one package serves both."""
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "setup.py", "-q", "egg_info", "--egg-base", folder, folder=SOURCE)
        (info,) = Path(folder).glob("*.egg-info")
        asks = PathDistribution(info).requires or []
    for requirement in map(Requirement, asks):
        asked = str(requirement.marker or "")
        if "extra" not in asked or 'extra == "central"' in asked:
            requirement.marker = None  # zxing-cpp's: every processor here has wheels of it
            yield requirement


def resolved(*arguments: str) -> Pins:
    """What pip would install, without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip("install", "--dry-run", "--ignore-installed", "--report", str(report),
            "--target", folder, *arguments)  # fmt: skip
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        (canonicalize_name(item["metadata"]["name"]), item["metadata"]["version"]): {
            item["download_info"]["archive_info"]["hashes"]["sha256"]
        }
        for item in found
    }


def merge(pins: Pins, more: Pins) -> None:
    """Take in what another Python or processor needs."""
    for pin, hashes in more.items():
        pins.setdefault(pin, set()).update(hashes)


def write_lock(path: Path, pins: Pins, head: str = "") -> None:
    """Write pins in pip's form, in the order of their names."""
    lines = (
        f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{h}" for h in sorted(hashes)) + "\n"
        for (name, version), hashes in sorted(pins.items())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(lines), encoding="utf-8")


def bundle(arch: str, folder: Path, version: str) -> None:
    """Put the gate, in that version, and all that it needs on such a processor into a folder."""
    others = folder.parent / f"others-{arch}"
    fetch(arch, others)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for wheel in others.glob("*.whl"):
        os.link(wheel, folder / wheel.name)
    with tempfile.TemporaryDirectory() as scratch:
        copy_of_the_gate(Path(scratch), version)
        make_wheel(folder, scratch)
    write_lock(folder / "requirements.lock", contents(folder))


def fetch(arch: str, folder: Path) -> None:
    """Have the wheels of others in a folder; those that are there stay while the locks do."""
    asked = b"".join(lock.read_bytes() for lock in (RUNTIME, SOURCES, TOOLS))
    done = folder / f"{hashlib.sha256(asked).hexdigest()}.complete"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for python in PYTHONS:
        pip("download", "--no-deps", "--require-hashes", "-r", str(RUNTIME), "--dest", str(folder),
            "--only-binary=:all:", *target(MACHINES[arch], python))  # fmt: skip
    make_wheel(folder, "--require-hashes", "--no-binary=:all:", "-r", str(SOURCES))
    done.touch()


def make_wheel(folder: Path, *what: str) -> None:
    """Make a wheel with tools that are pinned as well."""
    with tempfile.TemporaryDirectory() as tools:
        pip("install", "--target", tools, "--no-deps", "--only-binary=:all:",
            "--require-hashes", "-r", str(TOOLS))  # fmt: skip
        pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), *what,
            tools=tools)  # fmt: skip


def contents(folder: Path) -> Pins:
    """What lies in a bundle."""
    pins: Pins = {}
    for wheel in folder.glob("*.whl"):
        name, version, _, _ = parse_wheel_filename(wheel.name)
        merge(pins, {(name, str(version)): {hashlib.sha256(wheel.read_bytes()).hexdigest()}})
    return pins


def copy_of_the_gate(folder: Path, version: str) -> None:
    """The sources alone, as that version: nothing that lies about in a working copy."""
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("gate", "drivers"):
        shutil.copytree(SOURCE / name, folder / name, ignore=leave)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(SOURCE / name, folder)
    text = (SOURCE / "setup.py").read_text(encoding="utf-8")
    text, count = re.subn(r'(?m)^    version="[^"]+",$', f'    version="{version}",', text)
    if count != 1:
        sys.exit("setup.py has no line with the version")
    (folder / "setup.py").write_text(text, encoding="utf-8")


def target(machine: str, python: str) -> list[str]:
    """pip's words for a machine that is not this one."""
    return [
        *(f"--platform={glibc}_{machine}" for glibc in GLIBC),
        "--implementation=cp",
        f"--python-version={python}",
    ]


def pip(*arguments: str, tools: str = "") -> None:
    """Run pip, quietly; where it fails it has said why."""
    words = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)
    run(*words, path=tools)


def run(*words: str, folder: Path | None = None, path: str = "") -> None:
    """Run a command, and end with it where it fails.

    The time of the commit is that of all files in the wheels made here, and nothing else in them
    differs from day to day.
    """
    git = ("git", "-C", str(SOURCE), "log", "-1", "--format=%ct")
    moment = subprocess.check_output(git, text=True).strip()  # noqa: S603 - words of our own
    made = {"SOURCE_DATE_EPOCH": moment, "PYTHONPATH": path}
    env = {**os.environ, **made, "PYTHONDONTWRITEBYTECODE": "1"}
    if subprocess.call(words, cwd=folder, env=env) != 0:  # noqa: S603 - words of our own
        sys.exit(f"It failed: {' '.join(words)}")


def main(words: list[str]) -> None:
    """Do what the command line says."""
    match words:
        case ["lock"]:
            lock()
        case ["bundle", arch, folder, version] if arch in MACHINES:
            bundle(arch, Path(folder), version)
        case _:
            sys.exit(f"wheels.py lock | wheels.py bundle {'|'.join(MACHINES)} FOLDER VERSION")


if __name__ == "__main__":
    main(sys.argv[1:])
