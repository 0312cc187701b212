"""The phases of an update or a roll-back: what each does, and which one follows.

`gate.releases.updating` says what holds for all of them.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from gate.durable import Disk
from gate.keys import KeysError, KeySet
from gate.process import Runner
from gate.releases import partition
from gate.releases.bundle import BundleError, Manifest, read_files, read_manifest, unfit
from gate.releases.install import (
    SYSTEM_PYTHON,
    ReleaseError,
    activate,
    install,
    prove,
    prune,
    python_version,
)
from gate.releases.layout import Layout, version_of
from gate.releases.questions import Questions
from gate.releases.services import Services
from gate.releases.state import (
    Kind,
    Outcome,
    Phase,
    Result,
    State,
    forget_state,
    write_outcome,
)
from gate.releases.trial import Expected
from gate.units import CENTRAL

MOST_BEGUN = 3
"""How often the phases before the trial are begun: a supply that is too weak for pip ends, too."""

BEFORE_TRIAL = {Phase.ASKED, Phase.MAKING, Phase.CHECKING}

ROOM_TIMES, ROOM_BYTES = 5, 60 * 2**20
"""Of the bundle's size, and beside that, for pip: what a release takes on the disk while made."""


@dataclass(frozen=True, slots=True)
class Device:
    """What an update has to do with."""

    layout: Layout
    disk: Disk
    run: Runner
    services: Services
    questions: Questions
    keys: Callable[[], KeySet]
    """Whose bundles are taken; raises KeysError."""
    log: Path
    """What the technician finds on the FAT partition."""
    arch: str
    utc: Callable[[], float]
    tell: Callable[[str], None]
    python: Path = SYSTEM_PYTHON


