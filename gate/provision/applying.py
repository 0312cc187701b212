"""The small file of a device, taken over: the only part that knows the order of things.

Nothing is changed while anything is wrong. What is taken over once is not looked at again until the
card says something else; what left the card by our own hand is no change.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from gate.config import Problem
from gate.config.rules import decoder_is_here
from gate.config.toml import MAX_BYTES
from gate.durable import Disk
from gate.keys import MAX_FILE_BYTES
from gate.model import Utc
from gate.places import Places
from gate.process import Runner
from gate.provision import board
from gate.provision.board import LARGEST, content
from gate.provision.card import KEPT, Card
from gate.provision.carrying import carry_out, finish, group_number, owner
from gate.provision.documents import PLACES, documents
from gate.provision.enrolment import CERTIFICATE, REQUEST, is_own_key, make_key
from gate.provision.plan import (
    LOCALTIME,
    READ,
    ZONES,
    Device,
    joining,
    needs_own_key,
    network_problem,
    plan,
)
from gate.provision.record import RECORD, Record, record_in, seen
from gate.provision.report import Outcome, lines, log_of, same
from gate.provision.sections import Wifi
from gate.provision.small_file import NAME, SmallFile, examine, known
from gate.provision.steps import Gone, Put, Steps
from gate.provision.unconfigured import hide, show

ON_SCREEN = 12
"""Lines of what is wrong that a screen has room for."""


class Provisioner:
    """One device, and the card in it. All methods raise OSError."""

    def __init__(self, *, places: Places, disk: Disk, run: Runner) -> None:
        self._places = places
        self._disk = disk
        self._run = run

    # --- what is asked for --------------------------------------------------------------------

    def provision(self, now: Utc, *, may_restart: bool = False) -> Outcome:
        """Take over what the card says, and say on the card what became of it.

        `may_restart`: the machine may be restarted where config.txt has changed.
        """
        try:
            left, failed = finish(self._places, self._disk, self._run)
            outcome = self._from_card()
        except OSError:  # of a card that takes nothing: by then the device is configured
            if self._places.config.exists():
                hide(self._places, self._disk)
            raise
        if left is not None:
            done = (*left.done, *outcome.done)
            outcome = replace(outcome, changed=True, done=done, failed=(*failed, *outcome.failed))
        outcome = self._on_the_board(outcome)
        self._tell(outcome, now)
        if outcome.reboot and may_restart:
            self._restart()
        return outcome

    def apply(self, small: bytes, now: Utc) -> Outcome:
        """Take over a small file that does not lie on the card: nothing of it will."""
        with suppress(OSError):  # where these cannot be taken, the new ones go before
            finish(self._places, self._disk, self._run)
        outcome = self._on_the_board(self._taken_over(small, lambda _name: None, here=False))
        self._tell(outcome, now)
        return outcome

    def problems(self, small: bytes) -> tuple[Problem, ...]:
        """Everything wrong with a small file for this device; changes nothing."""
        steps = self._steps(small, lambda _name: None, here=False)
        return () if isinstance(steps, Steps) else steps

    def check(self) -> tuple[Problem, ...]:
        """Everything wrong with the small file on the card; changes nothing."""
        small = self._on_card(NAME, MAX_BYTES)
        if small is None:
            return tuple(self._misnamed()) or (_absent(),)
        if not self._places.settings.is_dir():  # a laptop: nobody knows what the device has
            return self._of_any_device(small)
        steps = self._steps(small, self._beside, here=True)
        return () if isinstance(steps, Steps) else steps

    def join(self, wifi: Wifi, *, sae: bool = False) -> tuple[str, ...]:
        """Store a network and join it; `sae` where it speaks WPA3 alone. Says which commands
        failed."""
        finish(self._places, self._disk, self._run)
        done: list[str] = []
        steps = tuple(joining(wifi, self._device(), done, sae=sae))
        kept = Steps(steps=steps, done=tuple(done))
        return tuple(carry_out(kept, self._places, self._disk, self._run))

    # --- the small file -----------------------------------------------------------------------

    def _from_card(self) -> Outcome:
        configured = self._places.config.exists()
        small = self._on_card(NAME, MAX_BYTES)
        if small is None:
            if (kept := self._kept_for_a_certificate()) is not None:
                return self._taken_over(kept, self._beside, here=False)
            misnamed = tuple(self._misnamed())
            return Outcome(configured, file=False, changed=False, problems=misnamed)
        record = self._record()
        files = {name: self._beside(name) for name in record.names}
        if configured and record.seen == seen(small, record.names, files):
            return Outcome(configured, changed=False)
        return self._taken_over(small, self._beside, here=True)

    def _taken_over(
        self, small: bytes, beside: Callable[[str], bytes | None], *, here: bool
    ) -> Outcome:
        steps = self._steps(small, beside, here=here)
        if not isinstance(steps, Steps):
            return Outcome(self._places.config.exists(), problems=steps)
        failed = carry_out(steps, self._places, self._disk, self._run)
        return Outcome(configured=True, done=steps.done, failed=tuple(failed))

    def _steps(
        self, small: bytes, beside: Callable[[str], bytes | None], *, here: bool
    ) -> Steps | tuple[Problem, ...]:
        """What is to be done, or everything that is wrong."""
        examined, device, files = examine(small), self._device(), dict[str, bytes]()

        def found_beside(name: str) -> bytes | None:
            data = beside(name)
            if data is not None:
                files[name] = data
            return data

        named, problems = documents(examined.secrets, found_beside, device.found)
        problems += self._of_this_device(examined.file, device)
        if examined.problems or problems:
            return examined.told(problems)
        file = examined.file
        for name in (REQUEST, CERTIFICATE):
            found_beside(name)
        own_key = None
        if needs_own_key(file):
            stored = device.found.get(PLACES["mqtt_key"])
            own_key = stored if stored is not None and is_own_key(stored) else make_key()
        group_number(self._places, "gate")  # before anything is changed
        steps = plan(file, named, device, Card(small, files, here), own_key)
        if isinstance(steps, Problem):
            return (steps,) if steps.path == CERTIFICATE else examined.told([steps])
        record = self._record().model_copy(update={"camera": file.device.camera})
        if here:
            names = {it.beside for it in named.values() if it.beside} | {CERTIFICATE}
            names |= {REQUEST} if own_key is not None else set()
            record = _after(record, small, names, files, steps)
        kept = Put(path=RECORD, data=record.kept(), mode=0o600)
        return Steps(steps=(*steps.steps, kept), done=steps.done)

    def _of_any_device(self, small: bytes) -> tuple[Problem, ...]:
        examined = examine(small)
        _, problems = documents(examined.secrets, self._beside, None)
        return examined.told(problems)

    def _of_this_device(self, file: SmallFile, device: Device) -> Iterable[Problem]:
        if problem := network_problem(file, device):
            yield problem
        with suppress(AttributeError):  # a hole: what is wrong there is told already
            yield from decoder_is_here(file)
        zones, zone = self._places.root / ZONES, known(file, "device", "timezone")
        if zone is not None and zones.is_dir() and not (zones / zone).is_file():
            what = f'"{zone}" is not known to this device'
            yield Problem("device.timezone", what, "Take another city of the same time.")

    # --- the rest of the device ---------------------------------------------------------------

    def _on_the_board(self, outcome: Outcome) -> Outcome:
        """What does not depend on the small file, or hardly."""
        done = list(outcome.done)
        try:
            reboot = board.boot_lines(self._places, self._disk, self._record().camera, done)
        except OSError as error:  # a card that is full, or worn out
            reboot = False
            done.append(f"config.txt could not be written ({error.strerror})")
        board.hold(self._places, self._run, done)
        if outcome.configured:
            hide(self._places, self._disk)
        else:
            told = lines(outcome)
            more = [f"... and more in {self._places.provision_log.name}"]
            show(self._places, self._disk, told[:ON_SCREEN] + more * (len(told) > ON_SCREEN))
        changed = outcome.changed or bool(done)
        return replace(outcome, done=tuple(done), reboot=reboot, changed=changed)

    def _restart(self) -> None:
        """Once for each config.txt, whatever becomes of it."""
        text = sha256(self._places.boot_config.read_bytes()).hexdigest()
        record = self._record()
        if record.restarted_for != text:
            kept = record.model_copy(update={"restarted_for": text}).kept()
            self._disk.make_folder(self._places.settings)
            self._disk.write(self._places.root / RECORD, kept, 0o600, owner(self._places, "root"))
            self._run("systemctl", "--no-block", "reboot")

    # --- what is there ------------------------------------------------------------------------

    def _device(self) -> Device:
        found = {path: content(self._places.root / path, LARGEST) for path in READ}
        try:
            zone = (self._places.root / LOCALTIME).readlink().as_posix().partition("zoneinfo/")[2]
        except OSError:
            zone = ""
        known = {path: data for path, data in found.items() if data is not None}
        return Device(known, zone or None)

    def _record(self) -> Record:
        return record_in(content(self._places.root / RECORD, LARGEST))

    def _on_card(self, name: str, largest: int) -> bytes | None:
        return content(self._places.boot / name, largest)

    def _beside(self, name: str) -> bytes | None:
        return self._on_card(name, MAX_FILE_BYTES)

    def _kept_for_a_certificate(self) -> bytes | None:
        """A file that came by another way, where a certificate for it has come on the card."""
        signed, own = self._beside(CERTIFICATE), content(self._places.certificate, LARGEST)
        if signed is None or signed == own:
            return None
        return content(self._places.root / KEPT, MAX_BYTES)

    def _misnamed(self) -> Iterable[Problem]:
        """Windows hides the end of a name, so that gate.toml.txt looks right."""
        for path in sorted(self._places.boot.glob(f"{NAME}.*")):
            if path.suffix.lower() in {".txt", ".toml"}:
                what = f"is not read: a file of this name is not {NAME}"
                yield Problem(
                    path.name, what, "Have Windows show the ends of names, and rename it."
                )

    def _tell(self, outcome: Outcome, now: Utc) -> None:
        """Write the log, unless it says so already, or the card takes none: who called tells it."""
        if not outcome.changed and not outcome.problems and (outcome.configured or outcome.file):
            return
        path = self._places.provision_log
        data, old = log_of(outcome, now), content(path, LARGEST)
        if path.parent.is_dir() and (old is None or not same(data, old)):
            with suppress(OSError):
                self._disk.write(path, data)


def _after(
    record: Record, small: bytes, names: set[str], files: dict[str, bytes], steps: Steps
) -> Record:
    """What will stand on the card when these steps are taken."""
    there: dict[str, bytes | None] = {NAME: small, **files}
    for step in steps.steps:
        if isinstance(step, Put | Gone) and step.card:
            there[step.path] = step.data if isinstance(step, Put) else None
            if isinstance(step, Gone) and step.was is not None:
                names.discard(step.path)
    kept = tuple(sorted(names))
    after = seen(there[NAME] or b"", kept, there)
    return record.model_copy(update={"seen": after, "names": kept})


def _absent() -> Problem:
    return Problem(NAME, "is not there", "Copy it to the boot partition (config/gate-card.toml).")
