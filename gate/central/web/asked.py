"""What a form asks for, read with limits. Pure.

A form is hostile until it was read: each field has one meaning, a length and a range.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from gate.model import Mode
from gate.orders import Verb

MOST_BYTES = 8192
"""Of a form's body."""
MOST_FIELDS = 16
MOST_PEOPLE = 999_999

Form = dict[str, str]

_NUMBER = re.compile(r"[+-]?[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is not taken: `code` is stable, `field` names what to look at."""

    code: str
    field: str = ""
    wait_s: float = 0.0


def _whole(text: object) -> int:
    if not isinstance(text, str) or not _NUMBER.fullmatch(text.strip()):
        raise ValueError("a whole number")
    return int(text)


def _line(text: object) -> object:
    if isinstance(text, str) and not (text := text.strip()).isprintable():
        raise ValueError("one line")
    return text


Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
People = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MOST_PEOPLE)]
Change = Annotated[int, BeforeValidator(_whole), Field(ge=-MOST_PEOPLE, le=MOST_PEOPLE)]
Reason = Annotated[str, BeforeValidator(_line), Field(min_length=3, max_length=200)]


class Asked(BaseModel):
    """A form; what it does not know is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LimitAsked(Asked):
    """Another limit."""

    venue: Slug
    limit: People


class RecountAsked(Asked):
    """Somebody has counted."""

    venue: Slug
    inside: People
    reason: Reason
    gates: Literal["tell", "leave"] = "tell"
    """Whether the gates that are uncertain are told as well, which takes an operator's key."""


class CorrectionAsked(Asked):
    """So many more, or fewer."""

    venue: Slug
    change: Change
    reason: Reason


class OrderAsked(Asked):
    """Something that a gate is to do."""

    venue: Slug
    gate: Slug
    verb: Verb
    mode: Mode | None = None


class KeyAsked(Asked):
    """An operator's private key, as `gate pass keygen` has written it."""

    key: Annotated[str, Field(min_length=1, max_length=4096)]


class SignInAsked(Asked):
    """A name and a password."""

    name: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=512)] = ""


A = TypeVar("A", bound=Asked)


def parse_form(body: bytes) -> Form | Problem:
    """The fields of a form (`application/x-www-form-urlencoded`); of a field twice, the last."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        return Problem("malformed")
    return dict(pairs)


def read_form(model: type[A], form: Form) -> A | Problem:
    """What the form asks for, or the first field that is wrong."""
    try:
        asked = model.model_validate(form)
    except ValidationError as error:
        where = error.errors(include_url=False, include_context=False, include_input=False)[0][
            "loc"
        ]
        return Problem("malformed", str(where[0]) if where else "")
    if isinstance(asked, OrderAsked) and (asked.mode is not None) is not (asked.verb is Verb.MODE):
        return Problem("malformed", "mode")
    return asked