class Phases:
    """Does one after the other."""

    def __init__(self, device: Device, ready: Callable[[], None]) -> None:
        self._device = device
        self._layout, self._disk = device.layout, device.disk
        self._ready = ready

    def step(self, state: State) -> State | Outcome:
        """Do one phase; gives the next, or the outcome. What goes wrong is one of the two."""
        try:
            return self._step(state)
        except (ReleaseError, KeysError, OSError) as error:
            match state.phase:
                case Phase.KEEPING:
                    raise
                case Phase.TRYING:
                    return state.at(Phase.RETURNING, why=str(error))
                case Phase.RETURNING:
                    self._device.services.start()
                    why = f"{state.why}; and on the way back: {error}"
                    return self._outcome(state, Result.STUCK, why)
                case _:
                    return self._outcome(state, Result.REFUSED, str(error))

    def end(self, state: State, outcome: Outcome) -> None:
        """Tell it, clear away what is not needed, and forget that it was under way."""
        try:
            write_outcome(self._layout, outcome, self._disk)
        except OSError:  # the disk is full: by what was unpacked, as likely as not
            self._disk.remove(self._layout.incoming)
            write_outcome(self._layout, outcome, self._disk)
        self._device.tell(outcome.sentence())
        with suppress(OSError):  # another machine's partition: as it may be
            partition.log(self._device.log, outcome, self._disk)
        if state.mark:
            bundle = Path(state.bundle)
            partition.set_aside(bundle, state.mark, outcome, self._layout, self._disk)
        for folder in (self._layout.asked, self._layout.incoming):
            self._disk.remove(folder)
        failed = state.kind is Kind.UPDATE and not outcome.good
        prune(self._disk, self._layout.root, unwanted=state.after if failed else None)
        forget_state(self._layout, self._disk)

    def _step(self, state: State) -> State | Outcome:
        if state.phase in BEFORE_TRIAL:
            self._ready()
            if state.tries > MOST_BEGUN:
                why = f"given up: the power was cut {MOST_BEGUN} times before it could be tried"
                return self._outcome(state, Result.REFUSED, why)
        match state.phase:
            case Phase.ASKED:
                return self._ask(state)
            case Phase.MAKING:
                name = install(
                    *(self._layout.incoming, state.version, self._disk, self._device.run),
                    self._layout.root,
                    python=self._device.python,
                )
                return state.at(Phase.CHECKING, after=name)
            case Phase.CHECKING:
                self._device.questions.doubt(_known(state.before), state.after)
                expected = self._device.services.settled()
                return state.at(Phase.TRYING, expected=expected, tries=1)
            case Phase.TRYING:
                return self._try(state)
            case Phase.RETURNING:
                return self._return(state)
            case Phase.KEEPING:
                self._ready()
                prove(state.after, self._disk, self._layout.root)
                updated = state.kind is Kind.UPDATE
                result = Result.UPDATED if updated else Result.ROLLED_BACK
                not_watched = "" if state.expected.ran else "not tried: the lane did not run"
                return self._outcome(state, result, not_watched)

    def _ask(self, state: State) -> State | Outcome:
        _known(state.before)
        if self._device.services.unit(CENTRAL).active:
            raise ReleaseError("gate-central runs here: update a central by its Debian package")
        with Path(state.bundle).open("rb") as file:
            manifest = read_manifest(file, self._device.keys())
            state = state.at(state.phase, version=manifest.version)
            if self._is_in_use(manifest):
                return self._outcome(state, Result.NOTHING_TO_DO)
            self._require_fit(state, manifest)
            self._disk.remove(self._layout.incoming)
            self._disk.make_folder(self._layout.incoming)
            for name, data in read_files(file, manifest):
                self._disk.write(self._layout.incoming / name, data)
        return state.at(Phase.MAKING)

    def _is_in_use(self, manifest: Manifest) -> bool:
        now = self._layout.in_use()
        return now is not None and version_of(now) == manifest.version

    def _require_fit(self, state: State, manifest: Manifest) -> None:
        now = self._layout.in_use()
        why = unfit(
            manifest,
            over=version_of(now) if now else None,
            arch=self._device.arch,
            python=python_version(self._device.python, self._device.run),
            allow_downgrade=state.allow_downgrade,
        )
        if why is not None:
            raise BundleError(why)
        needed = ROOM_TIMES * manifest.total + ROOM_BYTES
        if (free := disk_usage(self._layout.home).free) < needed:
            raise ReleaseError(
                f"{free >> 20} MiB are free below {self._layout.home}, and it takes"
                f" {needed >> 20}: make room"
            )

    def _try(self, state: State) -> State:
        after = state.after
        if self._layout.in_use() != after:
            self._leave(to=after, by=_known(state.before))
            if state.kind is Kind.UPDATE:
                activate(after, self._disk, self._layout.root)
            else:
                self._link(after)
        why = self._watched(state.expected)
        return state.at(Phase.RETURNING, why=why) if why else state.at(Phase.KEEPING)

    def _return(self, state: State) -> Outcome:
        before = _known(state.before)
        if self._layout.in_use() != before:
            self._leave(to=before, by=state.after)
            self._link(before)
        why = self._watched(Expected(ran=state.expected.ran))
        worse = f"; and {before} does not work either: {why}" if why else ""
        return self._outcome(state, Result.RETURNED, state.why + worse)

    def _leave(self, *, to: str, by: str) -> None:
        """End the daemon, and hand the database over."""
        services = self._device.services
        if services.unit().state not in {"inactive", "failed", "unknown"}:
            why = services.stop()
            if why is not None:
                raise ReleaseError(f"the lane could not be stopped: {why}")
        if self._layout.made(by) is not None:
            self._device.questions.hand_back(to, by)

    def _link(self, name: str) -> None:
        self._disk.link(self._layout.current, Path("releases") / name)

    def _watched(self, asked: Expected) -> str | None:
        """Have the lane run, if it ran; why it does not work."""
        self._ready()
        if not asked.ran:
            return None
        self._device.services.start()
        return self._device.services.watch(asked)

    def _outcome(self, state: State, result: Result, why: str = "") -> Outcome:
        return Outcome(
            kind=state.kind,
            result=result,
            at=self._device.utc(),
            version=state.version,
            in_use=self._layout.in_use() or "nothing",
            why=why,
            bundle=Path(state.bundle).name if state.bundle else "",
        )


def _known(before: str | None) -> str:
    if before is None:
        raise ReleaseError("No release is in use here: install the Debian package first.")
    return before
