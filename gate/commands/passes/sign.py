"""`gate pass sign`: the keys of a venue, signed by the site's root key, for the broker."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail, fail_on_file
from gate.commands.files import read, signer_of
from gate.keys import MAX_FILE_BYTES, KeysError, load_keys
from gate.venue import sign_keys


def sign(
    *,
    venue: Annotated[str, typer.Argument(help="The venue whose gates are to take the keys.")],
    root: Annotated[Path, typer.Option(help="Private file of the site's root key.")],
    public: Annotated[
        Path, typer.Option(help="JWKS file with the public keys; its version counts.")
    ] = Path("keys.json"),
) -> None:
    """Print the message that brings the public keys to every gate of a venue by the broker.

    Gates take it when [passes] root names the public half of the root key, and the version is
    higher than that of their own file. Make the root key as any other: gate pass keygen.

    \b
    Example:
      gate pass sign mall-a --root root.jwk --public keys.json > keys.payload
      mosquitto_pub -q 1 -r -t aman/v1/jkt/mall-a/keys -f keys.payload
    """
    try:
        keys = load_keys(public)
        document = json.loads(read(public, MAX_FILE_BYTES))
        payload = sign_keys(
            document,
            version=keys.version,
            venue=venue,
            root_key=signer_of(root),
        )
    except OSError as error:
        fail_on_file(error)
    except (KeysError, ValueError) as error:
        fail(str(error))
    typer.echo(payload.decode())
