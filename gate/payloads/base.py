"""What all payloads have in common: their fields' types, and how bytes become one of them. Pure."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from gate.model import LAST_MOMENT, Utc

LARGEST_SEQ = 2**63 - 1
"""SQLite's largest row number."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def format_utc(at: Utc) -> str:
    """`2026-03-01T09:30:00.250Z`."""
    nearest = datetime.fromtimestamp(round(at * 1000) / 1000, UTC)
    return nearest.isoformat(timespec="milliseconds").replace("+00:00", "Z")  # strftime is slow


def parse_utc(text: object, info: ValidationInfo) -> object:
    """The moment that `format_utc` wrote; from JSON nothing else is a time.

    Raises ValueError where the text is no such time.
    """
    if not isinstance(text, str):
        if info.mode == "json":  # 1e300, and what other readers take for numbers: NaN
            raise ValueError("a time is a text")
        return text
    if not _TIME.fullmatch(text):
        raise ValueError("not a time like 2026-03-01T09:30:00.250Z")
    return datetime.fromisoformat(text).timestamp()


Time = Annotated[
    Utc,
    Field(ge=0, le=LAST_MOMENT, allow_inf_nan=False),
    BeforeValidator(parse_utc),
    PlainSerializer(format_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Epoch = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ)]
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]  # what every JSON reader keeps exactly
Code = Annotated[str, Field(max_length=32)]
Version = Annotated[int, Field(ge=1, le=2**53 - 1)]  # only goes up
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]
Sealed = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]  # base64url without padding


def sealed(data: bytes) -> str:
    """Bytes as a payload carries them: base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unsealed(text: str) -> bytes:
    """The bytes that `sealed` wrote. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Piece(BaseModel):
    """A part of a payload: frozen, strict, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)


class Payload(Piece):
    """One message; `LIMIT` is the size in bytes that is looked at."""

    LIMIT: ClassVar[int] = 4096
    s: str

    def encode(self) -> bytes:
        """JSON, UTF-8, absent fields left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """The model. Raises ValueError where the bytes are not it; most want `decode`."""
        if len(payload) > cls.LIMIT:
            raise ValueError(f"{len(payload)} bytes, more than {cls.LIMIT}")
        model = cls.model_validate_json(payload)
        if "s" not in model.model_fields_set:
            raise ValueError("s: missing")
        return model


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes from outside that are not the payload they should be: a value, not an exception."""

    reason: str


P = TypeVar("P", bound=Payload)


def decode(model: type[P], payload: bytes) -> P | Malformed:
    """Read `payload` as `model`; whatever is wrong with it is in the `Malformed`."""
    try:
        return model.parse(payload)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        return Malformed(f"{where}: {first['msg']}" if where else first["msg"])
    except ValueError as error:
        return Malformed(str(error))
