"""What `gate probe broker` can find."""

from gate.doctor.finding import Level, Trouble

NAME = Trouble(
    code="PROBE-BROKER-NAME",
    level=Level.BROKEN,
    tested="the broker's name",
    cause="[mqtt] host cannot be resolved: no network, no name server, or a slip in the name.",
    mend="getent hosts {host}",
    more="`ip route` has a default route and `cat /etc/resolv.conf` a name server? Without a name"
    " server write the broker's address; its certificate has to have it, too.",
)
TCP = Trouble(
    code="PROBE-BROKER-TCP",
    level=Level.BROKEN,
    tested="whether something listens at the broker's port",
    cause="Refused: the host is there and no broker on this port. No answer: a firewall, another"
    " network, a host that is off.",
    mend="ping -c 3 {host}",
    more="The usual ports: 1883 plain, 8883 with TLS. Wi-Fi for guests often lets neither through.",
)
TLS = Trouble(
    code="PROBE-BROKER-TLS",
    level=Level.BROKEN,
    tested="the secure connection",
    cause="The certificates do not fit: another authority, another host name, not valid yet (the"
    " gate's clock is behind) or no longer.",
    mend="date && openssl x509 -in {ca} -noout -subject -dates",
    more="`openssl s_client -connect HOST:8883 -CAfile ca.pem` shows what the broker presents.",
)
FILES = Trouble(
    code="PROBE-BROKER-FILES",
    level=Level.BROKEN,
    tested="the gate's certificate, key and password",
    cause="One of the files that [mqtt] names cannot be used: unreadable for this user, not PEM, a"
    " key that does not belong to the certificate.",
    mend="sudo gate check",
)
REFUSED = Trouble(
    code="PROBE-BROKER-REFUSED",
    level=Level.BROKEN,
    tested="whether the broker takes this gate in",
    cause="The broker answered CONNECT with a no: wrong user or password, a certificate that it"
    " does not know, or a client id that it does not allow.",
    mend="gate check --show",
    more="The broker's own log has the reason. The probe's client id is the gate's, -probe- and"
    " some digits: a broker that ties ids to names refuses it although it takes the gate.",
)
DENIED = Trouble(
    code="PROBE-BROKER-DENIED",
    level=Level.BROKEN,
    tested="what this gate may hear",
    cause="The broker refuses a subscription: its ACL has no such right for this gate.",
    mend="gate broker acl --help",
)
UNHEARD = Trouble(
    code="PROBE-BROKER-UNHEARD",
    level=Level.BROKEN,
    tested="whether the broker takes a message",
    cause="A message was published and not acknowledged, or refused: no right to write there.",
    mend="gate broker acl --help",
)
ENDS = Trouble(
    code="PROBE-BROKER-ENDS",
    level=Level.WARNING,
    tested="how long the broker's certificate counts",
    cause="The broker's certificate ends soon. From that day on no gate gets through.",
    mend="have the authority of the site sign a new one for the broker",
    by_hand=True,
)

TROUBLES = (NAME, TCP, TLS, FILES, REFUSED, DENIED, UNHEARD, ENDS)
