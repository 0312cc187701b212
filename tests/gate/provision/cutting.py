"""Power that fails after any step, and somebody who looks at the device after each."""

import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from drivers.process import Finished
from gate.durable import Disk
from gate.places import Places
from gate.provision import network
from gate.provision.carrying import journal
from gate.provision.sections import STORED
from gate.provision.steps import Put, Steps
from tests.gate.provision.devices import Commands, Device, mode


class PowerCutError(Exception):
    """The end, after a step."""


class Mains:
    """Gives power for so many steps; without a number, for as many as one wants."""

    def __init__(self, steps: int | None = None) -> None:
        self._steps = steps
        self._taken = 0

    def after_a_step(self) -> None:
        self._taken += 1
        if self._taken == self._steps:
            raise PowerCutError


class CutDisk(Disk):
    """The real disk; after each step somebody looks, and then the power may be gone."""

    def __init__(self, mains: Mains, look: Callable[[], None]) -> None:
        self._mains = mains
        self._look = look
        self._within = False

    def _step(self, take: Callable[[], None]) -> None:
        if self._within:  # the rename of a write belongs to it
            take()
            return
        self._within = True
        take()
        self._within = False
        self._look()
        self._mains.after_a_step()

    def write(
        self, path: Path, data: bytes, mode: int = 0o644, owner: tuple[int, int] | None = None
    ) -> None:
        self._step(lambda: super(CutDisk, self).write(path, data, mode, owner))

    def make_folder(
        self, path: Path, mode: int = 0o755, owner: tuple[int, int] | None = None
    ) -> None:
        if not path.is_dir():
            self._step(lambda: super(CutDisk, self).make_folder(path, mode, owner))

    def link(self, path: Path, target: Path) -> None:
        self._step(lambda: super(CutDisk, self).link(path, target))

    def rename(self, old: Path, new: Path) -> None:
        self._step(lambda: super(CutDisk, self).rename(old, new))

    def remove(self, path: Path) -> None:
        self._step(lambda: super(CutDisk, self).remove(path))


class CutCommands(Commands):
    """Notes what it is given, and then the power may be gone."""

    def __init__(self, mains: Mains) -> None:
        super().__init__()
        self._mains = mains

    def __call__(
        self, *command: str | Path, timeout_s: float = 30.0, env: object = None
    ) -> Finished:
        answer = super().__call__(*command, timeout_s=timeout_s, env=env)
        self._mains.after_a_step()
        return answer


class Watch:
    """What must hold at any moment."""

    def __init__(self, device: Device, secrets: tuple[str, ...]) -> None:
        self._device = device
        self._secrets = secrets

    def __call__(self) -> None:
        places = self._device.places
        card_says, stored = places.small_file.read_bytes(), [*self._stored()]
        for secret in self._secrets:
            on_card, kept = secret.encode() in card_says, any(secret in it for it in stored)
            assert on_card or kept, f"{secret} is lost"
        if STORED.encode() in card_says:
            assert stored, "the card says that something is stored"
        if places.provision_log.exists():
            assert not any(secret in self._device.log() for secret in self._secrets)
        for path in [*places.settings.rglob("*"), places.root / network.CONNECTION]:
            data = path.read_bytes() if path.is_file() else b""
            if any(secret.encode() in data for secret in self._secrets) or b"PRIVATE" in data:
                assert not mode(path) & (stat.S_IRWXG | stat.S_IRWXO), path
        if journal(places).exists():
            assert mode(journal(places)) == 0o600
        if places.config.exists():
            assert mode(places.config) == 0o640
        if places.credentials.exists():
            assert mode(places.credentials) == 0o700

    def _stored(self) -> Iterator[str]:
        """Everything that is secret on the device. What waits to be put there is stored, too."""
        places = self._device.places
        files = {path: path.read_bytes() for path in places.credentials.glob("*")}
        if (keyfile := places.root / network.CONNECTION).is_file():
            files[keyfile] = keyfile.read_bytes()
        if journal(places).is_file():
            steps = Steps.model_validate_json(journal(places).read_bytes()).steps
            files |= {places.root / it.path: it.data for it in steps if isinstance(it, Put)}
        for path, data in files.items():
            known = network.stored_network(data) if path == keyfile else None
            yield str(known[1]) if known else data.decode()


def each_cut(
    before: Device, folder: Path, secrets: tuple[str, ...], start: Callable[[Device], object]
) -> Iterator[tuple[Device, Watch]]:
    """Start copies of a device; the power fails after the first step, the second, and so on."""
    steps = 0
    while True:
        steps += 1
        copy = shutil.copytree(before.places.root, folder / f"cut-{steps}", symlinks=True)
        device, mains = Device(Places(copy)), Mains(steps)
        watch = Watch(device, secrets)
        # Whoever asks for the cut looks then; what was before it was looked at in earlier copies.
        device.disk, device.commands = CutDisk(mains, lambda: None), CutCommands(mains)
        try:
            start(device)
        except PowerCutError:
            yield device, watch
        else:
            return
