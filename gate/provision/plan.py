"""From a good small file to the steps that make the device what it says. Pure.

The order of the steps is the order of trust. Secrets are stored before anything that names them,
the daemon's configuration comes after all that it names, and only then is the card touched: what
is stored leaves it. What is as it should be already makes no step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from gate.config import Problem
from gate.config.credentials import PREFIX
from gate.config.text import bare, toml_value
from gate.places import Places
from gate.provision import network
from gate.provision.card import KEPT, Card, off_the_card
from gate.provision.documents import PLACES, Document
from gate.provision.enrolment import CERTIFICATE, REQUEST, asks_for, misfit, request
from gate.provision.sections import STORED, Wifi
from gate.provision.small_file import FROM_SECRETS, NAME, OWN, SmallFile, known
from gate.provision.steps import Folder, Gone, Link, Put, Run, Step, Steps
from gate.units import LANE

CONFIG = "etc/gate/gate.toml"
HOSTNAME, HOSTS = "etc/hostname", "etc/hosts"
LOCALTIME, TIMEZONE, ZONES = "etc/localtime", "etc/timezone", "usr/share/zoneinfo"

READ = (
    *PLACES.values(),
    *(CONFIG, HOSTNAME, HOSTS, TIMEZONE, KEPT),
    *(network.CONNECTION, network.STATE, network.COUNTRY),
)
"""What a plan depends on, below the device's root."""

_TOLD = {
    "mqtt_password": "The password at the broker",
    "mqtt_ca": "The certificate of the broker's authority",
    "mqtt_cert": "The gate's certificate",
    "mqtt_key": "The gate's private key",
    "keys": "The keys of those who issue passes",
    "root": "The key of the site",
    "operators": "The keys of operators",
    "update_keys": "The keys of those whose updates are taken",
    "setup_keys": "The keys of those whose set-up codes are taken",
}

_CREDENTIALS = str(Places().credentials.relative_to("/"))


@dataclass(frozen=True, slots=True)
class Device:
    """What a plan needs to know of the device."""

    found: Mapping[str, bytes]
    """The files of `READ` that are there."""
    zone: str | None = None
    """What its clock on the wall follows."""


def network_problem(file: SmallFile, device: Device) -> Problem | None:
    """What is wrong with a Wi-Fi password that is to be kept."""
    if known(file, "wifi", "password") != STORED:
        return None
    ssid, password = network.stored_network(device.found.get(network.CONNECTION)) or (None, None)
    way_out = "Write the password of this network there."
    if password is None:
        what = f'reads "{STORED}", and there is none on this device'
        return Problem("wifi.password", what, way_out)
    if ssid != known(file, "wifi", "ssid"):
        what = f'reads "{STORED}", and what is stored is for {toml_value(ssid)}'
        return Problem("wifi.password", what, way_out)
    return None


def plan(
    file: SmallFile,
    named: Mapping[str, Document],
    device: Device,
    card: Card,
    own_key: bytes | None,
) -> Steps | Problem:
    """The steps from this device to what the file says.

    `own_key` is the key of the device's own, where it needs one (`needs_own_key`).
    """
    certificate = _certificate(file, named, device, card, own_key)
    if isinstance(certificate, Problem):
        return certificate
    contents = {name: document.data for name, document in named.items()}
    if own_key is not None:
        contents["mqtt_key"] = own_key
    if certificate is not None:
        contents["mqtt_cert"] = certificate
    done: list[str] = []
    steps = [
        *_stored(contents, device, done),
        *_machine(file, device, done),
        *_wireless(file, device, done),
        *_daemons(file, contents, device, done),
    ]
    steps += _running(steps, first=CONFIG not in device.found)
    if own_key is not None and certificate is None:
        old = card.files.get(REQUEST)
        if old is None or not asks_for(old, own_key, file.gate.id):
            steps.append(Put(path=REQUEST, data=request(own_key, file.gate.id), card=True))
        done.append(
            f"Its certificate: {REQUEST} waits here to be signed (gate fleet sign); put"
            f" {CERTIFICATE} beside it. Until then the broker does not let this gate in"
        )
    elif REQUEST in card.files:
        steps.append(Gone(path=REQUEST, card=True))
    steps += off_the_card(file, named, card, device.found.get(KEPT), done)
    return Steps(steps=tuple(steps), done=tuple(done))


def needs_own_key(file: SmallFile) -> bool:
    """Whether the device shows the broker a certificate for a key that it makes itself."""
    said = file.secrets
    known_otherwise = said.mqtt_key is not None or said.mqtt_password is not None
    return file.mqtt.enabled and said.mqtt_ca is not None and not known_otherwise


def _certificate(
    file: SmallFile,
    named: Mapping[str, Document],
    device: Device,
    card: Card,
    own_key: bytes | None,
) -> bytes | Problem | None:
    """What this gate shows the broker; None where there is nothing yet, or nothing is needed."""
    if "mqtt_cert" in named and "mqtt_key" in named:
        if fault := misfit(named["mqtt_cert"].data, named["mqtt_key"].data, None):
            return Problem("secrets.mqtt_cert", fault, "Copy both files of the authority again.")
        return named["mqtt_cert"].data
    if own_key is None:
        return None
    if (signed := card.files.get(CERTIFICATE)) is not None:
        if fault := misfit(signed, own_key, file.gate.id):
            way_out = f"Take it off this card: then {REQUEST} is written here, to be signed anew."
            return Problem(CERTIFICATE, fault, way_out)
        return signed
    old = device.found.get(PLACES["mqtt_cert"])
    return None if old is None or misfit(old, own_key, file.gate.id) else old


# --- the device -------------------------------------------------------------------------------


