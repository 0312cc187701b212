"""From the list of devices to a folder for each, to the clients and to the broker.

Done again, this changes nothing that is as it should be: a key that is there stays, a certificate
is kept until it is near its end. The power may fail at any step; done once more, it goes on. A name
whose certificate is for another key is left as it is, and told: two devices with one name throw
each other out of the broker.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gate.certificates import PublicKey, key_in, key_pem, new_key, pem
from gate.durable import Disk
from gate.fleet.broker import configuration, rules
from gate.fleet.devices import Device
from gate.fleet.register import SECRET, OtherKeyError, Register, RegisterError, RevokedKeyError
from gate.fleet.site import Site, SiteFolder
from gate.model import Utc
from gate.provision.small_file import NAME

CERTIFICATE, KEY, SIGNED = "gate.pem", "gate.key", "gate.crt"
"""In a device's folder: of a key that was made here; and what was signed for a key of its own."""

BROKER = "(broker)"
"""Its name among the others; no gate can have it."""

FOLDER = 0o700


class Outcome(Enum):
    """What became of one folder, in words for people."""

    MADE = "made"
    CHANGED = "changed: bring it to the device"
    SAME = "as it was"
    WAITS = "made; sign its gate.csr once it has run"
    LEFT = "left as it is"


@dataclass(frozen=True, slots=True)
class Made:
    """A device, a client or the broker, and what became of it."""

    name: str
    outcome: Outcome
    why: str = ""


class Maker:
    """Makes the folders of one site."""

    def __init__(
        self,
        folder: SiteFolder,
        site: Site,
        register: Register,
        *,
        disk: Disk,
        now: Utc,
        replace: Collection[str] = (),
    ) -> None:
        """`replace` are names that get another key, which ends the one before."""
        self._folder = folder
        self._site = site
        self._register = register
        self._disk = disk
        self._now = now
        self._replace = replace

    def make(self, devices: Sequence[Device]) -> Iterator[Made]:
        """Every folder, one after the other."""
        for device in devices:
            yield self._made(device.gate, self._folder.devices / device.gate, device)
        for name in self._site.clients.all:
            yield self._made(name, self._folder.clients / name, None)
        yield self._broker(devices)

    # --- who comes to the broker -------------------------------------------------------------

    def _made(self, name: str, folder: Path, device: Device | None) -> Made:
        new = not folder.exists()
        self._disk.make_folder(folder, FOLDER)
        try:
            if device is not None and device.enrol:
                changed = self._own_key(name, folder)
                waits = self._register.of(name) is None
            else:
                stem = "gate" if device is not None else name
                changed, waits = self._key_made_here(name, folder, stem), False
        except (OtherKeyError, RevokedKeyError) as error:
            return Made(name, Outcome.LEFT, str(error))
        changed |= self._put(folder / "ca.pem", pem(self._register.certificate))
        if device is not None:
            for key, source in self._folder.public_keys().items():
                changed |= self._put(folder / key, source.read_bytes())
            # The last, since it names the others.
            changed |= self._put(folder / NAME, device.small_file, SECRET)
        if waits:
            return Made(name, Outcome.WAITS)
        return Made(name, Outcome.MADE if new else Outcome.CHANGED if changed else Outcome.SAME)

    def _key_made_here(self, name: str, folder: Path, stem: str) -> bool:
        """Whether its files are others now."""
        path, key = folder / f"{stem}.key", None
        if name in self._replace:
            self._register.revoke(name, self._now, reason=x509.ReasonFlags.superseded)
        elif path.exists():
            key = _key_at(path)
        elif self._register.of(name) is not None:
            lost = (
                "has made its own key" if (folder / SIGNED).exists() else "had a key that is gone"
            )
            raise OtherKeyError(
                f"it {lost}, and its certificate counts. --replace {name} ends that, and makes a"
                " key here."
            )
        if key is None:
            key = new_key()
            self._disk.write(path, key_pem(key), SECRET)
        certificate = self._certificate(name, key.public_key())
        self._take_out(folder / SIGNED)
        return self._put(folder / f"{stem}.pem", pem(certificate))

    def _own_key(self, name: str, folder: Path) -> bool:
        """The same for a device that makes its own key."""
        if name in self._replace:
            self._register.revoke(name, self._now, reason=x509.ReasonFlags.superseded)
            self._take_out(folder / CERTIFICATE)
            self._take_out(folder / KEY)
        elif (folder / KEY).exists():
            raise OtherKeyError(
                f"its key was made here. --replace {name} ends that, and the device makes its own."
            )
        has = self._register.of(name)
        if has is None:
            return self._take_out(folder / SIGNED)
        return self._put(folder / SIGNED, pem(self._certificate(name, has.public_key())))

    def _certificate(self, name: str, key: PublicKey) -> x509.Certificate:
        return self._register.certify(name, key, self._site.certificates, now=self._now)

    # --- the broker --------------------------------------------------------------------------

    def _broker(self, devices: Sequence[Device]) -> Made:
        folder = self._folder.broker
        new, path = not folder.exists(), folder / "broker.key"
        self._disk.make_folder(folder, FOLDER)
        if path.exists():
            key = _key_at(path)
        else:
            key = new_key()
            self._disk.write(path, key_pem(key), SECRET)
        certificate = self._register.certify_broker(
            self._site.broker.hosts, key.public_key(), self._site.certificates, now=self._now
        )
        changed = [
            self._put(folder / "broker.crt", pem(certificate)),
            self._put(folder / "site-ca.crt", pem(self._register.certificate)),
            self._put(self._folder.brokers_revocations, pem(self._register.revocations)),
            self._put(folder / "gate.conf", configuration(self._site).encode()),
            self._put(
                folder / "gate.acl", rules(self._site, [it.place for it in devices]).encode()
            ),
        ]
        outcome = Outcome.MADE if new else Outcome.CHANGED if any(changed) else Outcome.SAME
        return Made(BROKER, outcome)

    # --- files -------------------------------------------------------------------------------

    def _put(self, path: Path, data: bytes, mode: int = 0o644) -> bool:
        """Whether it was another one, or none."""
        if path.exists() and path.read_bytes() == data:
            return False
        self._disk.write(path, data, mode)
        return True

    def _take_out(self, path: Path) -> bool:
        found = path.exists()
        if found:
            self._disk.remove(path)
        return found


def _key_at(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        return key_in(path.read_bytes())
    except (ValueError, TypeError) as error:
        raise RegisterError(f"{path} is damaged. Take it from its backup.") from error
