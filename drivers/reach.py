"""How far one gets to a server: its name, TCP, TLS; one step after the other, each with an end."""

import socket
import ssl
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue


class ReachError(Exception):
    """It ends here; the subclasses say at which step, the text why."""


class NoName(ReachError):  # noqa: N818 - reads as what happened
    """Nobody knows the name."""


class NoTcp(ReachError):  # noqa: N818 - reads as what happened
    """Nothing listens there, or the way is blocked."""


class NoTls(ReachError):  # noqa: N818 - reads as what happened
    """Both sides cannot agree on a secure connection."""


@dataclass(frozen=True, slots=True)
class Secured:
    """A TLS connection that was made."""

    version: str
    """TLSv1.3, for instance."""
    until: float | None
    """When the server's certificate ends, in unix seconds; None where it does not say."""


def address_of(host: str, port: int, timeout_s: float) -> str:
    """The first address of a name. Raises `NoName`.

    The system's resolver knows no time-out, so it is asked on a thread that may be left behind.
    """
    answers: SimpleQueue[str | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(str(found[0][4][0]))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
            answers.put(OSError(str(error)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except Empty:
        raise NoName(f"{host}: no answer within {timeout_s:g} s") from None
    if isinstance(answer, OSError):
        raise NoName(f"{host}: {answer}")
    return answer


def connected(address: str, port: int, timeout_s: float) -> socket.socket:
    """A TCP connection, the caller's. Raises `NoTcp`."""
    try:
        return socket.create_connection((address, port), timeout=timeout_s)
    except OSError as error:
        raise NoTcp(f"{address} port {port}: {error.strerror or error}") from error


def secured(link: socket.socket, host: str, context: ssl.SSLContext) -> Secured:
    """A handshake over `link`, which is closed with it. Raises `NoTls`."""
    try:
        with context.wrap_socket(link, server_hostname=host) as tls:
            ends = (tls.getpeercert() or {}).get("notAfter")
            until = float(ssl.cert_time_to_seconds(ends)) if isinstance(ends, str) else None
            return Secured(tls.version() or "TLS", until)
    except (OSError, ValueError) as error:  # ssl.SSLError and CertificateError are OSErrors
        raise NoTls(getattr(error, "verify_message", "") or str(error)) from error
