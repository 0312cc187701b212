"""Keys and certificates: there, readable, not run out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from gate.config import Config
from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.keys import KeysError, load_keys
from gate.model import Utc
from gate.reloading import unusable_lists

BAD = Trouble(
    "KEYS-WRONG",
    Level.BROKEN,
    tested="the keys",
    cause="A file of keys or revocations is not there, cannot be read, or is none. Without the keys"
    " of those who issue passes every pass is refused; the daemon does not start.",
    mend="gate check --config {file}",
    more="It says which, and the way out. The small gate.toml brings keys anew ([secrets]).",
)
EXPIRED = Trouble(
    "KEYS-EXPIRED",
    Level.BROKEN,
    tested="how long the keys are valid",
    cause="No key that passes are checked with is valid now: every pass is refused as of an unknown"
    " issuer.",
    mend="sudo install -o root -g gate -m 640 keys.json {file}",
    more="The issuing side hands out the keys.json in force.",
)
ENDING = Trouble(
    "KEYS-ENDING",
    Level.WARNING,
    tested="how long the keys are valid",
    cause="The last key that passes are checked with ends within 14 days.",
    mend="sudo install -o root -g gate -m 640 keys.json {file}",
    more="With a central server new keys come by themselves, once it has them.",
)
CERTIFICATE = Trouble(
    "CERT-WRONG",
    Level.BROKEN,
    tested="the certificates",
    cause="A certificate or its private key cannot be used: not PEM, not readable, or the two do"
    " not belong together.",
    mend="sudo gate provision",
    more="The small gate.toml brings them anew ([secrets] mqtt_ca, mqtt_cert, mqtt_key).",
)
CERTIFICATE_EXPIRED = Trouble(
    "CERT-EXPIRED",
    Level.BROKEN,
    tested="how long the certificates are valid",
    cause="A certificate is not valid now: the broker refuses the gate, or the gate the broker. Or"
    " the clock of this device is wrong.",
    mend="date && sudo gate provision",
    more="docs/fleet.md says how a device gets a new one. Look at the clock first.",
)
CERTIFICATE_ENDING = Trouble(
    "CERT-ENDING",
    Level.WARNING,
    tested="how long the certificates are valid",
    cause="A certificate ends within 30 days.",
    mend="sudo gate provision",
    more="docs/fleet.md says how a device gets a new one.",
)
WAITING = Trouble(
    "CERT-WAITING",
    Level.WARNING,
    tested="the certificates",
    cause="This device has made a key and waits for the site to sign its certificate: gate.csr lies"
    " on the boot partition. Until then the broker does not let it in.",
    mend="gate fleet sign gate.csr",
    more="On the site's own machine; put the gate.crt that it writes beside it on the card"
    " (docs/fleet.md).",
)
OPEN = Trouble(
    "SECRETS-OPEN",
    Level.WARNING,
    tested="who may read the secrets",
    cause="Others than root may read a password or a private key.",
    mend="sudo chmod -R u=rwX,go= {folder}",
)

TROUBLES = (
    *(BAD, EXPIRED, ENDING),
    *(CERTIFICATE, CERTIFICATE_EXPIRED, CERTIFICATE_ENDING, WAITING, OPEN),
)

KEYS_END = timedelta(days=14)
CERTIFICATES_END = timedelta(days=30)


def keys(device: Device) -> Iterator[Finding]:
    """Whom passes and words are taken from."""
    config = device.config
    if config is None:
        return
    if problems := [*unusable_lists(config)]:
        yield BAD.found("; ".join(problems), file=device.config_file)
        return
    file = config.passes.keys
    try:
        known = load_keys(file).candidates(None)
    except KeysError as error:
        yield BAD.found(str(error), file=device.config_file)
        return
    skew_s = config.passes.skew_s
    later = Utc(device.now + KEYS_END.total_seconds())
    if not any(key.is_valid(device.now, skew_s) for key in known):
        yield EXPIRED.found(f"none of {len(known)} in {file.name} is valid now", file=file)
    elif not any(key.ends > later for key in known):
        last = datetime.fromtimestamp(max(key.ends for key in known), UTC)
        yield ENDING.found(f"the last one ends on {last.date()}", file=file)
    else:
        yield good(EXPIRED.tested, f"{len(known)} known")


def certificates(device: Device) -> Iterator[Finding]:
    """The broker's authority and our own; one finding for each thing that is wrong."""
    if device.config is None or not device.config.mqtt.enabled:
        return
    broker = device.config.mqtt
    if broker.ca_file is None:
        return
    if broker.cert_file is None and device.places.signing_request.exists():
        yield WAITING.found("gate.csr waits on the boot partition to be signed")
        return
    files = [file for file in (broker.ca_file, broker.cert_file) if file is not None]
    wrong = [it for file in files for it in _certificate(device, file)]
    if broker.cert_file is not None and broker.key_file is not None:
        wrong += _pair(broker.cert_file, broker.key_file)
    for trouble in dict.fromkeys(trouble for trouble, _ in wrong):
        yield trouble.found("; ".join(text for it, text in wrong if it is trouble))
    if not wrong:
        yield good(CERTIFICATE.tested, "valid")


def secrets(device: Device) -> Iterator[Finding]:
    """Modes of what nobody may read."""
    folder = device.places.credentials
    named = _named(device.config) if device.config is not None else ()
    files = [*(folder.glob("*") if folder.is_dir() else ()), *named]
    opened = [file.name for file in files if _open_to_others(file)]
    if opened:
        where = folder if folder.is_dir() else files[0]
        yield OPEN.found(f"others may read {', '.join(opened)}", folder=where)
    elif files:
        yield good(OPEN.tested, "root and the gate alone")


CHECKS = (keys, certificates, secrets)


def _named(config: Config) -> tuple[Path, ...]:
    files = (config.mqtt.password_file, config.mqtt.key_file)
    return tuple(file for file in files if file is not None)


def _open_to_others(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & 0o007)
    except OSError:
        return False


Wrong = tuple[Trouble, str]


def _certificate(device: Device, file: Path) -> Iterator[Wrong]:
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        yield CERTIFICATE, f"{file.name}: {error}"
        return
    now = datetime.fromtimestamp(device.now, UTC)
    ends = min(it.not_valid_after_utc for it in chain)
    begins = max(it.not_valid_before_utc for it in chain)
    if not begins <= now < ends:
        said = f"{file.name} is valid from {begins.date()} to {ends.date()}; it is {now.date()}"
        yield CERTIFICATE_EXPIRED, said
    elif ends < now + CERTIFICATES_END:
        yield CERTIFICATE_ENDING, f"{file.name} ends on {ends.date()}"


def _pair(certificate: Path, key: Path) -> Iterator[Wrong]:
    try:
        ours = load_pem_private_key(key.read_bytes(), None).public_key()
        theirs = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    except (OSError, ValueError, TypeError) as error:
        yield CERTIFICATE, f"{key.name}: {error}"
        return
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if ours.public_bytes(*form) != theirs.public_bytes(*form):
        yield CERTIFICATE, f"{key.name} is not the private key of {certificate.name}"
