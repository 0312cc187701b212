"""`gate bundle`: everything about this device that helps from afar, and no secret of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from drivers.process import run
from gate.bundle.archive import MANIFEST, packed
from gate.bundle.contents import parts_of, unreadable
from gate.commands.configured import printable
from gate.config import DEFAULT_FILE, ConfigError, load
from gate.durable import Disk
from gate.places import Places
from gate.process import Runner


def bundle(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The archive; else gate-bundle-NAME-TIME.tar.gz."),
    ] = None,
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
    *,
    root: Annotated[
        Path, typer.Option(help="Another device's file system, a card for instance.", hidden=True)
    ] = Path("/"),
) -> None:
    """Pack what helps whoever supports this device: configuration, findings, status, journal.

    Also versions, what the kernel complains of, and of the database whether it fits, its tables and
    counts, no visit. Passwords, keys, Wi-Fi secrets, passes and codes are taken out: by where they
    stand, and by looking for each secret of this device in every part. Take sudo: without it the
    secrets cannot be looked for. A part that is missing is told in the MANIFEST. Look through the
    archive before you send it. Exit code 1 where it could not be written.
    """
    try:
        for line in pack(Places(root), config, file, run, now=int(time.time())):
            typer.echo(line)
    except BundleError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


class BundleError(Exception):
    """There is no archive; the text says why, and the way out."""


def pack(
    places: Places, config: Path, file: Path | None, run: Runner, *, now: int
) -> Iterator[str]:
    """Write the archive, readable for nobody else; yields what is to be told. Raises BundleError.

    `now` is in unix seconds.
    """
    if hidden := unreadable(places):
        raise BundleError(
            f"This user may not read {', '.join(hidden)}, so what is secret there cannot be looked"
            " for: sudo gate bundle"
        )
    secret_files: list[Path] = []
    try:
        lane = load(config)
        name, data = lane.gate.id, lane.gate.data_dir
        secret_files = [it for it in (lane.mqtt.password_file, lane.mqtt.key_file) if it]
    except ConfigError:
        name, data = "unconfigured", places.data
    folder = f"gate-bundle-{name}-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    out = file or Path(f"{folder}.tar.gz")
    parts = list(parts_of(places, config, data, run, secret_files=secret_files))
    try:
        # In the place of what is there, which somebody else may read, or which leads elsewhere.
        Disk().write(out, packed(parts, folder=folder, now=now), 0o600)
    except OSError as error:
        raise BundleError(f"The archive cannot be written: {error}. Name another FILE.") from error
    for part in sorted(parts, key=lambda part: part.name):
        yield f"  {part.name}{f': {part.missing}' if part.missing else ''}"
    yield f"{printable(out)}: {out.stat().st_size} bytes; {MANIFEST} in it says what is there"
