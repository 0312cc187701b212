"""`gate pass inspect`: why a gate would take a pass, or refuse it, check by check."""

import json
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail
from gate.commands.moments import date, moment_of, right_now
from gate.commands.passes.codes import text_of
from gate.keys import KeysError, KeySet, load_keys
from gate.model import Refusal, RefusalCode, Utc, VisitId
from gate.passes import Contents, read_unverified, verify, visit_id
from gate.revocations import Revocations, RevocationsError, load_revocations


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a gate looks at."""

    name: str
    ok: bool
    says: str


def inspect(
    *,
    text: Annotated[
        str | None, typer.Argument(help="The text in quotes; without it standard input is read.")
    ] = None,
    keys: Annotated[Path, typer.Option(help="The JWKS file of the gate.")] = Path("keys.json"),
    venue: Annotated[
        str | None, typer.Option(help="The gate's venue; else it is not looked at.")
    ] = None,
    revoked: Annotated[Path | None, typer.Option(help="The gate's list of revoked visits.")] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    at: Annotated[str | None, typer.Option(help="For this moment; default now.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="As one JSON line.")] = False,
) -> None:
    """Say, check by check, whether a gate would take a pass, and why not.

    What depends on earlier visits (party complete, used) is not known here. Exit code 1 where the
    gate would refuse it.

    \b
    Example:
      gate pass inspect "AB1:..." --keys keys.json --venue demo-mall
    """
    shown, now = text_of(text, file), right_now() if at is None else moment_of(at, "--at")
    try:
        key_set, list_ = load_keys(keys), load_revocations(revoked)
    except (KeysError, RevocationsError) as error:
        fail(str(error))
    checks = checks_of(shown, key_set, venue=venue, revoked=list_, now=now)
    good = all(check.ok for check in checks)
    if json_:
        typer.echo(json.dumps({"accepted": good, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            typer.echo(f"{'ok    ' if check.ok else 'FAILED'}  {check.name:<10}{check.says}")
    if not good:
        raise typer.Exit(1)


def checks_of(
    text: bytes, keys: KeySet, *, venue: str | None, revoked: Revocations, now: Utc
) -> list[Check]:
    """All that can be said; a pass that cannot be read has one check only."""
    contents = read_unverified(text)
    if isinstance(contents, Refusal):
        return [Check("text", ok=False, says=f"{contents.code}: {contents.detail or 'no pass'}")]
    return [
        Check("text", ok=True, says=f"{len(text)} characters, whole and in the one form"),
        *_about_the_key(text, contents, keys, now),
        Check(
            "venue",
            ok=venue in {None, contents.venue},
            says=contents.venue
            if venue in {None, contents.venue}
            else f"for {contents.venue}, not {venue}",
        ),
        Check("from", ok=now >= contents.valid_from, says=date(contents.valid_from)),
        Check("until", ok=now < contents.expires, says=date(contents.expires)),
        Check("party", ok=True, says=str(contents.party)),
        _about_the_list(visit_id(contents.venue, contents.cti), revoked, now),
    ]


def _about_the_key(text: bytes, contents: Contents, keys: KeySet, now: Utc) -> list[Check]:
    known = keys.candidates(contents.kid)
    name = "no kid" if contents.kid is None else ascii(contents.kid.decode("utf-8", "replace"))
    if not known:
        return [Check("key", ok=False, says=f"{name}: the gate has no such key")]
    valid = any(key.is_valid(now, 0.0) for key in known)
    answer = verify(text, keys=keys, venue=contents.venue, now=now, skew_s=inf)
    forged = isinstance(answer, Refusal) and answer.code is RefusalCode.BAD_SIGNATURE
    return [
        Check("key", ok=valid, says=name if valid else f"{name}: not valid at this moment"),
        Check("signature", ok=not forged, says="not by this key" if forged else "genuine"),
    ]


def _about_the_list(visit: VisitId, revoked: Revocations, now: Utc) -> Check:
    covered = revoked.cover(visit, now, 0.0)
    return Check("visit", ok=not covered, says=f"{visit}{': revoked' if covered else ''}")
