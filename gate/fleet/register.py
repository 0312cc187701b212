"""What the authority of a site has signed, on disk.

The certificates themselves are the register: each is a file under `issued/` before anybody gets it,
and the revocation list says which of them count no more. Every change is one file in its place, so
that a power cut leaves the register before or after it; what was signed and not yet handed out is
found there again, for the same key.
"""

from collections.abc import Callable, Iterable, Sequence

from cryptography import x509

from gate.certificates import (
    PublicKey,
    days_left,
    hosts_of,
    is_brokers,
    key_in,
    key_pem,
    name_of,
    pem,
    same_key,
)
from gate.durable import Disk
from gate.fleet.authority import (
    Authority,
    broker_certificate,
    client_certificate,
    new_authority,
    revocation_list,
)
from gate.fleet.site import Certificates, SiteFolder
from gate.model import Utc

SECRET = 0o600


class RegisterError(Exception):
    """The register cannot be used; the text says why, and the way out."""


class OtherKeyError(RegisterError):
    """Somebody else has this name, or had it and was never told to give it back."""


class RevokedKeyError(RegisterError):
    """The key is in the wrong hands."""


Passphrase = Callable[[], bytes]
"""Asks for the passphrase of the authority's key; only called where the key has one."""


def found(
    folder: SiteFolder, site: str, now: Utc, *, disk: Disk, passphrase: bytes | None = None
) -> None:
    """Make the authority of a new site. Raises RegisterError where there is one already."""
    if folder.authority.exists():
        raise RegisterError(
            f"{folder.authority} is there: this site has its authority, and every gate trusts it."
        )
    authority = new_authority(site, now)
    disk.write(folder.authority_key, key_pem(authority.key, passphrase), SECRET)
    disk.write(folder.revocations, pem(revocation_list(authority, None, (), now)))
    disk.make_folder(folder.issued)
    disk.write(folder.authority, pem(authority.certificate))  # the last: from here on it is one


