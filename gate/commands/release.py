"""`gate release`: make update bundles and their keys, where releases are made: on no gate."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gate.commands.failing import fail
from gate.commands.files import signer_of
from gate.commands.passes.keys import Kid, PrivateFile, make_pair
from gate.keys import KeysError, load_keys
from gate.releases.bundle import (
    ANY,
    MAX_FILE,
    BundleError,
    Manifest,
    packed,
    read_files,
    read_manifest,
    write_bundle,
)
from gate.releases.install import LOCK_FILE

app = typer.Typer(
    help="Make update bundles, sign them, and look at them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def keygen(
    *,
    kid: Kid,
    private: PrivateFile,
    public: Annotated[
        Path, typer.Option(help="JWKS file for the gates; made, or the key is added.")
    ] = Path("update-keys.json"),
) -> None:
    """Make a key pair: the private file signs bundles, the public file goes to the gates.

    The public file is /etc/gate/update-keys.json of a device. Several keys may stand in it: add the
    next one with an update that the last one signs, and take that out later.

    \b
    Example:
      gate release keygen releases-26 --private releases-26.jwk
    """
    make_pair(
        *(kid, private, public),
        kept="offline, where releases are made",
        goes="to each gate, as /etc/gate/update-keys.json",
    )


@app.command()
def make(
    wheels: Annotated[
        Path, typer.Argument(help="A folder with requirements.lock and its wheels (make wheels).")
    ],
    *,
    key: Annotated[Path, typer.Option(help="The private key that signs it.")],
    version: Annotated[str, typer.Option(help="Of the release, such as 1.2.3.")],
    arch: Annotated[str, typer.Option(help="arm64, amd64, or all.")] = ANY,
    python: Annotated[
        list[str] | None, typer.Option(help="A Python that the wheels are for; may be repeated.")
    ] = None,
    minimum: Annotated[
        str, typer.Option(help="The oldest version that it may be installed over.")
    ] = "0",
    out: Annotated[Path, typer.Option(help="The folder to put it into.")] = Path(),
) -> None:
    """Make a signed bundle of a release's wheels.

    \b
    Example:
      gate release make build/wheels/arm64-1.2.3 --version 1.2.3 --arch arm64 \\
        --key releases-26.jwk
    """
    try:
        contents = _contents(wheels)
        manifest = Manifest(
            version=version,
            arch=arch,
            pythons=tuple(python or ("3.11", "3.13")),
            minimum=minimum,
            made_at=int(time.time()),
            files=packed(contents),
        )
        path = out / manifest.file_name
        signer = signer_of(key)
        with path.open("xb") as file:
            try:
                write_bundle(file, manifest, contents, signer)
            except ValueError:
                path.unlink()
                raise
    except FileExistsError as error:
        fail(f"{error.filename} exists: a release is made once. Give it another version.")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    except ValueError as error:
        fail(f"{wheels}: {error}")
    typer.echo(f"{path}: {manifest.total >> 10} KiB in {len(manifest.files)} files")


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="The bundle.")],
    *,
    keys: Annotated[
        Path | None, typer.Option(help="The gates' update-keys.json; else nobody is asked.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="As one JSON line.")] = False,
) -> None:
    """Say what is in a bundle, and whether the gates would believe it.

    Every byte is checked against the manifest. Exit code 1 where it is damaged, or not signed by
    one of the keys.
    """
    try:
        known = load_keys(keys) if keys else None
        with file.open("rb") as bundle:
            manifest = read_manifest(bundle, known)
            for _ in read_files(bundle, manifest):
                pass
    except (BundleError, KeysError) as error:
        fail(f"{file}: {error}")
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    said = _said(manifest)
    if json_:
        typer.echo(json.dumps(said))
        return
    typer.echo(f"{file}: release {manifest.version} for {manifest.arch}, whole")
    typer.echo(f"  Python    {' and '.join(manifest.pythons)}")
    typer.echo(f"  over      {manifest.minimum} or newer")
    typer.echo(f"  made      {said['made']}")
    typer.echo(f"  signed    {'by one of these keys' if keys else 'not asked (--keys)'}")
    for packed_file in manifest.files:
        typer.echo(f"  {packed_file.sha256.hex()}  {packed_file.size:>9}  {packed_file.name}")


def _said(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "arch": manifest.arch,
        "pythons": list(manifest.pythons),
        "minimum": manifest.minimum,
        "made": datetime.fromtimestamp(manifest.made_at, UTC).isoformat(sep=" "),
        "files": {it.name: {"size": it.size, "sha256": it.sha256.hex()} for it in manifest.files},
    }


def _contents(folder: Path) -> dict[str, bytes]:
    """The files of the folder: what is neither list nor wheel does not go into a bundle."""
    paths = [path for path in folder.iterdir() if path.name == LOCK_FILE or path.suffix == ".whl"]
    contents = {}
    for path in paths:
        with path.open("rb") as file:
            contents[path.name] = file.read(MAX_FILE + 1)
    return contents
