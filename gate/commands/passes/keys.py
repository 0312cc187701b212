"""`gate pass keygen` and `rotate`: key pairs, and the public file that goes to the gates."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from gate.commands.failing import fail, fail_on_file
from gate.commands.files import read, replace
from gate.commands.moments import right_now
from gate.issuing import Jwk, new_key, public_jwk, public_jwks
from gate.keys import MAX_FILE_BYTES, KeysError, load_keys, parse_keys

PrivateFile = Annotated[
    Path, typer.Option(help="New file for the private key; only its owner may read it.")
]
PublicFile = Annotated[
    Path, typer.Option(help="JWKS file for the gates; made, or the key is added.")
]
Kid = Annotated[str, typer.Argument(help="Name of the key; every pass carries it.")]


def keygen(*, kid: Kid, private: PrivateFile, public: PublicFile = Path("keys.json")) -> None:
    """Make a key pair: the private file signs passes, the public file goes to the gates.

    To change keys later: gate pass rotate.

    \b
    Example:
      gate pass keygen city-26 --private city-26.jwk --public keys.json
    """
    make_pair(kid, private, public)


def rotate(
    *,
    kid: Kid,
    private: PrivateFile,
    public: PublicFile = Path("keys.json"),
    hours: Annotated[
        float,
        typer.Option(
            min=0, help="For so long the keys before it stay valid: as long as their last pass."
        ),
    ] = 24.0,
) -> None:
    """Make a new key pair beside the old ones, which end when their last pass has expired.

    Bring the public file to every gate before you sign with the new key: a running gate takes it
    over by itself, and both keys are good until the old one ends.

    \b
    Example:
      gate pass rotate city-27 --private city-27.jwk --public keys.json
    """
    if not public.exists():
        fail(f"{public} does not exist: name the file that the gates have, or use keygen.")
    make_pair(kid, private, public, retire_at=int(right_now() + hours * 3600))


def make_pair(
    kid: str,
    private: Path,
    public: Path,
    *,
    retire_at: int | None = None,
    kept: str = "where passes are issued",
    goes: str = "copy it to the gates",
) -> None:
    """Write both files, and say where they belong. The keys before end at `retire_at`.

    Ends the verb with a sentence where that cannot be done.
    """
    try:
        key = new_key(kid)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="KID") from error
    if private.resolve() == public.resolve():
        raise typer.BadParameter("the two keys need two files", param_hint="--private")
    try:
        jwks = _with_key(public, key, retire_at)
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(key, indent=2) + "\n")
        replace(public, jwks)
    except FileExistsError:
        fail(f"{private} exists and is left as it is: name another file for the new private key.")
    except KeysError as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    typer.echo(f"private key: {private} (keep it {kept}, and nowhere else)")
    typer.echo(f"public keys: {public} ({goes})")


def _with_key(public: Path, key: Jwk, retire_at: int | None) -> bytes:
    """The JWKS file's new contents. Raises `KeysError` where a gate would not take them."""
    document: dict[str, Any] = {**public_jwks(), "version": 0}
    if public.exists():
        load_keys(public)
        document = {"version": 0, **json.loads(read(public, MAX_FILE_BYTES))}
    if retire_at is not None:
        for old in document["keys"]:
            old["exp"] = min(retire_at, old.get("exp", retire_at))
    document["keys"].append(public_jwk(key))
    document["version"] += 1
    data = (json.dumps(document, indent=2) + "\n").encode()
    parse_keys(data, source=str(public))
    return data