class Register:
    """The register of a site. The authority's key is read when something has to be signed."""

    def __init__(self, folder: SiteFolder, *, disk: Disk, passphrase: Passphrase) -> None:
        """Raises RegisterError where there is none, or one that is damaged."""
        self._folder = folder
        self._disk = disk
        self._passphrase = passphrase
        self._authority: Authority | None = None
        try:
            self.certificate = x509.load_pem_x509_certificate(folder.authority.read_bytes())
            self._list = x509.load_pem_x509_crl(folder.revocations.read_bytes())
            self._issued = [
                x509.load_pem_x509_certificate(path.read_bytes())
                for path in sorted(folder.issued.glob("*.pem"))
            ]
        except FileNotFoundError as error:
            raise RegisterError(
                f"{error.filename} is missing: {folder.root} is not the folder of a site. Make one"
                " with gate fleet init, or say where it is with --site."
            ) from error
        except OSError as error:
            raise RegisterError(f"{error.filename}: {error.strerror}.") from error
        except ValueError as error:
            raise RegisterError(
                f"a certificate in {folder.root} is damaged ({error}). Take the folder from its"
                " backup."
            ) from error

    @property
    def revocations(self) -> x509.CertificateRevocationList:
        """The list as the broker gets it."""
        return self._list

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Whether it counts no more."""
        serial = certificate.serial_number
        return self._list.get_revoked_certificate_by_serial_number(serial) is not None

    def names(self) -> set[str]:
        """Everybody who ever got a certificate, the broker apart."""
        return {name_of(it) for it in self._issued if not is_brokers(it)}

    def of(self, name: str) -> x509.Certificate | None:
        """The newest certificate of a client that counts; None where none does."""
        return _newest(it for it in self._counting(name) if not is_brokers(it))

    def of_broker(self, hosts: Sequence[str], key: PublicKey) -> x509.Certificate | None:
        """The newest certificate of the broker for these hosts and this key that counts."""
        return _newest(
            it
            for it in self._issued
            if is_brokers(it)
            and not self.is_revoked(it)
            and hosts_of(it) == tuple(hosts)
            and same_key(it.public_key(), key)
        )

    def of_the_broker(self) -> x509.Certificate | None:
        """Its newest one, whatever hosts and key that is for."""
        return _newest(it for it in self._issued if is_brokers(it))

    def certify(
        self,
        name: str,
        key: PublicKey,
        terms: Certificates,
        *,
        now: Utc,
        replace: bool = False,
    ) -> x509.Certificate:
        """The certificate of a client for this key: the one it has, or a new one near its end.

        With `replace` the certificates that it has for other keys end. Raises OtherKeyError where
        there are some without it, RevokedKeyError for a key that was revoked.
        """
        if any(self.is_revoked(it) and same_key(it.public_key(), key) for it in self._issued):
            raise RevokedKeyError(
                "its key was revoked, and nothing is signed for that again. Another one is made by"
                f" gate fleet make --replace {name}; or by a device that makes its own, at its next"
                " start after: sudo rm /etc/gate/credentials/gate.key /etc/gate/gate.toml"
            )
        if replace:
            self.revoke(name, now, but=key, reason=x509.ReasonFlags.superseded)
        has = self.of(name)
        if has is not None and not same_key(has.public_key(), key):
            raise OtherKeyError(
                "it has a certificate for another key: of another device, or of this one before it"
                f" was set up anew. If that one is out of use: --replace {name}, which ends it."
            )
        if has is not None and days_left(has, now) > terms.renew_days:
            return has
        return self._record(
            client_certificate(self._unlocked(), name, key, now=now, days=terms.days)
        )

    def certify_broker(
        self, hosts: Sequence[str], key: PublicKey, terms: Certificates, *, now: Utc
    ) -> x509.Certificate:
        """The same for the broker."""
        has = self.of_broker(hosts, key)
        if has is not None and days_left(has, now) > terms.renew_days:
            return has
        return self._record(
            broker_certificate(self._unlocked(), hosts, key, now=now, days=terms.days)
        )

    def revoke(
        self,
        name: str,
        now: Utc,
        *,
        but: PublicKey | None = None,
        reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    ) -> int:
        """Let no certificate of a client count any more, or only those for the key `but`.

        Says how many no longer do.
        """
        gone = [
            it
            for it in self._counting(name)
            if not is_brokers(it) and (but is None or not same_key(it.public_key(), but))
        ]
        if gone:
            self._list = revocation_list(self._unlocked(), self._list, gone, now, reason)
            self._disk.write(self._folder.revocations, pem(self._list))
        if self._folder.broker.is_dir():  # also where the power failed before it had the last one
            self._disk.write(self._folder.brokers_revocations, pem(self._list))
        return len(gone)

    def _counting(self, name: str) -> list[x509.Certificate]:
        return [it for it in self._issued if name_of(it) == name and not self.is_revoked(it)]

    def _record(self, certificate: x509.Certificate) -> x509.Certificate:
        path = self._folder.issued / f"{certificate.serial_number:040x}.pem"
        self._disk.write(path, pem(certificate))
        self._issued.append(certificate)
        return certificate

    def _unlocked(self) -> Authority:
        if self._authority is None:
            self._authority = Authority(self.certificate, self._key())
        return self._authority

    def _key(self) -> PublicKey:
        path = self._folder.authority_key
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RegisterError(
                f"{path}: {error.strerror}. Nothing can be signed without the authority's key."
            ) from error
        try:
            key = key_in(data)
        except TypeError:  # it has a passphrase
            try:
                key = key_in(data, self._passphrase())
            except ValueError:
                raise RegisterError(f"{path}: that is not its passphrase.") from None
        except ValueError as error:
            raise RegisterError(f"{path} is damaged. Take it from its backup.") from error
        if not same_key(key.public_key(), self.certificate.public_key()):
            raise RegisterError(
                f"{path} and {self._folder.authority} do not belong together. Take both from one"
                " backup."
            )
        return key


def _newest(certificates: Iterable[x509.Certificate]) -> x509.Certificate | None:
    return max(
        certificates,
        key=lambda it: (it.not_valid_before_utc, it.not_valid_after_utc),
        default=None,
    )
