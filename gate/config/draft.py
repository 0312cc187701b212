"""A configuration as far as its keys are right: where one is wrong, there is a hole.

The rules between keys are shown a draft, so that their problems are told together with those of
single keys. Reading a hole raises AttributeError. A draft leaves this package only for who needs
nothing but the relay (`load_turnstile`).
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from gate.config.fields import STRICTLY, Section, table_of

Table = TypeVar("Table", bound=Section)


def draft(model: type[Table], given: Mapping[str, Any], *, folder: Path) -> Table:
    """A `model` with the values of `given` that are right, and with the defaults of the rest."""
    with suppress(ValidationError):  # most tables are right as a whole
        return model.model_validate(given, context={"folder": folder})
    known: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        table = table_of(field)
        if name not in given and field.is_required():
            continue
        value = given.get(name, field.default)
        if table is None or name not in given:
            with suppress(ValidationError):
                known[name] = _checked(value, field, folder)
        elif isinstance(value, dict):
            known[name] = draft(table, value, folder=folder)
    made = model.model_construct(set(known) & set(given), **known)
    for name in model.model_fields.keys() - known.keys():
        made.__dict__.pop(name, None)  # model_construct puts the default where a wrong value was
    return made


def _checked(value: object, field: FieldInfo, folder: Path) -> object:
    adapter = TypeAdapter[object](field.rebuild_annotation(), config=STRICTLY)
    return adapter.validate_python(value, context={"folder": folder})
