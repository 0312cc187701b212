"""The pins of the Debian package: as many as setup.py asks for, each with its hashes."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINNED = re.compile(r"(?m)^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$")


@pytest.fixture(scope="module")
def wheels() -> ModuleType:
    """The tool beside the pins, which is in no package."""
    path = Path(__file__).parent.parent / "config/debian/wheels.py"
    spec = importlib.util.spec_from_file_location("wheels", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wanted(wheels: ModuleType) -> list[Requirement]:
    return list(wheels.own_requirements())


def pins(lock: Path) -> dict[str, str]:
    text = lock.read_text(encoding="utf-8")
    found = {name: version for name, version, _ in PINNED.findall(text)}
    assert len(found) == text.count("=="), f"{lock.name}: a line of another form"
    return found


def test_what_setup_asks_for_is_pinned_in_a_version_that_it_takes(
    wheels: ModuleType, wanted: list[Requirement]
) -> None:
    """Where this fails somebody has changed setup.py without `make lock`."""
    pinned = pins(wheels.RUNTIME) | pins(wheels.SOURCES)
    missing = [
        str(requirement)
        for requirement in wanted
        if requirement.name not in wheels.FROM_DEBIAN
        and not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]
    assert len(wanted) > 15
    assert missing == []


def test_what_debian_brings_is_never_brought_a_second_time(wheels: ModuleType) -> None:
    """A numpy of ours would stand before the one that picamera2 is compiled against."""
    assert wheels.FROM_DEBIAN.isdisjoint(pins(wheels.RUNTIME) | pins(wheels.SOURCES))


def test_the_tools_that_make_wheels_are_pinned_too(wheels: ModuleType) -> None:
    asked = {Requirement(tool).name for tool in wheels.BUILD}
    assert asked <= pins(wheels.TOOLS).keys()
