"""Where everything is on a device: the only list of paths that more than one part goes by.

`docs/architecture.md` says who writes and who reads each. A test works below a folder of its own.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of a device whose file system begins at `root`."""

    root: Path = Path("/")
    card: Path | None = None
    """Where the FAT partition is, if not at its usual place below the root."""

    # --- what the lane is to do: read by the daemon, written by root ----------------------------

    @property
    def settings(self) -> Path:
        """The folder of the configuration."""
        return self.root / "etc/gate"

    @property
    def config(self) -> Path:
        """The daemon's configuration, 0640 root:gate."""
        return self.settings / "gate.toml"

    @property
    def keys(self) -> Path:
        """Whose passes are taken (JWKS)."""
        return self.settings / "keys.json"

    @property
    def root_key(self) -> Path:
        """Who signs lists of keys that come over the network (JWKS)."""
        return self.settings / "root.json"

    @property
    def operators(self) -> Path:
        """Whose commands are obeyed (JWKS)."""
        return self.settings / "operators.json"

    @property
    def update_keys(self) -> Path:
        """Whose update bundles are taken (JWKS)."""
        return self.settings / "update-keys.json"

    @property
    def setup_keys(self) -> Path:
        """Whose set-up codes are taken (JWKS)."""
        return self.settings / "setup-keys.json"

    @property
    def credentials(self) -> Path:
        """Secrets, 0700 root, files 0600; a unit hands them on (`gate.config.credentials`)."""
        return self.settings / "credentials"

    @property
    def mqtt_password(self) -> Path:
        """The password at the broker, one line."""
        return self.credentials / "mqtt.password"

    @property
    def ca(self) -> Path:
        """The authority that signed the broker's certificate (PEM)."""
        return self.credentials / "ca.pem"

    @property
    def certificate(self) -> Path:
        """The certificate of this gate (PEM)."""
        return self.credentials / "gate.pem"

    @property
    def private_key(self) -> Path:
        """The private key of that certificate (PEM); made here, and never leaves."""
        return self.credentials / "gate.key"

    # --- the program ----------------------------------------------------------------------------

    @property
    def releases(self) -> Path:
        """One virtual environment a release, in a folder named after its version."""
        return self.root / "opt/gate/releases"

    @property
    def current(self) -> Path:
        """The link to the release in use."""
        return self.root / "opt/gate/current"

    @property
    def wheels(self) -> Path:
        """What the Debian package brings: wheels and `requirements.lock`."""
        return self.root / "usr/lib/aman-gate/wheels"

    # --- what the lane remembers, and what it says while it runs --------------------------------

    @property
    def data(self) -> Path:
        """The database and what else survives a restart, of the user gate."""
        return self.root / "var/lib/gate"

    @property
    def run(self) -> Path:
        """What is gone after a restart of the machine."""
        return self.root / "run/gate"

    # --- the FAT partition, which any laptop can write ------------------------------------------

    @property
    def boot(self) -> Path:
        """The mounted boot partition, with the label bootfs."""
        return self.root / "boot/firmware" if self.card is None else self.card

    @property
    def small_file(self) -> Path:
        """The one file that a technician writes."""
        return self.boot / "gate.toml"

    @property
    def boot_config(self) -> Path:
        """What the Raspberry Pi's firmware goes by."""
        return self.boot / "config.txt"

    @property
    def provision_log(self) -> Path:
        """What became of the small file."""
        return self.boot / "gate-provision.log"

    @property
    def update_log(self) -> Path:
        """What became of an update that lay on the partition (`*.gateup`)."""
        return self.boot / "gate-update.log"

    @property
    def signing_request(self) -> Path:
        """What the site's authority is asked to sign (PEM)."""
        return self.boot / "gate.csr"
