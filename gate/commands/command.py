"""`gate command`: a signed command to a gate, over the broker."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated

import typer

from gate.commands.at_broker import (
    Ca,
    Cert,
    CertKey,
    ConfigFile,
    District,
    Host,
    PasswordFile,
    Place,
    Port,
    Root,
    User,
    Venue,
    link_to,
    place_of,
)
from gate.commands.files import signer_of
from gate.issuing import Jwk
from gate.link import Answered
from gate.model import Mode, Utc
from gate.orders import NONCE_BYTES, Code, Verb, give_order
from gate.payloads import Malformed, Res, decode
from gate.topics import Topics, topics

WITHIN_S = 10.0


def command(
    gate: Annotated[str, typer.Argument(help="Id of the gate.")],
    verb: Annotated[Verb, typer.Argument(help="What it is to do.")],
    mode: Annotated[Mode | None, typer.Argument(help="With the verb mode: which.")] = None,
    *,
    key: Annotated[Path, typer.Option(help="File of your private operator's key.")],
    config: ConfigFile = None,
    host: Host = None,
    port: Port = None,
    root: Root = None,
    district: District = None,
    venue: Venue = None,
    user: User = None,
    password_file: PasswordFile = None,
    ca: Ca = None,
    cert: Cert = None,
    cert_key: CertKey = None,
) -> None:
    """Send a gate a signed command, and say what became of it.

    open_once lets one person in, as the attendant's button does. mode sets the operating mode.
    recount says that somebody has counted the people inside. reload takes the gate's configuration
    file over. selftest says how every part is. No command takes the way out away.

    A command is good for 30 seconds and once: the clocks have to be right. The gate obeys the keys
    that its file names as operators. Exit code 0 when it was done, 1 when it was refused, 2 where
    nobody answers.

    \b
    Example:
      gate pass keygen ops-1 --private ops-1.jwk --public operators.json
      gate command t01-a mode locked --key ops-1.jwk --host broker --district jkt --venue mall-a
    """
    if (mode is not None) is not (verb is Verb.MODE):
        wanted = "mode needs one of: " + ", ".join(Mode) if mode is None else f"{verb} takes none"
        raise typer.BadParameter(wanted, param_hint="MODE")
    place = place_of(
        config,
        host=host,
        port=port,
        root=root,
        district=district,
        venue=venue,
        user=user,
        password_file=password_file,
        ca=ca,
        cert=cert,
        cert_key=cert_key,
    )
    if place.district is None or place.venue is None:
        raise typer.BadParameter("where is the gate? Or give --config", param_hint="--venue")
    own = topics(root=place.root, district=place.district, venue=place.venue, gate=gate)
    signer, nonce = signer_of(key), secrets.token_bytes(NONCE_BYTES)
    answer = _ask(place, own, lambda: _signed(verb, mode, gate, signer, nonce), nonce.hex())
    typer.echo(f"{gate}: {answer.code}" + (f": {answer.detail}" if answer.detail else ""))
    if not answer.ok:
        raise typer.Exit(1)


def _signed(verb: Verb, mode: Mode | None, gate: str, key: Jwk, nonce: bytes) -> bytes:
    return give_order(
        verb,
        gate=gate,
        key=key,
        nonce=nonce,
        issued_at=Utc(time.time()),
        mode=mode,
        good_for_s=int(WITHIN_S),  # nobody is to be obeyed long after "no answer"
    )


def _ask(place: Place, own: Topics, sign: Callable[[], bytes], nonce: str) -> Res:
    """Send it as soon as the broker takes it, and wait for the answer with the same nonce.

    Ends the verb with exit code 2 where none comes.
    """
    heard: SimpleQueue[bytes | str | Answered | None] = SimpleQueue()
    """An answer, a trouble, connected (None), or what the broker made of the command."""
    link = link_to(place)
    link.start(
        subscriptions=(own.res,),
        on_connected=lambda: heard.put(None),
        on_disconnected=heard.put,
        on_message=lambda _topic, payload, _kept: heard.put(payload),
        on_published=lambda *answer: heard.put(Answered(*answer)),
        on_denied=heard.put,
        on_crash=lambda bug: heard.put(str(bug)),
    )
    give_up_at, trouble, sent = time.monotonic() + WITHIN_S, "the gate does not answer", 0
    try:
        while (left_s := give_up_at - time.monotonic()) > 0:
            match heard.get(timeout=left_s):
                case None:
                    sent += link.publish(own.cmd, sign(), retain=False) is not None
                case Answered(taken=False, reason=reason):
                    trouble = f"the broker takes no command from you ({reason})"
                    break
                case str(said):
                    if said != trouble:
                        typer.echo(f"the broker: {said}", err=True)
                    trouble = said
                case bytes(payload):
                    answer = decode(Res, payload)
                    if not isinstance(answer, Malformed) and answer.id == nonce:
                        # Sent again after a cut: then the first one's answer was lost.
                        again = sent > 1 and answer.code == Code.REPLAYED
                        done = {"ok": True, "code": Code.DONE, "detail": "the answer was lost"}
                        return answer.model_copy(update=done) if again else answer
    except Empty:
        pass
    finally:
        link.close(with_will=False)
    typer.echo(
        f"No answer: {trouble}. Is the gate online (gate watch), does its [mqtt] operators name"
        " your key, and may you speak on its topic cmd (gate broker acl --operator)? What was sent"
        f" may still be obeyed for {WITHIN_S:.0f} s.",
        err=True,
    )
    raise typer.Exit(2)
