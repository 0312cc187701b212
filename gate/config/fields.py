"""What the models of the configuration say about one key: its unit, range, choices and example.

The errors, the reference file and the documentation are all made from these answers, so that
none of them can say something else than what is enforced.
"""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from gate.config import credentials

STRICTLY = ConfigDict(extra="forbid", frozen=True, strict=True)
"""No unknown keys, no guessing of types ("8" is no number)."""

SECONDS: dict[str, JsonValue] = {"unit": "s"}
MILLISECONDS: dict[str, JsonValue] = {"unit": "ms"}
CENTIMETRES: dict[str, JsonValue] = {"unit": "cm"}
CELSIUS: dict[str, JsonValue] = {"unit": "°C"}
DAYS: dict[str, JsonValue] = {"unit": "days"}
PIXELS: dict[str, JsonValue] = {"unit": "px"}
FRAMES: dict[str, JsonValue] = {"unit": "frames"}
PEOPLE: dict[str, JsonValue] = {"unit": "people"}
BCM: dict[str, JsonValue] = {"unit": "BCM"}
HEX: dict[str, JsonValue] = {"unit": "hex"}
"""For `json_schema_extra` of a field. "hex" is no unit but how the number is written."""

SLUG_16: dict[str, JsonValue] = {"form": "a-z, 0-9 and -, up to 16 characters"}
SLUG_32: dict[str, JsonValue] = {"form": "a-z, 0-9 and -, up to 32 characters"}
HOST: dict[str, JsonValue] = {"form": "a host name or address, without mqtt:// and port"}
USER: dict[str, JsonValue] = {"form": "1 to 128 letters, digits and signs of ASCII"}
"""For `json_schema_extra` of a text with a pattern: the pattern in words."""

NEEDED: dict[str, JsonValue] = {"needed": True}
"""For `json_schema_extra` of a key without a default that a rule asks of most gates."""

SECRET: dict[str, JsonValue] = {"secret": True}
"""For `json_schema_extra` of a key whose value no message may repeat."""


class Section(BaseModel):
    """A table of the configuration file."""

    REFERENCE: ClassVar[str] = "config/gate.toml"
    """The file that names every key."""

    model_config = STRICTLY


def _path(value: object) -> Path:
    if isinstance(value, Path):  # a default
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "is a path")
    if not value or "\0" in value:
        raise PydanticCustomError("path", "is no path")
    return Path(value)


def _placed(value: object, info: ValidationInfo) -> Path:
    if isinstance(value, str) and value.startswith(credentials.PREFIX):
        placed = credentials.place(value.removeprefix(credentials.PREFIX))
        if placed is None:
            raise PydanticCustomError("credential", "is no name of a credential")
        return placed
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / _path(value)


PlacedPath = Annotated[Path, BeforeValidator(_placed)]
"""A path, relative to the folder of the configuration file; or `credential:` and a name."""

DataPath = Annotated[Path, BeforeValidator(_path)]
"""A path, relative to the folder of the gate's data (`Config` joins them)."""


def table_of(field: FieldInfo) -> type[Section] | None:
    """The model of a key that is a table itself (`relay = { pin = ... }`), or several of them."""
    kinds = _kinds(field.annotation)
    for kind in (*kinds, *(get_args(kind)[0] for kind in kinds if get_origin(kind) is tuple)):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


def unit_of(field: FieldInfo) -> str:
    """The unit as written behind a number, or "" for what has none."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, Mapping) else ""


def bounds_of(field: FieldInfo) -> tuple[float, float] | None:
    """The smallest and the largest allowed number, both included."""
    low, high = _constraint(field, "ge"), _constraint(field, "le")
    return None if low is None or high is None else (float(low), float(high))


def choices_of(field: FieldInfo) -> tuple[str | int, ...]:
    """The words (or numbers) that are allowed, for a key that takes one of a few."""
    for kind in _kinds(field.annotation):
        if get_origin(kind) is Literal:
            return tuple(get_args(kind))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return tuple(str(member.value) for member in kind)
    return ()


def type_of(field: FieldInfo) -> str:
    """What the key takes, in a technician's words."""
    if table_of(field):
        return "a table"
    if choices_of(field):
        return "a choice"
    kinds = _kinds(field.annotation)
    words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
    return next((word for kind, word in words.items() if kind in kinds), "a text")


def allowed(field: FieldInfo) -> str:
    """What the key may be, in one line: choices, or range and unit, or the kind of thing."""
    choices = choices_of(field)
    if choices:
        return " | ".join(f'"{word}"' if isinstance(word, str) else str(word) for word in choices)
    bounds = bounds_of(field)
    if bounds is not None:
        step = _constraint(field, "multiple_of")
        steps = "" if step is None else f" in steps of {step}"
        return f"{_range(bounds, field)}{unit_suffix(field)}{steps}"
    extra = field.json_schema_extra
    form = extra.get("form") if isinstance(extra, Mapping) else None
    return str(form) if form else type_of(field)


def unit_suffix(field: FieldInfo) -> str:
    """The unit with a space before it, for behind a number; empty where the number says it."""
    unit = unit_of(field)
    return f" {unit}" if unit and unit != "hex" else ""


def example_of(field: FieldInfo) -> Any:
    """A value to show for a key that has no default."""
    return field.examples[0] if field.examples else None


def is_needed(field: FieldInfo) -> bool:
    """Whether most gates have to set this key although it has no default."""
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and bool(extra.get("needed"))


def is_secret(field: FieldInfo) -> bool:
    """Whether no message may repeat the value."""
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and bool(extra.get("secret"))


def _range(bounds: tuple[float, float], field: FieldInfo) -> str:
    if unit_of(field) == "hex":
        return " to ".join(f"0x{int(bound):02X}" for bound in bounds)
    return " to ".join(f"{bound:.10g}" for bound in bounds)


def _constraint(field: FieldInfo, name: str) -> Any:
    """What `Field(ge=..., le=..., multiple_of=...)` said, or None."""
    values = (getattr(said, name, None) for said in field.metadata)
    return next((value for value in values if value is not None), None)


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The types that an annotation joins, without None and without what is annotated to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return tuple(kind for part in get_args(annotation) for kind in _kinds(part))
    return () if annotation is type(None) else (annotation,)
