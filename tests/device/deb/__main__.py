"""`make test-deb`: the package's life on a clean Debian 13. Ends at the first broken promise."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from gate.commands.simulate.issuer import Issuer
from tests.device.deb import cards, steps, suite, updates
from tests.device.deb.lane import Lane, lane_of
from tests.device.deb.machine import Machine
from tests.device.root import debian, unpacked

IN_THE_ROOT = ("ca-certificates",)
"""Besides Debian's smallest set: what fetches the rest."""


def main() -> None:
    """Play all of it; needs root, in a mount namespace of its own (`unshare`)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="the package")
    parser.add_argument("second", type=Path, help="the same sources as a later version")
    parser.add_argument("wheels", type=Path, help="the folder of the later version's wheels")
    parser.add_argument("--cache", type=Path, default=Path(".make"))
    parser.add_argument("--without-suite", action="store_true", help="the package alone")
    said = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("A root of Debian is for root: make test-deb")
    with tempfile.TemporaryDirectory(prefix="deb-") as scratch:
        _play(said, Path(scratch))


def _play(said: argparse.Namespace, scratch: Path) -> None:
    with step("a clean Debian 13"):
        root = unpacked(debian(said.cache / "roots", IN_THE_ROOT), scratch / "root")
    with Machine(root, said.cache / "archives") as machine:
        with step("its dependencies come from Debian"):
            bare = steps.comes_with_what_it_needs_from_debian(machine, said.first)
        with step("installs offline, without a compiler"):
            steps.installs_offline(machine, said.first)
        with step("is ready for a technician"):
            steps.is_ready_for_a_technician(machine)
        with step("takes over one small file, and no wrong one"):
            cards.takes_a_small_file(machine, Issuer(scratch).keys.read_text(encoding="utf-8"))
        with lane_of(machine, scratch) as lane:
            _serve(machine, lane, said, scratch)
        if not said.without_suite:
            with step("passes the tests under the Python of Debian 13") as more:
                more.append(suite.passes(machine))
        with step("leaves settings and counts when it is removed"):
            steps.leaves_settings_when_removed(machine)
        with step("leaves nothing when it is purged"):
            steps.leaves_nothing_when_purged(machine, bare)


def _serve(machine: Machine, lane: Lane, said: argparse.Namespace, scratch: Path) -> None:
    first, second = said.first, said.second
    with step("serves and counts"):
        steps.serves(lane, 2)
    with step("upgrades and keeps its settings and counts"):
        steps.upgrades(machine, lane, second)
    with step("refuses an altered wheel"):
        steps.refuses_an_altered_wheel(machine, second, scratch)
    with step("goes back to the version before"):
        steps.goes_back(machine, lane, first)
    with step("updates itself, and comes back from what does not work"):
        updates.updates_and_comes_back(machine, lane, said.wheels, scratch)


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Say what is tried, and how long it took; more may be said of it."""
    begun, more = monotonic(), list[str]()
    print(f"{name} ...", end=" ", flush=True)
    yield more
    print(f"{monotonic() - begun:.1f} s", *more, flush=True)


if __name__ == "__main__":
    main()