def _stored(contents: Mapping[str, bytes], device: Device, done: list[str]) -> Iterator[Step]:
    yield Folder(path=_CREDENTIALS, mode=0o700)
    for name, data in contents.items():
        path = PLACES[name]
        if device.found.get(path) != data:
            yield Put(path=path, data=data, mode=0o600 if path.startswith(_CREDENTIALS) else 0o644)
            done.append(f"{_TOLD[name]}: stored")


def _machine(file: SmallFile, device: Device, done: list[str]) -> Iterator[Step]:
    name, zone, found = file.device.name, file.device.timezone, device.found
    if name is not None:
        hosts = network.hosts_with(found.get(HOSTS), name)
        if found.get(HOSTS) != hosts:
            yield Put(path=HOSTS, data=hosts)
        if found.get(HOSTNAME, b"").decode("utf-8", "replace").strip() != name:
            yield Put(path=HOSTNAME, data=f"{name}\n".encode())
            yield Run(command=("hostname", name))
            done.append(f"Host name: {name}")
    if zone is not None and device.zone != zone:
        yield Link(path=LOCALTIME, target=f"/{ZONES}/{zone}")
        done.append(f"Time zone: {zone}")
    if (
        zone is not None
        and TIMEZONE in found
        and found[TIMEZONE].decode("utf-8", "replace").strip() != zone
    ):
        yield Put(path=TIMEZONE, data=f"{zone}\n".encode())


def _wireless(file: SmallFile, device: Device, done: list[str]) -> Iterator[Step]:
    country, found = file.device.wifi_country, device.found
    if country is not None and found.get(network.COUNTRY) != network.country_file(country):
        yield Put(path=network.COUNTRY, data=network.country_file(country))
        yield Run(command=("iw", "reg", "set", country))
        done.append(f"Wi-Fi country: {country}")
    if file.wifi is None:
        if network.CONNECTION in found:
            yield Gone(path=network.CONNECTION)
            yield Run(command=("nmcli", "connection", "reload"), tell=False)
            done.append("Wi-Fi: the file names no network any more, so the stored one is gone")
        return
    yield from joining(file.wifi, device, done)


def joining(wifi: Wifi, device: Device, done: list[str], *, sae: bool = False) -> Iterator[Step]:
    """The steps that store a network, and have NetworkManager know of it if it runs."""
    password = wifi.password
    if password == STORED:
        _, password = network.stored_network(device.found.get(network.CONNECTION)) or ("", None)
    profile = network.connection(wifi.ssid, password, hidden=wifi.hidden, sae=sae)
    if device.found.get(network.CONNECTION) != profile:
        yield Folder(path=str(PurePosixPath(network.CONNECTION).parent), mode=0o700)
        yield Put(path=network.CONNECTION, data=profile, mode=0o600)
        yield Run(command=("nmcli", "connection", "reload"), tell=False)
        done.append(f"Wi-Fi: the network {toml_value(wifi.ssid)} is stored")
    radio = network.radio_on(device.found.get(network.STATE))
    if device.found.get(network.STATE) != radio:
        yield Put(path=network.STATE, data=radio)
        yield Run(command=("nmcli", "radio", "wifi", "on"), tell=False)


def _daemons(
    file: SmallFile, contents: Mapping[str, bytes], device: Device, done: list[str]
) -> Iterator[Step]:
    """The daemon's configuration, and then what it does not name any more."""
    data = daemons_file(file, contents)
    if device.found.get(CONFIG) != data:
        yield Put(path=CONFIG, data=data, mode=0o640, group="gate")
        done.append(f"The gate's configuration: gate {file.gate.id} of {file.gate.venue}")
    # Its own key and certificate stay: without them it would have to be enrolled once more.
    for name in ("mqtt_password", "mqtt_ca", "root", "operators"):
        if name not in contents and PLACES[name] in device.found:
            yield Gone(path=PLACES[name])
            done.append(f"{_TOLD[name]}: the file names none any more, so what was stored is gone")


def daemons_file(file: SmallFile, contents: Mapping[str, bytes]) -> bytes:
    """/etc/gate/gate.toml: the gate's own sections, and where what `[secrets]` brought is."""
    tables = file.model_dump(exclude_unset=True, exclude=set(OWN))
    for (section, key), name in FROM_SECRETS.items():
        if name in contents and _is_read(name, contents):
            path = PurePosixPath(PLACES[name])
            secret = str(path.parent) == _CREDENTIALS
            tables.setdefault(section, {})[key] = f"{PREFIX if secret else ''}{path.name}"
    lines = [f"# Written by gate provision from {NAME} on the boot partition: change it there."]
    for section, keys in tables.items():
        if keys:
            lines += [
                "",
                f"[{section}]",
                *(f"{bare(k)} = {toml_value(it)}" for k, it in keys.items()),
            ]
    return "\n".join([*lines, ""]).encode()


def _is_read(name: str, contents: Mapping[str, bytes]) -> bool:
    """A key without its certificate yet is of no use to the daemon."""
    return name not in {"mqtt_cert", "mqtt_key"} or {"mqtt_cert", "mqtt_key"} <= contents.keys()


def _running(steps: list[Step], *, first: bool) -> Iterator[Step]:
    """Have a daemon that runs go by it; at boot it does not run yet, and nothing comes of this.

    It reads changed keys by itself. Credentials are handed to it at its start, so only another
    start brings new ones; a reload lets who is in the lane walk through first.
    """
    changed = {step.path for step in steps if isinstance(step, Put | Gone)}
    if first:
        verb = "start"
    elif any(path.startswith(_CREDENTIALS) for path in changed):
        verb = "try-restart"
    elif CONFIG in changed:
        verb = "try-reload-or-restart"
    else:
        return
    yield Run(command=("systemctl", "--no-block", verb, LANE))
