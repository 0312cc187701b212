"""What the broker of a site gets: mosquitto's configuration, and who may say what. Pure."""

import sys
from collections.abc import Sequence

from gate.acl import Place, acl
from gate.fleet.site import Site

FOLDER = "/etc/mosquitto"
"""Where Debian's mosquitto has its files."""

CONFIGURATION = """\
# The broker of a site: put this file into /etc/mosquitto/conf.d and the files that it names
# into /etc/mosquitto. Every client shows a certificate of the site's authority; its common name
# is its user name, and for a gate that is the gate's id.

listener 8883
protocol mqtt
cafile /etc/mosquitto/site-ca.crt
certfile /etc/mosquitto/broker.crt
keyfile /etc/mosquitto/broker.key
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
allow_anonymous false

# Certificates that count no more: gate fleet revoke. An authority of your own that has no such list
# goes without this line.
crlfile /etc/mosquitto/site.crl

# What each may say and hear. Written by gate fleet make, or: gate broker acl DISTRICT/VENUE/GATE...
acl_file /etc/mosquitto/gate.acl

# Debian keeps sessions and retained messages on disk (persistence true). A broker that is killed
# loses what it took in since the last save; gates publish all that is retained at every connect.
autosave_interval 60

# Small messages at once: else acknowledgements wait up to 40 ms for company.
set_tcp_nodelay true

# Central's session keeps what came while central was away; gates hold back meanwhile by themselves.
max_queued_messages 100000
max_inflight_messages 100
message_size_limit 262144
persistent_client_expiration 14d
"""
"""`config/mosquitto/gate.conf` is a copy: python -m gate.fleet.broker."""


def configuration(site: Site) -> str:
    """mosquitto's configuration, for `/etc/mosquitto/conf.d/gate.conf`."""
    return CONFIGURATION.replace("listener 8883\n", f"listener {site.broker.port}\n")


def rules(site: Site, gates: Sequence[Place]) -> str:
    """mosquitto's ACL file: everybody else, and every gate, says and hears what is theirs."""
    clients = site.clients
    return acl(
        gates,
        root=site.broker.root,
        central=clients.central,
        watchers=clients.watchers,
        operators=clients.operators,
    )


if __name__ == "__main__":
    sys.stdout.write(CONFIGURATION)
