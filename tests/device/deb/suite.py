"""The tests of this tree under the machine's Python, over the libraries of the package."""

import shutil
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.device.deb.machine import Machine

SOURCE = Path(__file__).parent.parent.parent.parent
TREE = "/srv/aman-gate"
VENV = "/srv/venv"
LEFT_OUT = (".git", ".make", ".venv", "build", "__pycache__", "*.egg-info", ".*_cache")
TESTS = ("tests/gate", "tests/drivers", "tests/contract", "tests/stories")
NOT_HERE = ("mypy", "playwright", "ruff", "types-jsonschema")
"""The manager's page wants a browser, and sources read the same under every Python."""

BROWSER = "tests/gate/central/web/test_page.py"
PHOTOGRAPHS = "tests/drivers/qr/test_photographs.py"
"""Pictures from outside of this tree; `make test` reads them."""

WARNINGS = """error
default:Exception ignored in. <sqlite3.Connection:pytest.PytestUnraisableExceptionWarning
"""
"""Errors, as in pyproject.toml, but one kind that only Python 3.13 tells of: a database that a test
has left to the garbage collector. It is counted among the warnings."""

NEEDS = "mosquitto, systemd, umockdev, gir1.2-umockdev-1.0, python3-gi"


def passes(machine: Machine) -> str:
    """Run what needs neither a browser nor hours; gives what pytest says at the end."""
    machine.satisfy(NEEDS)
    shutil.copytree(
        SOURCE, machine.file(TREE), ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True
    )
    machine.run("python3", "-m", "venv", "--system-site-packages", VENV)
    (site,) = machine.file(f"{VENV}/lib").glob("python3*/site-packages")
    (release,) = machine.file("/opt/gate/current/").glob("lib/python3*/site-packages")
    here = "/opt/gate/current" / release.relative_to(machine.file("/opt/gate/current"))
    (site / "release.pth").write_text(f"{here}\n", encoding="utf-8")
    machine.run(f"{VENV}/bin/pip", "install", "--quiet", *tools(release), network=True)
    asked = ("-n", "4", "--dist", "loadfile", "-rs", "-o", f"filterwarnings={WARNINGS}")
    left_out = (f"--ignore={path}" for path in (BROWSER, PHOTOGRAPHS))
    python = ("env", "-C", TREE, f"{VENV}/bin/python", "-m", "pytest")
    said = machine.run(*python, *asked, *left_out, *TESTS, network=True).strip().splitlines()
    return "\n".join([*(line for line in said if line.startswith("SKIPPED")), said[-1]])


def tools(release: Path) -> Iterator[str]:
    """What the package's own metadata asks for to test it."""
    (info,) = release.glob("aman_gate-*.dist-info")
    for asked in map(Requirement, PathDistribution(info).requires or []):
        if asked.marker and 'extra == "dev"' in str(asked.marker) and asked.name not in NOT_HERE:
            yield f"{asked.name}{asked.specifier}"
