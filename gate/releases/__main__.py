"""What the Debian package does with releases, out of a wheel that nobody has installed yet.

    PYTHONPATH=/usr/lib/aman-gate/wheels/aman_gate-0.2.0-py3-none-any.whl \\
        /usr/bin/python3 -m gate.releases install /usr/lib/aman-gate/wheels 0.2.0

The standard library is enough for it. `gate update` uses the same functions.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from drivers.process import run
from gate.durable import Disk
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


def main(words: Sequence[str] | None = None, disk: Disk | None = None) -> int:
    """Do one of the verbs; gives the exit code: 0 done, 1 not done, and told why."""
    parser = argparse.ArgumentParser(prog="python3 -m gate.releases", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("/"), help="of another file system")
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("install", help="make a release and bring it into use")
    making.add_argument("wheels", type=Path, help="a folder with requirements.lock and its wheels")
    making.add_argument("version")
    making.add_argument("--python", type=Path, default=Path("/usr/bin/python3"))
    making.add_argument(
        "--anyway", action="store_true", help="also where what is in use is newer (a downgrade)"
    )
    verbs.add_parser("list", help="say which releases are there, and which is in use")
    said = parser.parse_args(words)
    layout = Layout(said.root)
    try:
        if said.verb == "list":
            _list(layout)
        else:
            with exclusive(layout):
                if layout.under_way.exists():
                    raise BusyError(
                        "an update is under way (gate update --status); to bring it to its end:"
                        " systemctl start gate-update"
                    )
                _install(said, disk or Disk(), layout)
    except (ReleaseError, OSError) as error:
        print(f"gate.releases: {error}", file=sys.stderr)
        return 1
    return 0


def _install(said: argparse.Namespace, disk: Disk, layout: Layout) -> None:
    """Make it, and use it unless what is in use came later by another way (`gate update`)."""
    root = layout.root
    make = partial(install, said.wheels, said.version, disk, run, root, python=said.python)
    before = layout.in_use()
    name = make()
    if before and not said.anyway and ordered(version_of(before)) > ordered(said.version):
        print(f"{before} is in use and newer: {name} was made, and is not used")
    else:
        activate(name, disk, root)
        prove(name, disk, root)
        print(f"{name} is in use")
    for gone in prune(disk, root):
        print(f"{gone} was removed")


def _list(layout: Layout) -> None:
    for name in layout.names():
        used = "in use" if name == layout.in_use() else ""
        proven = "proven" if name == layout.trusted() else ""
        print("  ".join(word for word in (name, used, proven) if word))


if __name__ == "__main__":
    sys.exit(main())
