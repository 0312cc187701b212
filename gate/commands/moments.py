"""Moments as a person writes and reads them."""

import time
from datetime import UTC, datetime

import typer

from gate.model import Utc


def right_now() -> Utc:
    """The moment at which the verb runs."""
    return Utc(time.time())


def moment_of(text: str, option: str) -> Utc:
    """What an option says; local time where it has no offset."""
    try:
        return Utc(datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{text!r}: not like 2026-01-31T09:00+07:00", param_hint=option
        ) from error


def date(at: Utc) -> str:
    """For people."""
    return datetime.fromtimestamp(at, UTC).isoformat(sep=" ")
