"""Where the devices of these tests live."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own in it


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory, where that is to be had: thousands of fsyncs are tried here, and a disk
    under test is no part of what they are to show."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
