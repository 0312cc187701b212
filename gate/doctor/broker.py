"""The broker: how far a connection comes.

A running lane that has its broker is believed. Else one attempt is made, under another name.
"""

from collections.abc import Iterator, Mapping

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good

TESTED = "the broker"

NAME = Trouble(
    "BROKER-NAME",
    Level.BROKEN,
    tested=TESTED,
    cause="The name of the broker's machine leads to no address: a typing mistake in `host`, no"
    " name server, or no network at all.",
    mend="getent hosts {host}",
    more="`nmcli` says whether there is a network. An address in the place of the name does"
    " without a name server.",
)
UNREACHABLE = Trouble(
    "BROKER-UNREACHABLE",
    Level.BROKEN,
    tested=TESTED,
    cause="No way leads to the broker's machine, or it does not answer: no network here, another"
    " network there, a firewall in between.",
    mend="nmcli device status",
    more="The lane goes on by itself for days; what it counted is sent once the broker is back.",
)
REFUSED = Trouble(
    "BROKER-REFUSED",
    Level.BROKEN,
    tested=TESTED,
    cause="The machine is there, and nothing listens on that port: the broker does not run, or"
    " `port` is another (1883 without TLS, 8883 with it).",
    mend="gate check --show --config {file}",
    more="On the broker's machine: `systemctl status mosquitto`.",
)
TLS = Trouble(
    "BROKER-TLS",
    Level.BROKEN,
    tested=TESTED,
    cause="The two do not come to terms about TLS: one speaks it and the other does not, the"
    " broker's certificate is not of the authority in `ca_file` or is made out for another host, or"
    " the broker does not take ours.",
    mend="openssl s_client -connect {place} -CAfile {ca} </dev/null",
    more="`ca_file` in [mqtt] switches TLS on; the port then usually is 8883. A wrong clock makes"
    " every certificate invalid: `date`.",
)
PASSWORD = Trouble(
    "BROKER-PASSWORD",
    Level.BROKEN,
    tested=TESTED,
    cause="The broker does not take user name and password, or wants some and gets none.",
    mend="sudo gate provision",
    more="Put `mqtt_password` into [secrets] of the small gate.toml first. At the broker:"
    " `mosquitto_passwd`.",
)
FORBIDDEN = Trouble(
    "BROKER-FORBIDDEN",
    Level.BROKEN,
    tested=TESTED,
    cause="The broker knows this gate and lets it not speak on its topics: its list of rights has"
    " another gate, venue or district.",
    mend="gate broker acl --help",
    more="It writes the list for the broker from the gates of a site.",
)
FILES = Trouble(
    "BROKER-FILES",
    Level.BROKEN,
    tested=TESTED,
    cause="A file of ours that the connection needs (password, certificate, key) cannot be used.",
    mend="sudo gate provision",
    more="CERT-WRONG says more, where it is a certificate.",
)
OTHER = Trouble(
    "BROKER-OTHER",
    Level.BROKEN,
    tested=TESTED,
    cause="The broker refuses for a reason that it says.",
    mend="gate check --show --config {file}",
    more='A broker that knows no MQTT 5: `protocol = 4` in [mqtt]. "Server busy": see its log.',
)

TROUBLES = (NAME, UNREACHABLE, REFUSED, TLS, PASSWORD, FORBIDDEN, FILES, OTHER)

TROUBLE_OF: Mapping[str, Trouble] = {
    "no_name": NAME,
    "unreachable": UNREACHABLE,
    "refused": REFUSED,
    "tls": TLS,
    "password": PASSWORD,
    "forbidden": FORBIDDEN,
    "files": FILES,
    "other": OTHER,
}


def link(device: Device) -> Iterator[Finding]:
    """Whether the gate could report."""
    if device.config is None or not device.config.mqtt.enabled:
        return
    broker = device.config.mqtt
    place = f"{broker.host}:{broker.port}"
    lost = device.lane.get("faults", []) if device.lane is not None else ["broker"]
    if not isinstance(lost, list) or "broker" not in lost:
        yield good(TESTED, f"{place}: the running lane is connected")
        return
    tried = device.ask_broker(device.config)
    if tried.outcome == "taken":
        yield good(TESTED, f"{place}: {tried.why}")
        return
    words = {
        "host": broker.host,
        "place": place,
        "file": device.config_file,
        "ca": broker.ca_file or "ca.pem",
    }
    yield TROUBLE_OF[tried.outcome].found(f"{place}: {tried.why}", **words)


CHECKS = (link,)
