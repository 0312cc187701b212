"""`gate update` and `gate rollback`: another release, with a way back."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from drivers.process import run
from drivers.systemd import Notify
from gate.commands.failing import fail
from gate.commands.releasing import HERE, Root, device, require_root
from gate.durable import Disk
from gate.keys import KeysError, load_keys
from gate.places import Places
from gate.releases.bundle import MAX_TOTAL, read_files, read_manifest
from gate.releases.install import BusyError, ReleaseError, exclusive
from gate.releases.layout import Layout
from gate.releases.partition import lying_there
from gate.releases.state import (
    Kind,
    Outcome,
    Phase,
    Result,
    State,
    is_under_way,
    read_outcome,
    read_state,
    write_state,
)
from gate.releases.updating import carry_on, in_words, rollback_of
from gate.units import UPDATE, properties

MOST_AT_ONCE = 8
"""Bundles on the partition that are looked at in one start."""

LOOK_S = 0.5
GONE_S = 20.0
"""After so long without its service, an update is not under way but interrupted."""

Here = Annotated[
    bool,
    typer.Option(
        "--here",
        help="Do it in this process, not in gate-update.service; for a system without systemd.",
    ),
]


def update(
    file: Annotated[
        Path | None, typer.Argument(help="The bundle, such as aman-gate-1.2.3-arm64.gateup.")
    ] = None,
    *,
    allow_downgrade: Annotated[
        bool, typer.Option("--allow-downgrade", help="Take an older release than the one in use.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say what is under way, or how the last one ended.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Carry on what a power cut interrupted; then *.gateup on the card."
        ),
    ] = False,
    here: Here = False,
    json_: Annotated[bool, typer.Option("--json", help="--status as one JSON line.")] = False,
    root: Root = HERE,
) -> None:
    """Bring another release into use, try it, and go back where it does not work.

    The bundle's signature, the configuration, the doctor and the database's way back are looked at
    before anything changes. Then the lane drains, the new release runs, and has to become ready,
    feed its watchdog, see frames and reach the broker, as the one before did; else the one before
    runs again. The power may be cut at any moment. It goes on when this terminal is closed.
    Exit code 0: the new release is in use (or was already). 1: it is not, and the text says why.

    \b
    Example:
      sudo gate update aman-gate-1.2.3-arm64.gateup
    """
    places, layout = Places(root), Layout(root)
    if [file is not None, status, resume].count(True) != 1:
        raise typer.BadParameter("a bundle, or --status, or --resume", param_hint="FILE")
    if status:
        _tell_status(layout, as_json=json_)
        return
    require_root(layout)
    if resume:
        _resume(places)
        return
    try:
        with exclusive(layout):
            _require_idle(layout)
            copy = _copied(file or Path(), places)
            asked = State(
                *(Kind.UPDATE, Phase.ASKED, time.time(), layout.in_use()),
                bundle=str(copy),
                allow_downgrade=allow_downgrade,
            )
            write_state(layout, asked, Disk())
    except (ReleaseError, KeysError, OSError) as error:
        fail(f"{file}: {error}")
    _carried_out(places, here=here)


def rollback(*, here: Here = False, root: Root = HERE) -> None:
    """Go back to the release that was in use before, with all that was recorded since.

    It is watched as a new one is. Refused where something that was recorded would be lost. Exit
    code 0: it is in use again. 1: it is not, and the text says why.
    """
    layout = Layout(root)
    require_root(layout)
    try:
        with exclusive(layout):
            _require_idle(layout)
            write_state(layout, rollback_of(layout, time.time()), Disk())
    except (ReleaseError, OSError) as error:
        fail(str(error))
    _carried_out(Places(root), here=here)


def _require_idle(layout: Layout) -> None:
    if is_under_way(layout):
        raise BusyError(
            "Another update is under way (gate update --status). Where its service was ended,"
            f" this carries it on: systemctl start {UPDATE}"
        )


def _copied(file: Path, places: Places) -> Path:
    """The bundle where its service can read it, checked whole. Raises ReleaseError, OSError."""
    keys = load_keys(places.update_keys)
    with file.open("rb") as bundle:
        manifest = read_manifest(bundle, keys)
        for _ in read_files(bundle, manifest):
            pass
        bundle.seek(0)
        folder, disk = Layout(places.root).asked, Disk()
        disk.remove(folder)
        disk.make_folder(folder)
        copy = folder / file.name
        disk.write(copy, bundle.read(2 * MAX_TOTAL))
    return copy


def _carried_out(places: Places, *, here: bool) -> None:
    """Have it done, by its service or in this process, and end with its outcome."""
    layout = Layout(places.root)
    if not here and run("systemctl", "start", "--no-block", UPDATE).ok:
        outcome = _followed(layout)
    else:
        outcome = _done_here(places)
    if not outcome.good:
        raise typer.Exit(1)


def _done_here(places: Places) -> Outcome:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal may go
    try:
        with exclusive(Layout(places.root)):
            outcome = carry_on(device(places, typer.echo), ready=lambda: None)
    except (ReleaseError, OSError) as error:
        fail(f"{error}. It is carried on at the next start, or by gate update --resume")
    if outcome is None:
        fail("somebody else has brought it to its end: gate update --status")
    return outcome


def _followed(layout: Layout) -> Outcome:
    """Tell what the service does until it has ended."""
    told, service_seen_at = "", time.monotonic()
    while is_under_way(layout):
        state = read_state(layout)
        words = in_words(state) if state else told
        if words != told:
            typer.echo(words)
            told = words
        if _runs():
            service_seen_at = time.monotonic()
        if time.monotonic() - service_seen_at > GONE_S:
            fail(f"{UPDATE} does not go on: journalctl -u {UPDATE}")
        time.sleep(LOOK_S)
    outcome = read_outcome(layout)
    if outcome is None:
        fail(f"its outcome cannot be read: journalctl -u {UPDATE}")
    typer.echo(outcome.sentence())
    return outcome


def _runs() -> bool:
    return properties(run, UPDATE, "ActiveState").get("ActiveState") in {"active", "activating"}


def _resume(places: Places) -> None:
    """What the service does: carry on; then take what lies on the partition."""
    layout, systemd = Layout(places.root), Notify(os.environ)
    outcome: Outcome | None = None

    def tell(text: str) -> None:
        typer.echo(text)
        systemd.status(text)

    try:
        with exclusive(layout):
            outcome = carry_on(device(places, tell), systemd.ready)
            systemd.ready()
            if outcome is None:
                outcome = _taken(places, tell)
    except (ReleaseError, OSError) as error:
        fail(str(error))
    if outcome is not None and not outcome.good:
        raise typer.Exit(1)


def _taken(places: Places, tell: Callable[[str], None]) -> Outcome | None:
    """Bring the bundles on the partition into use, until one was."""
    layout = Layout(places.root)
    outcome = None
    for _ in range(MOST_AT_ONCE):
        found = lying_there(places.boot, layout)
        if found is None:
            break
        path, mark = found
        asked = State(
            *(Kind.UPDATE, Phase.ASKED, time.time(), layout.in_use()), bundle=str(path), mark=mark
        )
        write_state(layout, asked, Disk())
        outcome = carry_on(device(places, tell), ready=lambda: None)
        if outcome is None or outcome.result not in {Result.REFUSED, Result.NOTHING_TO_DO}:
            break
    return outcome


def _tell_status(layout: Layout, *, as_json: bool) -> None:
    state, outcome = read_state(layout), read_outcome(layout)
    if as_json:
        said = {
            "in_use": layout.in_use(),
            "proven": layout.trusted(),
            "releases": layout.names(),
            "under_way": state.phase.value if state else None,
            "last": asdict(outcome) if outcome else None,
        }
        typer.echo(json.dumps(said))
    else:
        typer.echo(f"in use: {layout.in_use() or 'no release'}; here: {', '.join(layout.names())}")
        typer.echo(f"under way: {in_words(state)}" if state else "under way: nothing")
        typer.echo(f"last: {outcome.sentence()}" if outcome else "last: none yet")
    if outcome is not None and not outcome.good and state is None:
        raise typer.Exit(1)
